/** Looking up many frames of an extent map one after the other. */

/** Parallel arrays: an object for each extent would cost three times the memory. */
export interface Chunk<T> {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly shifts: readonly number[];
  readonly values: readonly T[];
}

/** Extents that are looked at before a search. */
const NEAR = 4;

/** What a map holds at one frame: an extent, or the gap between two. */
export class ExtentReader<T> {
  /** Frames of the extent or gap; no extent follows one that ends at Infinity. */
  start = 0;
  end = 0;
  shift = 0;
  /** Undefined in a gap. */
  value: T | undefined = undefined;
  readonly #chunks: readonly Chunk<T>[];
  #chunk = 0;
  #index = 0;

  constructor(chunks: readonly Chunk<T>[]) {
    this.#chunks = chunks;
  }

  seek(at: number): void {
    if (at >= this.start && at < this.end) return;
    const near = at >= this.start ? this.#chunks[this.#chunk] : undefined;
    // Mostly one of the next few extents, in the same chunk.
    if (near !== undefined) {
      const { ends } = near;
      const stop = Math.min(ends.length, this.#index + NEAR);
      for (let i = this.#index; i < stop; i++) {
        if (ends[i]! > at) return this.#take(near, i, at);
      }
    }
    this.#search(at);
  }

  /** The extent `i`, which is the first that ends after `at`, or the gap before it. */
  #take(chunk: Chunk<T>, i: number, at: number): void {
    this.#index = i;
    const start = chunk.starts[i]!;
    if (at >= start) {
      this.start = start;
      this.end = chunk.ends[i]!;
      this.shift = chunk.shifts[i]!;
      this.value = chunk.values[i];
    } else this.#gap(i > 0 ? chunk.ends[i - 1]! : this.#endBefore(), start);
  }

  #gap(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.shift = 0;
    this.value = undefined;
  }

  #endBefore(): number {
    const before = this.#chunks[this.#chunk - 1];
    return before === undefined ? 0 : lastEnd(before);
  }

  #search(at: number): void {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lastEnd(this.#chunks[middle]!) > at) high = middle;
      else low = middle + 1;
    }
    this.#chunk = low;
    const chunk = this.#chunks[low];
    if (chunk === undefined) return this.#gap(this.#endBefore(), Infinity);
    const i = Math.max(0, indexAtOrBefore(chunk.starts, at));
    this.#take(chunk, chunk.ends[i]! <= at ? i + 1 : i, at);
  }
}

export function lastEnd<T>(chunk: Chunk<T>): number {
  return chunk.ends[chunk.ends.length - 1]!;
}

/** The last index whose start is at or below `at`; -1 if none. */
export function indexAtOrBefore(starts: readonly number[], at: number): number {
  let low = -1;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
