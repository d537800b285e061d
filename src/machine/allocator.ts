/**
 * The page allocator of a running kernel, as far as kexec can see it: which free block is handed
 * out next. Real kernels promise nothing here, so the policy is an argument and every golden file
 * names one; nothing that kx claims may depend on which.
 *
 * Cost: a search of the free extents from where the policy begins to the first that fits.
 */
import { alignDown, alignUp } from "../memory/mod.ts";
import type { Machine } from "./machine.ts";
import { splitmix64 } from "./content.ts";

const DMA_END = 0x1000;
const DMA32_END = 0x100000;
const ZONES: readonly (readonly [number, number])[] = [
  [DMA32_END, Infinity],
  [DMA_END, DMA32_END],
  [0, DMA_END],
];

/** A block that the allocator would give now. `cursor` goes into the event that takes it. */
export interface FreeBlock {
  readonly start: number;
  readonly end: number;
  readonly cursor: number;
}

/**
 * The next free block: `2^order` frames, aligned to their own number. It may be longer, up to
 * `atMost` frames in whole blocks that the allocator would give one after the other.
 */
export function nextFree(
  machine: Machine,
  order: number,
  atMost = 1,
): FreeBlock | undefined {
  const { policy } = machine;
  const size = 2 ** order;
  const want = Math.max(size, alignDown(atMost, size));
  switch (policy.kind) {
    case "zoned":
      for (const [from, to] of ZONES) {
        const block = lowestIn(machine, from, to, size, want);
        if (block !== undefined) return block;
      }
      return undefined;
    case "lowest":
      return lowestIn(machine, 0, Infinity, size, want);
    case "rotating":
      return lowestIn(machine, machine.allocatorCursor, Infinity, size, want) ??
        lowestIn(machine, 0, Infinity, size, want);
    case "highest":
      return highest(machine, size, want);
    case "scattered":
      return scattered(machine, policy.seed, size);
  }
}

/** Single frames that the allocator would give one after the other, as few runs as they make up. */
export interface FreeFrames {
  /** start, end, start, end, … ascending. */
  readonly frames: number[];
  readonly cursor: number;
}

/**
 * The next `count` free frames, or as many as there are. What one call of `nextFree` for each frame
 * would give, except that the frames of one call are given in ascending order.
 */
export function nextFreeFrames(machine: Machine, count: number): FreeFrames | undefined {
  switch (machine.policy.kind) {
    case "zoned":
      return gather(machine, ZONES, count);
    case "lowest":
      return gather(machine, [[0, Infinity]], count);
    case "rotating": {
      const cursor = machine.allocatorCursor;
      return gather(machine, [[cursor, Infinity], [0, cursor]], count);
    }
    case "highest": {
      const block = nextFree(machine, 0, count);
      return block && { frames: [block.start, block.end], cursor: block.cursor };
    }
    case "scattered":
      return scatteredFrames(machine, machine.policy.seed, count);
  }
}

/** Frames of the first of `windows` that has any: a run of the next window is the next call's. */
function gather(
  machine: Machine,
  windows: readonly (readonly [number, number])[],
  count: number,
): FreeFrames | undefined {
  for (const [from, to] of windows) {
    const frames = machine.free.firstRuns(from, to, count);
    if (frames.length > 0) return { frames, cursor: frames[frames.length - 1]! };
  }
  return undefined;
}

function lowestIn(
  machine: Machine,
  from: number,
  to: number,
  size: number,
  want: number,
): FreeBlock | undefined {
  for (const extent of machine.free.from(from)) {
    if (extent.start >= to) return undefined;
    const start = alignUp(Math.max(extent.start, from), size);
    const end = start + alignDown(Math.min(extent.end, to, start + want) - start, size);
    if (end - start >= size) return { start, end, cursor: end };
  }
  return undefined;
}

function highest(machine: Machine, size: number, want: number): FreeBlock | undefined {
  let below = Infinity;
  for (;;) {
    const extent = machine.free.lastBelow(below);
    if (extent === undefined) return undefined;
    const start = alignDown(extent.end - size, size);
    if (start >= extent.start) {
      // Upward within the block, so that a longer run is still ascending.
      const first = Math.max(extent.start, start + size - want);
      const block = size === 1 ? first : start;
      return { start: block, end: start + size, cursor: block };
    }
    below = extent.start;
  }
}

/** Where a scattered search begins, and the cursor after it: it only has to differ, being hashed again. */
function throwDice(top: number, seed: bigint, cursor: number): { begin: number; cursor: number } {
  const next = splitmix64(seed ^ BigInt(cursor));
  return { begin: Number(next % BigInt(top)), cursor: Number(next & 0xffff_ffffn) };
}

function scattered(machine: Machine, seed: bigint, size: number): FreeBlock | undefined {
  const top = machine.ram.at(-1)?.end ?? 0;
  if (top === 0) return undefined;
  const { begin, cursor } = throwDice(top, seed, machine.allocatorCursor);
  const block = lowestIn(machine, begin, Infinity, size, size) ??
    lowestIn(machine, 0, Infinity, size, size);
  return block === undefined ? undefined : { ...block, cursor };
}

/** Single frames, each found as `scattered` would find it once those before it are taken. */
function scatteredFrames(machine: Machine, seed: bigint, count: number): FreeFrames | undefined {
  const top = machine.ram.at(-1)?.end ?? 0;
  if (top === 0) return undefined;
  const taken = new Set<number>();
  let { allocatorCursor: cursor } = machine;
  while (taken.size < count) {
    const dice = throwDice(top, seed, cursor);
    const frame = untaken(machine, taken, dice.begin) ?? untaken(machine, taken, 0);
    if (frame === undefined) break;
    taken.add(frame);
    cursor = dice.cursor;
  }
  if (taken.size === 0) return undefined;
  const frames: number[] = [];
  for (const frame of Float64Array.from(taken).sort()) {
    if (frames[frames.length - 1] === frame) frames[frames.length - 1] = frame + 1;
    else frames.push(frame, frame + 1);
  }
  return { frames, cursor };
}

/** The lowest free frame from `begin` on that is not among `taken`. */
function untaken(machine: Machine, taken: ReadonlySet<number>, begin: number): number | undefined {
  for (let at = begin;;) {
    const extent = machine.free.firstFrom(at);
    if (extent === undefined) return undefined;
    for (let frame = Math.max(at, extent.start); frame < extent.end; frame++) {
      if (!taken.has(frame)) return frame;
    }
    at = extent.end;
  }
}
