/**
 * The last mapping of the identity map: the control code at the address where the kernel calls it.
 * Its tables are ordinary pages, for a crash image too, and lie wherever the page allocator likes.
 * [linux:init_transition_pgtable]
 */
import { type Decision, readMemory } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { allocateFrames } from "../../routine/mod.ts";
import { PAGE_FLAGS, TABLE_FLAGS, tableOwner } from "./identity_map.ts";
import { emit, type Run } from "./steps.ts";

/** What can be gone wrong: `frames` then holds the pages that were taken before. */
export interface Transition {
  readonly frames: readonly number[];
  readonly complete: boolean;
}

/**
 * Walks from the root to `vaddr` and makes each table that is not there. The pages that were taken
 * stay taken when one cannot be had: the image frees them. `levels` is 4 or 5.
 */
export function* mapControlCode(
  run: Run,
  image: number,
  rootFrame: number,
  codeFrame: number,
  vaddr: bigint,
  levels: number,
): Decision<Transition> {
  const owner = tableOwner("page table of the way to the control code", image);
  const taken: number[] = [];
  let table = rootFrame;
  for (let level = levels; level > 1; level--) {
    const at = entryAddress(table, vaddr, level);
    let entry = readEntry(run, at);
    if ((entry & 1n) === 0n) {
      const frames = yield* allocateFrames(run, 1, owner);
      if (frames === undefined) return { frames: taken, complete: false };
      taken.push(frames[0]!, frames[1]!);
      yield* zero(run, frames[0]!);
      entry = BigInt(frames[0]! * PAGE_SIZE + TABLE_FLAGS);
      yield* writeEntry(run, at, entry);
    }
    table = Number((entry & 0x000f_ffff_ffff_f000n) / BigInt(PAGE_SIZE));
  }
  const leaf = BigInt(codeFrame * PAGE_SIZE + PAGE_FLAGS);
  yield* writeEntry(run, entryAddress(table, vaddr, 1), leaf);
  return { frames: taken, complete: true };
}

function entryAddress(table: number, vaddr: bigint, level: number): number {
  const index = Number((vaddr >> BigInt(12 + 9 * (level - 1))) & 511n);
  return table * PAGE_SIZE + index * 8;
}

function readEntry(run: Run, at: number): bigint {
  const bytes = readMemory(run.machine, at, 8);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

function* zero(run: Run, frame: number): Decision<void> {
  yield* emit(run, {
    kind: "frames-written",
    frames: [frame, frame + 1],
    recipe: { kind: "zeros" },
    shifts: [frame],
    what: "page table of the way to the control code",
  });
}

function* writeEntry(run: Run, at: number, entry: bigint): Decision<void> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, entry, true);
  yield* emit(run, { kind: "bytes-written", at, bytes, what: "page table entry" });
}
