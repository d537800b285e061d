/**
 * Gathers pages that are to be written, so that each group is one event: runs of frames and of a
 * segment's pages, in parallel arrays, since a fragmented machine has very many runs of one.
 */
import type { Decision } from "../../../machine/mod.ts";
import { dataPageCount, readableRecipe } from "../segment_bytes.ts";
import { emit, type Run } from "../steps.ts";
import type { LoadingSegment } from "./builder.ts";

export class PageWrites {
  #frames: number[] = [];
  #pages: number[] = [];
  #counts: number[] = [];
  #segments: LoadingSegment[] = [];
  /** Which entry holds a frame, once a page was moved: then all entries are single pages. */
  #byFrame: Map<number, number> | undefined;

  /** Pages from `page` on of the segment go to frames from `frame` on. */
  add(frame: number, page: number, count: number, segment: LoadingSegment): void {
    const step = this.#byFrame === undefined ? count : 1;
    for (let i = 0; i < count; i += step) {
      this.#byFrame?.set(frame + i, this.#frames.length);
      this.#frames.push(frame + i);
      this.#pages.push(page + i);
      this.#counts.push(step);
      this.#segments.push(segment);
    }
  }

  /** What was to be written to one frame goes to another. */
  move(from: number, to: number): void {
    if (this.#byFrame === undefined) this.#splitRuns();
    const i = this.#byFrame!.get(from);
    if (i === undefined) return;
    this.#frames[i] = to;
    this.#byFrame!.delete(from);
    this.#byFrame!.set(to, i);
  }

  #splitRuns(): void {
    const [frames, pages, counts, segments] = [
      this.#frames,
      this.#pages,
      this.#counts,
      this.#segments,
    ];
    this.#frames = [];
    this.#pages = [];
    this.#counts = [];
    this.#segments = [];
    this.#byFrame = new Map();
    for (const [i, frame] of frames.entries()) this.add(frame, pages[i]!, counts[i]!, segments[i]!);
  }

  /** Two events for each segment at most: what comes from its buffer, and what is zeros. */
  *write(run: Run, image: string): Decision<void> {
    const order = this.#inOrder();
    for (const segment of new Set(this.#segments)) {
      const data = new ShiftedRuns();
      const zeros = new ShiftedRuns();
      const dataPages = dataPageCount(segment.spec);
      for (const i of order) {
        if (this.#segments[i] !== segment) continue;
        const frame = this.#frames[i]!;
        const page = this.#pages[i]!;
        const count = this.#counts[i]!;
        const withData = Math.max(0, Math.min(count, dataPages - page));
        if (withData > 0) data.push(frame, withData, frame - page);
        if (withData < count) zeros.push(frame + withData, count - withData, 0);
      }
      const what = `segment ${segment.spec.name} of image ${image}`;
      const recipe = readableRecipe(segment.spec);
      yield* data.write(run, recipe, what);
      yield* zeros.write(run, { kind: "zeros" }, what);
    }
  }

  #inOrder(): number[] {
    const frames = this.#frames;
    const order = frames.map((_, i) => i);
    for (let i = 1; i < frames.length; i++) {
      if (frames[i]! < frames[i - 1]!) return order.sort((a, b) => frames[a]! - frames[b]!);
    }
    return order;
  }
}

type Recipe = ReturnType<typeof readableRecipe>;

/** Ascending runs of frames, joined where the recipe goes on without a jump. */
class ShiftedRuns {
  readonly #frames: number[] = [];
  readonly #shifts: number[] = [];

  push(frame: number, count: number, shift: number): void {
    const frames = this.#frames;
    if (frames[frames.length - 1] === frame && this.#shifts[this.#shifts.length - 1] === shift) {
      frames[frames.length - 1] = frame + count;
    } else {
      frames.push(frame, frame + count);
      this.#shifts.push(shift);
    }
  }

  *write(run: Run, recipe: Recipe, what: string): Decision<void> {
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    yield* emit(run, { kind: "frames-written", frames, recipe, shifts: this.#shifts, what });
  }
}
