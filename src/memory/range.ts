/** Half-open ranges `[start, end)` of non-negative safe integers: bytes or frames, never mixed. */

/** `[start, end)`. In bytes or in frames; the name of the variable says which. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Bytes in a page of every machine that kx models. */
export const PAGE_SIZE = 4096;

/** The first value that no modelled physical address reaches: x86_64 has 52 address bits. */
export const MADDR_LIMIT = 2 ** 52;

export function range(start: number, end: number): Range {
  return { start, end };
}

/** Tools print inclusive ends (`/proc/iomem`, e820 since Linux 3.x); this is the door they enter by. */
export function rangeFromInclusive(first: number, last: number): Range {
  return { start: first, end: last + 1 };
}

export function sized(start: number, size: number): Range {
  return { start, end: start + size };
}

export function sizeOf(r: Range): number {
  return r.end - r.start;
}

export function isEmpty(r: Range): boolean {
  return r.end <= r.start;
}

export function contains(outer: Range, inner: Range): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

export function has(r: Range, value: number): boolean {
  return value >= r.start && value < r.end;
}

export function overlaps(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The common part of `a` and `b`; empty (start ≥ end) when they do not meet. */
export function intersect(a: Range, b: Range): Range {
  return { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) };
}

/** `outer` without `holes`, which may be unsorted and may overlap; sorted, never empty pieces. */
export function subtract(outer: Range, holes: readonly Range[]): Range[] {
  const pieces: Range[] = [];
  let at = outer.start;
  for (const hole of [...holes].sort((a, b) => a.start - b.start)) {
    if (hole.end <= at || hole.start >= outer.end || isEmpty(hole)) continue;
    if (hole.start > at) pieces.push({ start: at, end: hole.start });
    at = Math.max(at, hole.end);
  }
  if (at < outer.end) pieces.push({ start: at, end: outer.end });
  return pieces;
}

/** Sorts and joins ranges that touch or overlap; drops empty ones. */
export function normalize(ranges: readonly Range[]): Range[] {
  const sorted = ranges.filter((r) => !isEmpty(r)).sort((a, b) => a.start - b.start);
  const joined: Range[] = [];
  for (const r of sorted) {
    const last = joined[joined.length - 1];
    if (last !== undefined && r.start <= last.end) {
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, r.end) };
    } else joined.push(r);
  }
  return joined;
}

export function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** Frames that lie wholly inside a byte range: RAM that is not page aligned loses its edges. */
export function framesInside(bytes: Range): Range {
  const start = alignUp(bytes.start, PAGE_SIZE) / PAGE_SIZE;
  return { start, end: Math.max(start, alignDown(bytes.end, PAGE_SIZE) / PAGE_SIZE) };
}

/** Frames that a byte range touches. */
export function framesTouched(bytes: Range): Range {
  if (isEmpty(bytes)) return { start: bytes.start / PAGE_SIZE, end: bytes.start / PAGE_SIZE };
  return {
    start: alignDown(bytes.start, PAGE_SIZE) / PAGE_SIZE,
    end: alignUp(bytes.end, PAGE_SIZE) / PAGE_SIZE,
  };
}

export function bytesOfFrames(frames: Range): Range {
  return { start: frames.start * PAGE_SIZE, end: frames.end * PAGE_SIZE };
}
