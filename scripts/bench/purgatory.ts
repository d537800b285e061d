/** The digest of a purgatory over 1 GiB of segments that come from a file, beside plain hashing of that file. */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { atLeast, atMost, inTurns, type Row, timed } from "./measure.ts";
import { LOAD, loaded, panic } from "./purgatory_story.ts";

const STORY = fileURLToPath(new URL("./purgatory_story.ts", import.meta.url));
const RUNS = 3;
const MIB = 2 ** 20;

export function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "kx-bench-"));
  try {
    const path = join(folder, "capture.bin");
    writeFileSync(path, Buffer.alloc(1 << 30, "all of it is something"));
    writeFileSync(join(folder, "story.kx"), LOAD);
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
      {
        what: "  peak memory of a process for it alone",
        value: peakOf(folder),
        unit: "MiB",
        aim: atMost(256),
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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

/** MiB that a process takes which does nothing else, what runs it included. */
function peakOf(folder: string): number {
  const words = ["run", "-A", STORY, folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
