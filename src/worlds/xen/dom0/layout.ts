/**
 * Which frames dom0 gets, and which of its own pages each of them is. Xen hands out memory in large
 * chunks from the top of the heap, so a guest's pages adjoin within a chunk and nowhere else. Real
 * orders depend on what was free; here a seed decides, so that nothing is true by luck of identity.
 *
 * Cost: the number of chunks, which does not grow with the memory. [xen:alloc_chunk]
 */
import { type Machine, splitmix64 } from "../../../machine/mod.ts";
import { alignDown, type Range, sizeOf } from "../../../memory/mod.ts";

/** At most about as many chunks, whatever the size. */
const CHUNKS = 16;

/** Frames: no chunk is smaller but at the ends of a free range. 4 MiB. */
const SMALLEST_CHUNK = 1024;

export interface PhysicalLayout {
  /** dom0's own page numbers, from 0: start, end, start, end, … */
  readonly pfns: readonly number[];
  /** First frame of each run. */
  readonly mfns: readonly number[];
}

/** The highest free frames below `limit`, `pages` of them or all there are; ascending. */
export function highestFree(machine: Machine, pages: number, limit: number): Range[] {
  const taken: Range[] = [];
  let left = pages;
  let below = limit;
  while (left > 0) {
    const extent = machine.free.lastBelow(below);
    if (extent === undefined) break;
    const end = Math.min(extent.end, below);
    const start = Math.max(extent.start, end - left);
    taken.unshift({ start, end });
    left -= end - start;
    below = extent.start;
  }
  return taken;
}

/** Numbers the frames as dom0's pages 0, 1, 2, …: whole chunks in an order that the seed gives. */
export function layOut(frames: readonly Range[], seed: bigint): PhysicalLayout {
  const chunks = shuffled(frames.flatMap((r) => cut(r, chunkSize(frames))), seed);
  const pfns: number[] = [];
  const mfns: number[] = [];
  let at = 0;
  for (const chunk of chunks) {
    pfns.push(at, at + sizeOf(chunk));
    mfns.push(chunk.start);
    at += sizeOf(chunk);
  }
  return { pfns, mfns };
}

function chunkSize(frames: readonly Range[]): number {
  const total = frames.reduce((sum, r) => sum + sizeOf(r), 0);
  let size = SMALLEST_CHUNK;
  while (size * CHUNKS < total) size *= 2;
  return size;
}

/** Pieces of `size` frames that begin at multiples of it, as a buddy allocator has them. */
function cut(frames: Range, size: number): Range[] {
  const pieces: Range[] = [];
  for (let start = frames.start; start < frames.end;) {
    const end = Math.min(frames.end, alignDown(start, size) + size);
    pieces.push({ start, end });
    start = end;
  }
  return pieces;
}

/** By a number of each chunk's own, then turned until no chunk is where its pages would be. */
function shuffled(chunks: readonly Range[], seed: bigint): Range[] {
  const key = (r: Range) => splitmix64(seed ^ BigInt(r.start));
  let order = [...chunks].sort((a, b) => key(a) < key(b) ? -1 : 1);
  for (let turns = 0; turns < chunks.length && hasIdentity(order); turns++) {
    order = [...order.slice(1), order[0]!];
  }
  return order;
}

function hasIdentity(order: readonly Range[]): boolean {
  let at = 0;
  for (const chunk of order) {
    if (chunk.start === at) return true;
    at += sizeOf(chunk);
  }
  return false;
}
