/**
 * A persistent map from non-negative integers (frame numbers) to values, kept as extents: maximal
 * runs with one value. Every change gives a new map that shares all untouched chunks.
 *
 * What must hold: extents are sorted and disjoint; two that touch differ in value or shift.
 * Cost: a lookup is two binary searches; a change copies the chunks that it touches (at most
 * `CHUNK` extents each) and the table of chunks, one word for each 128 extents in the map.
 * Nothing here depends on how many frames an extent spans.
 */

import { type Chunk, ExtentReader, indexAtOrBefore, lastEnd } from "./extent_reader.ts";

const CHUNK = 128;

/**
 * `[start, end)` holds `value`. `shift` relates a frame to a position inside the value: position =
 * frame − shift. Two extents of one value join only if their shifts agree.
 */
export interface Extent<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
  readonly shift: number;
}

/** Collects extents in order, joins those that touch, and cuts the result into chunks. */
class Builder<T> {
  starts: number[] = [];
  ends: number[] = [];
  shifts: number[] = [];
  values: T[] = [];

  push(start: number, end: number, value: T, shift: number): void {
    if (end <= start) return;
    const last = this.starts.length - 1;
    if (
      last >= 0 && this.ends[last] === start && this.values[last] === value &&
      this.shifts[last] === shift
    ) {
      this.ends[last] = end;
      return;
    }
    this.starts.push(start);
    this.ends.push(end);
    this.shifts.push(shift);
    this.values.push(value);
  }

  chunks(): Chunk<T>[] {
    const count = this.starts.length;
    if (count === 0) return [];
    if (count <= CHUNK) return [this];
    const pieces = Math.ceil(count / (CHUNK * 0.75));
    const chunks: Chunk<T>[] = [];
    for (let piece = 0; piece < pieces; piece++) {
      const from = Math.floor((piece * count) / pieces);
      const to = Math.floor(((piece + 1) * count) / pieces);
      chunks.push({
        starts: this.starts.slice(from, to),
        ends: this.ends.slice(from, to),
        shifts: this.shifts.slice(from, to),
        values: this.values.slice(from, to),
      });
    }
    return chunks;
  }
}

export class ExtentMap<T> {
  readonly #chunks: readonly Chunk<T>[];

  private constructor(chunks: readonly Chunk<T>[]) {
    this.#chunks = chunks;
  }

  static empty<T>(): ExtentMap<T> {
    return new ExtentMap<T>([]);
  }

