/** A core of a machine with 1 GiB of content, which comes from a file, beside a plain copy of that file. */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { atLeast, inTurns, type Row, timed } from "./measure.ts";
import { machine } from "./stories.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const RUNS = 5;

const STORY = machine({ end: "8GiB", cmdline: "crashkernel=64M" }) +
  `image big : default {
  segment data at 5GiB size 1GiB file "content.bin"
  entry 5GiB
}
load big
panic "full"
`;

export function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "kx-bench-"));
  const path = (name: string) => join(folder, name);
  try {
    writeFileSync(path("story.kx"), STORY);
    writeFileSync(path("content.bin"), Buffer.alloc(1 << 30, "all of it is something"));
    const kx = (...args: string[]) =>
      timed(() => {
        const words = ["run", "-A", MAIN, "run", "--quiet", ...args, path("story.kx")];
        const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
        if (status !== 0) throw new Error(stderr);
      });
    // What was written goes at once: one that stays is still on its way to the disk while the next
    // work is measured, and only that one pays for it.
    let onDisk = 0;
    const core = () => {
      const took = kx("--vmcore", path("core"));
      onDisk = statSync(path("core")).blocks * 512;
      rmSync(path("core"));
      return took;
    };
    const copy = () => {
      const took = timed(() => copyFileSync(path("content.bin"), path("copy")));
      rmSync(path("copy"));
      return took;
    };
    // One of each that is not counted: the file's pages are in memory for both from here on.
    copy();
    core();
    const [whole, run, plain] = inTurns(RUNS, [core, () => kx(), copy]) as [number, number, number];
    return Promise.resolve([
      { what: "core with 1 GiB of content, start of kx included", value: whole, unit: "ms" },
      { what: "  the run without it", value: run, unit: "ms" },
      { what: "  plain copy of 1 GiB", value: plain, unit: "ms" },
      {
        what: "  speed of the core against the copy",
        value: (100 * plain) / (whole - run),
        unit: "%",
        aim: atLeast(50),
      },
      { what: "  on disk", value: onDisk / 2 ** 20, unit: "MiB" },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
