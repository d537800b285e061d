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

/** Runs of frames in any order, each with what it is to hold. */
class Pieces {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly shifts: number[] = [];
  readonly values: (Content | undefined)[] = [];

  push(start: number, end: number, value: Content | undefined, shift: number): void {
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

  /** What `count` frames from `source` on hold, for the frames from `target` on. */
  gather(contents: ExtentMap<Content>, source: number, target: number, count: number): void {
    const by = target - source;
    if (count === 1) {
      const extent = contents.extentAt(source);
      this.push(target, target + 1, extent?.value, extent === undefined ? 0 : extent.shift + by);
      return;
    }
    let at = source;
    for (const extent of contents.within(source, source + count)) {
      if (extent.start > at) this.push(at + by, extent.start + by, undefined, 0);
      this.push(extent.start + by, extent.end + by, extent.value, extent.shift + by);
      at = extent.end;
    }
    if (at < source + count) this.push(at + by, source + count + by, undefined, 0);
  }

  /** Indices in ascending order of their frames. */
  order(): Uint32Array | undefined {
    const { starts } = this;
    let ascending = true;
    for (let i = 1; i < starts.length && ascending; i++) ascending = starts[i]! > starts[i - 1]!;
    if (ascending) return undefined;
    // Frame and index in one number sort without calling back.
    const bits = 2 ** Math.ceil(Math.log2(starts.length + 1));
    const keys = new Float64Array(starts.length);
    let exact = true;
    for (let i = 0; i < starts.length; i++) {
      keys[i] = starts[i]! * bits + i;
      exact &&= keys[i]! < Number.MAX_SAFE_INTEGER;
    }
    if (exact) return Uint32Array.from(keys.sort(), (key) => key % bits);
    return Uint32Array.from(starts.keys()).sort((a, b) => starts[a]! - starts[b]!);
  }
}

/** Contents after the pages of `moves` were copied, or exchanged with what was at their targets. */
export function moveFrames(
  contents: ExtentMap<Content>,
  moves: MoveList,
  how: "copy" | "swap",
): ExtentMap<Content> {
  const pieces = new Pieces();
  for (let i = 0; i < moves.length; i += 3) {
    pieces.gather(contents, moves[i]!, moves[i + 1]!, moves[i + 2]!);
  }
  if (how === "swap") {
    for (let i = 0; i < moves.length; i += 3) {
      pieces.gather(contents, moves[i + 1]!, moves[i]!, moves[i + 2]!);
    }
  }
  const order = pieces.order();
  const at = (run: number) => order === undefined ? run : order[run]!;
  const runs = new Array<number>(pieces.starts.length * 2);
  for (let run = 0; run < pieces.starts.length; run++) {
    runs[2 * run] = pieces.starts[at(run)]!;
    runs[2 * run + 1] = pieces.ends[at(run)]!;
  }
  return contents.overlay(runs, (run) => pieces.values[at(run)], (run) => pieces.shifts[at(run)]!);
}

/** Pages that a list moves. */
export function movedPages(moves: MoveList): number {
  let pages = 0;
  for (let i = 2; i < moves.length; i += 3) pages += moves[i]!;
  return pages;
}