  /** How many extents there are. Linear in the number of chunks. */
  get size(): number {
    let total = 0;
    for (const chunk of this.#chunks) total += chunk.starts.length;
    return total;
  }

  get(at: number): T | undefined {
    const chunk = this.#chunks[this.#chunkFor(at)];
    if (chunk === undefined) return undefined;
    const i = indexAtOrBefore(chunk.starts, at);
    return i >= 0 && at < chunk.ends[i]! ? chunk.values[i] : undefined;
  }

  /** The extent that holds `at`. */
  extentAt(at: number): Extent<T> | undefined {
    const chunk = this.#chunks[this.#chunkFor(at)];
    if (chunk === undefined) return undefined;
    const i = indexAtOrBefore(chunk.starts, at);
    return i >= 0 && at < chunk.ends[i]! ? extentOf(chunk, i) : undefined;
  }

  /** Looks up many frames, most of them near the one before, without an object for each. */
  reader(): ExtentReader<T> {
    return new ExtentReader(this.#chunks);
  }

  /**
   * The first of `runs` (start, end, …, ascending) of which any frame has a value; undefined if none
   * has. One pass over the runs and over the chunks between them.
   */
  firstMet(runs: readonly number[]): number | undefined {
    let c = runs.length === 0 ? 0 : Math.max(0, this.#chunkFor(runs[0]!));
    for (let run = 0; run < runs.length; run += 2) {
      const start = runs[run]!;
      while (c < this.#chunks.length && lastEnd(this.#chunks[c]!) <= start) c++;
      const chunk = this.#chunks[c];
      if (chunk === undefined) return undefined;
      // Its last extent ends above the run's start, so one that ends there or later exists.
      let i = Math.max(0, indexAtOrBefore(chunk.starts, start));
      if (chunk.ends[i]! <= start) i++;
      if (chunk.starts[i]! < runs[run + 1]!) return run / 2;
    }
    return undefined;
  }

  /** The first extent that ends after `at`: the one that holds it, or the next one above. */
  firstFrom(at: number): Extent<T> | undefined {
    let c = Math.max(0, this.#chunkFor(at));
    for (; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      let i = Math.max(0, indexAtOrBefore(chunk.starts, at));
      if (chunk.ends[i]! <= at) i++;
      if (i < chunk.starts.length) return extentOf(chunk, i);
    }
    return undefined;
  }

  /**
   * The parts of extents inside `[from, to)`, lowest first, until they hold `wanted` frames: start,
   * end, start, end, … What `from` would give, without an object for each.
   */
  firstRuns(from: number, to: number, wanted: number): number[] {
    const runs: number[] = [];
    let left = wanted;
    let c = Math.max(0, this.#chunkFor(from));
    for (; c < this.#chunks.length && left > 0; c++) {
      const { starts, ends } = this.#chunks[c]!;
      if (ends[ends.length - 1]! <= from) continue;
      if (starts[0]! >= to) break;
      for (let i = 0; i < starts.length && left > 0; i++) {
        const start = Math.max(starts[i]!, from);
        const end = Math.min(ends[i]!, to, start + left);
        if (end <= start) continue;
        runs.push(start, end);
        left -= end - start;
      }
    }
    return runs;
  }

  /** The last extent that starts below `at`. */
  lastBelow(at: number): Extent<T> | undefined {
    let c = this.#chunkFor(at);
    for (; c >= 0; c--) {
      const chunk = this.#chunks[c]!;
      let i = indexAtOrBefore(chunk.starts, at);
      if (i >= 0 && chunk.starts[i] === at) i--;
      if (i >= 0) return extentOf(chunk, i);
    }
    return undefined;
  }

  /** Extents in ascending order, from the first that ends after `at`. */
  *from(at = 0): Generator<Extent<T>, void, void> {
    let c = Math.max(0, this.#chunkFor(at));
    let i = c < this.#chunks.length ? Math.max(0, indexAtOrBefore(this.#chunks[c]!.starts, at)) : 0;
    for (; c < this.#chunks.length; c++, i = 0) {
      const chunk = this.#chunks[c]!;
      for (; i < chunk.starts.length; i++) {
        if (chunk.ends[i]! > at) yield extentOf(chunk, i);
      }
    }
  }

  /** Extents that meet `[start, end)`, cut to it. */
  *within(start: number, end: number): Generator<Extent<T>, void, void> {
    for (const extent of this.from(start)) {
      if (extent.start >= end) return;
      yield {
        start: Math.max(extent.start, start),
        end: Math.min(extent.end, end),
        value: extent.value,
        shift: extent.shift,
      };
    }
  }

  /** Gives `[start, end)` a value, whatever was there. */
  set(start: number, end: number, value: T, shift = 0): ExtentMap<T> {
    return this.assign([start, end], value, () => shift);
  }

  /** Leaves `[start, end)` without a value. */
  delete(start: number, end: number): ExtentMap<T> {
    return this.assign([start, end], undefined);
  }

  /**
   * Gives many runs one value (or none) in one pass. `runs` holds start, end, start, end, …:
   * ascending, disjoint, none empty. `shiftOf(i)` is the shift of run `i`.
   */
  assign(
    runs: readonly number[],
    value: T | undefined,
    shiftOf: (run: number) => number = () => 0,
  ): ExtentMap<T> {
    return this.overlay(runs, () => value, shiftOf);
  }

  /** As `assign`, with a value for each run: `valueOf(i)` is the value of run `i`, undefined for none. */
  overlay(
    runs: ArrayLike<number>,
    valueOf: (run: number) => T | undefined,
    shiftOf: (run: number) => number,
  ): ExtentMap<T> {
    if (runs.length === 0) return this;
    for (let i = 1; i < runs.length; i++) {
      const wrong = i % 2 === 1 ? runs[i]! <= runs[i - 1]! : runs[i]! < runs[i - 1]!;
      if (wrong) throw new RangeError(`runs must ascend: ${runs[i - 1]} before ${runs[i]}`);
    }
    const old = this.#chunks;
    let table: Chunk<T>[] = [];
    let copied = 0;
    let run = 0;
    const count = runs.length / 2;
    while (run < count) {
      // A group of runs whose chunks are the same or adjoin: merged with them in one pass.
      let first = Math.max(copied, this.#firstChunkReaching(runs[2 * run]!));
      let last = Math.max(first - 1, this.#lastChunkStarting(runs[2 * run + 1]!));
      // A run in a gap joins a neighbour: chunks of one extent would make the table long.
      if (last < first) {
        if (first < old.length) last = first;
        else if (first > copied) first--;
      }
      let next = run + 1;
      // No search: runs ascend, so the next one begins in these chunks, or in the one behind them.
      for (; next < count; next++) {
        const behind = old[last + 1];
        if (behind !== undefined && lastEnd(behind) < runs[2 * next]!) break;
        const end = runs[2 * next + 1]!;
        while (last + 1 < old.length && old[last + 1]!.starts[0]! <= end) last++;
      }
      table = append(table, old.slice(copied, first));
      table = append(table, merge(old, first, last, runs, run, next, valueOf, shiftOf));
      copied = last + 1;
      run = next;
    }
    return new ExtentMap<T>(append(table, old.slice(copied)));
  }

  /** The last chunk that starts at or below `at`; -1 if none. */
  #chunkFor(at: number): number {
    return this.#lastChunkStarting(at);
  }

  #lastChunkStarting(at: number): number {
    let low = -1;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.starts[0]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The first chunk whose last extent ends at or after `at`; the number of chunks if none. */
  #firstChunkReaching(at: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const ends = this.#chunks[middle]!.ends;
      if (ends[ends.length - 1]! >= at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Joins two tables. Long ones by `concat` of two plain arrays, which V8 copies as a block. */
function append<T>(table: Chunk<T>[], more: Chunk<T>[]): Chunk<T>[] {
  if (more.length === 0) return table;
  if (table.length === 0) return more;
  if (more.length > 32) return table.concat(more);
  for (const chunk of more) table.push(chunk);
  return table;
}

function extentOf<T>(chunk: Chunk<T>, i: number): Extent<T> {
  return {
    start: chunk.starts[i]!,
    end: chunk.ends[i]!,
    value: chunk.values[i]!,
    shift: chunk.shifts[i]!,
  };
}

/** Old extents of chunks `[first, last]` with the runs `[from, to)` laid over them. */
function merge<T>(
  old: readonly Chunk<T>[],
  first: number,
  last: number,
  runs: ArrayLike<number>,
  from: number,
  to: number,
  valueOf: (run: number) => T | undefined,
  shiftOf: (run: number) => number,
): Chunk<T>[] {
  const out = new Builder<T>();
  let run = from;
  const emitBelow = (limit: number): void => {
    while (run < to && runs[2 * run]! < limit) {
      const value = valueOf(run);
      if (value !== undefined) out.push(runs[2 * run]!, runs[2 * run + 1]!, value, shiftOf(run));
      run++;
    }
  };
  for (let c = first; c <= last; c++) {
    const chunk = old[c]!;
    for (let i = 0; i < chunk.starts.length; i++) {
      const end = chunk.ends[i]!;
      let at = chunk.starts[i]!;
      // The run emitted last may reach into this extent.
      if (run > from) at = Math.max(at, runs[2 * run - 1]!);
      while (at < end) {
        emitBelow(at + 1);
        if (run > from) at = Math.max(at, runs[2 * run - 1]!);
        const stop = run < to ? Math.min(end, runs[2 * run]!) : end;
        if (stop > at) out.push(at, stop, chunk.values[i]!, chunk.shifts[i]!);
        at = Math.max(at, stop);
      }
    }
  }
  emitBelow(Infinity);
  return out.chunks();
}
