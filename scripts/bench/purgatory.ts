/** The digest of a purgatory over 1 GiB of segments that come from a file, beside plain hashing of that file. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ScriptFiles } from "../../src/cli/files.ts";
import { host } from "../../src/cli/host_node.ts";
import { type Lab, run } from "../../src/mod.ts";
import { type Machine, settle } from "../../src/machine/mod.ts";
import { linux } from "../../src/worlds/linux/mod.ts";
import { atLeast, atMost, inTurns, type Row, timed } from "./measure.ts";
import { machine } from "./stories.ts";

const RUNS = 3;
const MIB = 2 ** 20;

/** The loader's own pass is made here: what is measured is purgatory's. */
const LOAD = machine({ end: "8GiB", cmdline: "crashkernel=1280M@2G" }) +
  `image capture : crash {
  segment kernel at 2GiB + 16MiB size 512MiB file "capture.bin" length 512MiB
  segment initrd at 2GiB + 640MiB size 512MiB file "capture.bin" offset 512MiB
  purgatory kexec_tools at 2GiB + 8MiB
}
load capture
show purgatory of crash
`;

export function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "kx-bench-"));
  try {
    const path = join(folder, "capture.bin");
    writeFileSync(path, Buffer.alloc(1 << 30, "all of it is something"));
    writeFileSync(join(folder, "story.kx"), LOAD);
    const before = peak();
    const { machine } = loaded(folder);
    const [kx, plain] = inTurns(RUNS, [() => timed(() => panic(machine)), () => hashed(path)]) as [
      number,
      number,
    ];
    return Promise.resolve([
      { what: "purgatory over 1 GiB of a file", value: kx, unit: "ms" },
      { what: "  node:crypto over the same file", value: plain, unit: "ms" },
      {
        what: "  speed of purgatory against it",
        value: (100 * plain) / kx,
        unit: "%",
        aim: atLeast(80),
      },
      { what: "  peak memory of it all", value: peak() - before, unit: "MiB", aim: atMost(256) },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function loaded(folder: string): Lab {
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

function panic(loaded: Machine): void {
  const context = { allocationFails: () => false };
  const operation = { head: "panic", args: {}, clauses: [] };
  const { machine } = settle(loaded, linux.decide(loaded, operation, context));
  // A digest that differs would have halted it.
  if (machine.power !== "new-image") throw new Error(`power is ${machine.power}`);
}

/** As a program would that has nothing else to do. */
function hashed(path: string): number {
  return timed(() => {
    const hash = createHash("sha256");
    const file = openSync(path, "r");
    const buffer = Buffer.alloc(MIB);
    for (;;) {
      const count = readSync(file, buffer);
      if (count === 0) break;
      hash.update(buffer.subarray(0, count));
    }
    closeSync(file);
    hash.digest();
  });
}

/** The most that this process ever had in memory, MiB. */
function peak(): number {
  return process.resourceUsage().maxRSS / 1024;
}
