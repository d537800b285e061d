/**
 * A crash image of 1 GiB that comes from a file, loaded and then started. By itself it is a program that
 * does nothing else and prints the most memory that it ever had: a process never forgets its peak, so
 * that of the benches says nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ScriptFiles } from "../../src/cli/files.ts";
import { host } from "../../src/cli/host_node.ts";
import { type Lab, run } from "../../src/mod.ts";
import { type Machine, settle } from "../../src/machine/mod.ts";
import { linux } from "../../src/worlds/linux/mod.ts";
import { machine } from "./stories.ts";

/** The loader's own pass is made here: what is measured is purgatory's. */
export const LOAD = machine({ end: "8GiB", cmdline: "crashkernel=1280M@2G" }) +
  `image capture : crash {
  segment kernel at 2GiB + 16MiB size 512MiB file "capture.bin" length 512MiB
  segment initrd at 2GiB + 640MiB size 512MiB file "capture.bin" offset 512MiB
  purgatory kexec_tools at 2GiB + 8MiB
}
load capture
show purgatory of crash
`;

export function loaded(folder: string): Lab {
  const files = new ScriptFiles(host);
  const opened = files.script(join(folder, "story.kx"));
  if (!opened.ok) throw new Error(opened.message);
  const loader = {
    text: files.text.bind(files),
    bytes: (path: string) => files.bytes(path, opened.value),
  };
  const lab = run(LOAD, { files: loader });
  if (lab.failures.length > 0) throw new Error(lab.failures[0]!.failure);
  return lab;
}

export function panic(loaded: Machine): void {
  const context = { allocationFails: () => false };
  const operation = { head: "panic", args: {}, clauses: [] };
  const { machine } = settle(loaded, linux.decide(loaded, operation, context));
  // A digest that differs would have halted it.
  if (machine.power !== "new-image") throw new Error(`power is ${machine.power}`);
}

if (import.meta.main) {
  panic(loaded(process.argv[2]!).machine);
  console.log(peak());
}

/**
 * MiB. Linux counts it in two places: that of resource usage takes over the peak of whoever started the
 * process, the one in its status does not.
 */
function peak(): number {
  const found = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  if (found === null) throw new Error("/proc/self/status tells no VmHWM");
  return Number(found[1]) / 1024;
}
