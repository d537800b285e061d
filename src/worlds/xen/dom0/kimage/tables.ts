/**
 * The tables that dom0 builds for a v1 image, in its own pages and with machine addresses in them:
 * an identity map of all machine memory in 2 MiB leaves, and the empty pages of the transition that
 * its relocation code fills when it is run. [linux-uek:init_pgtable]
 */
import type { Decision, FrameList } from "../../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../../memory/mod.ts";
import { emit, type Run } from "../../steps.ts";
import { eachFrame } from "../pages.ts";

const GIB = 2 ** 30;
const ENTRIES = 512;
/** Present, writable, accessed, dirty; a leaf is large and global too. */
const TABLE_FLAGS = 0x63n;
const LEAF_FLAGS = 0x1e3n;

/** Pages that the identity map of `[0, top)` bytes needs beside its root. */
export function tablePages(top: number): number {
  const directories = Math.max(1, Math.ceil(top / GIB));
  return directories + Math.ceil(directories / ENTRIES);
}

/**
 * Writes the map of `[0, top)` with `root` as its top; `frames` are the pages below it, in the order
 * in which they are used: a table of the third level, then the directories that it leads to.
 */
export function* writeIdentity(
  run: Run,
  root: number,
  frames: FrameList,
  top: number,
  what: string,
): Decision<void> {
  const pages = [...eachFrame(frames)];
  const directories = Math.max(1, Math.ceil(top / GIB));
  const upper: bigint[] = [];
  for (let first = 0; first < directories; first += ENTRIES) {
    const count = Math.min(ENTRIES, directories - first);
    const at = first + first / ENTRIES;
    const table = pages[at]!;
    const below = pages.slice(at + 1, at + 1 + count);
    yield* writeTable(run, table, below.map((f) => entry(f)), what);
    yield* writeDirectories(run, below, first, what);
    upper.push(entry(table));
  }
  yield* writeTable(run, root, upper, what);
}

function entry(frame: number): bigint {
  return BigInt(frame * PAGE_SIZE) | TABLE_FLAGS;
}

function* writeTable(
  run: Run,
  frame: number,
  entries: readonly bigint[],
  what: string,
): Decision<void> {
  const bytes = new Uint8Array(PAGE_SIZE);
  bytes.set(new Uint8Array(BigUint64Array.from(entries).buffer));
  yield* emit(run, { kind: "bytes-written", at: frame * PAGE_SIZE, bytes, what });
}

/** Each maps one GiB whole, so neighbours are one recipe. */
function* writeDirectories(
  run: Run,
  frames: readonly number[],
  first: number,
  what: string,
): Decision<void> {
  for (let i = 0; i < frames.length;) {
    let count = 1;
    while (frames[i + count] === frames[i]! + count) count++;
    const start = frames[i]!;
    yield* emit(run, {
      kind: "frames-written",
      frames: [start, start + count],
      recipe: {
        kind: "words",
        first: BigInt((first + i) * GIB) | LEAF_FLAGS,
        step: 1n << 21n,
      },
      shifts: [start],
      what,
    });
    i += count;
  }
}
