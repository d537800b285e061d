/**
 * Pages that change places: what a relocation does to memory, as recipes and not as bytes. All reads
 * come before all writes, so a list must not use a page twice; whoever makes one cuts it in two where
 * the order matters.
 *
 * Cost: one look-up for each run and one pass over the extents that it touches.
 */
import type { ExtentMap } from "../memory/mod.ts";
import type { Content } from "./content.ts";

/** source, target, count, source, target, count, … in frames. */
export type MoveList = readonly number[];

/** Targets ascend and sources mostly do: so few stretches are merged faster than sorted. */
const MOST_STRETCHES = 32;

/**
 * Runs of frames in any order, each with what it is to hold: columns in typed arrays, since there may
 * be one for each page.
 */
class Pieces {
  count = 0;
  /** start, end, start, end, … */
  runs: Float64Array;
  shifts: Float64Array;
  readonly values: (Content | undefined)[] = [];
  readonly #reader: ReturnType<ExtentMap<Content>["reader"]>;
  constructor(contents: ExtentMap<Content>, expected: number) {
    this.#reader = contents.reader();
    this.runs = new Float64Array(2 * expected);
    this.shifts = new Float64Array(expected);
  }

  /** What `count` frames from `source` on hold, for the frames from `target` on. */
  gather(source: number, target: number, count: number): void {
    const by = target - source;
    const reader = this.#reader;
    for (let at = source; at < source + count;) {
      reader.seek(at);
      const stop = Math.min(reader.end, source + count);
      const { value } = reader;
      this.#push(at + by, stop + by, value, value === undefined ? 0 : reader.shift + by);
      at = stop;
    }
  }

  #push(start: number, end: number, value: Content | undefined, shift: number): void {
    const last = this.count - 1;
    if (
      last >= 0 && this.runs[2 * last + 1] === start && this.values[last] === value &&
      this.shifts[last] === shift
    ) {
      this.runs[2 * last + 1] = end;
      return;
    }
    if (this.count === this.shifts.length) {
      this.runs = doubled(this.runs);
      this.shifts = doubled(this.shifts);
    }
    this.runs[2 * this.count] = start;
    this.runs[2 * this.count + 1] = end;
    this.shifts[this.count] = shift;
    this.values.push(value);
    this.count++;
  }

  /** Indices in ascending order of their frames; undefined if they are in order already. */
  order(): Uint32Array | undefined {
    const { runs, count } = this;
    const cuts = [0];
    for (let i = 1; i < count && cuts.length <= MOST_STRETCHES; i++) {
      if (runs[2 * i]! <= runs[2 * i - 2]!) cuts.push(i);
    }
    if (cuts.length === 1) return undefined;
    if (cuts.length <= MOST_STRETCHES) return mergedStretches(runs, [...cuts, count]);
    // Frame and index in one number sort without calling back.
    const bits = 2 ** Math.ceil(Math.log2(count + 1));
    const keys = new Float64Array(count);
    let exact = true;
    for (let i = 0; i < count; i++) {
      keys[i] = runs[2 * i]! * bits + i;
      exact &&= keys[i]! < Number.MAX_SAFE_INTEGER;
    }
    if (exact) return Uint32Array.from(keys.sort(), (key) => key % bits);
    return Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) =>
      runs[2 * a]! - runs[2 * b]!
    );
  }
}

/** Indices `[cuts[k], cuts[k + 1])` ascend by their frames: two neighbours at a time become one. */
function mergedStretches(runs: Float64Array, cuts: readonly number[]): Uint32Array {
  let stretches = cuts;
  let from = Uint32Array.from({ length: cuts.at(-1)! }, (_, i) => i);
  let into = new Uint32Array(from.length);
  while (stretches.length > 2) {
    const left: number[] = [];
    for (let k = 0; k + 1 < stretches.length; k += 2) {
      const start = stretches[k]!;
      const middle = stretches[k + 1]!;
      const end = stretches[k + 2] ?? middle;
      left.push(start);
      let a = start;
      let b = middle;
      for (let out = start; out < end; out++) {
        const takesFirst = b >= end || (a < middle && runs[2 * from[a]!]! <= runs[2 * from[b]!]!);
        into[out] = takesFirst ? from[a++]! : from[b++]!;
      }
    }
    stretches = [...left, cuts.at(-1)!];
    [from, into] = [into, from];
  }
  return from;
}

function doubled(old: Float64Array): Float64Array {
  const more = new Float64Array(old.length * 2);
  more.set(old);
  return more;
}

/** Contents after the pages of `moves` were copied, or exchanged with what was at their targets. */
export function moveFrames(
  contents: ExtentMap<Content>,
  moves: MoveList,
  how: "copy" | "swap",
): ExtentMap<Content> {
  const pieces = new Pieces(contents, Math.max(16, moves.length));
  for (let i = 0; i < moves.length; i += 3) {
    pieces.gather(moves[i]!, moves[i + 1]!, moves[i + 2]!);
  }
  if (how === "swap") {
    for (let i = 0; i < moves.length; i += 3) {
      pieces.gather(moves[i + 1]!, moves[i]!, moves[i + 2]!);
    }
  }
  const { runs, shifts, values, count } = pieces;
  const order = pieces.order();
  if (order === undefined) {
    return contents.overlay(
      runs.subarray(0, 2 * count),
      (run) => values[run],
      (run) => shifts[run]!,
    );
  }
  const sorted = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    sorted[2 * i] = runs[2 * order[i]!]!;
    sorted[2 * i + 1] = runs[2 * order[i]! + 1]!;
  }
  return contents.overlay(sorted, (run) => values[order[run]!], (run) => shifts[order[run]!]!);
}

/** Pages that a list moves. */
export function movedPages(moves: MoveList): number {
  let pages = 0;
  for (let i = 2; i < moves.length; i += 3) pages += moves[i]!;
  return pages;
}
