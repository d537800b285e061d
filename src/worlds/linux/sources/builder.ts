/** The indirection list in the making, and what stands behind each word of it. */
import type { Owner, SegmentSpec } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { destinationTest, pushRun } from "../control_pages.ts";
import { Supply } from "./supply.ts";

export interface Builder {
  readonly image: number;
  readonly name: string;
  readonly segments: readonly LoadingSegment[];
  /** Whether a frame lies in a destination. */
  readonly isDestination: (frame: number) => boolean;
  /** Words without links; word `i` is in indirection page `floor(i / 511)`. */
  readonly words: number[];
  /** Frames of the indirection pages. */
  readonly indirections: number[];
  /** Indirection pages of which a word was changed since they were written. */
  readonly stale: Set<number>;
  /** Words that were written to memory. */
  cleanWords: number;
  readonly supply: Supply;
  /** Parked, and used after all, since the last event that said so: start, end, start, end, … */
  newlyParked: number[];
  unparked: number[];
  /** Parked for a destination that no segment has: only an empty segment at 0 makes such. */
  readonly strays: number[];
}

export interface LoadingSegment {
  readonly spec: SegmentSpec;
  /** Frames. */
  readonly start: number;
  readonly end: number;
  /** Index into `words` of its first source. */
  firstWord: number;
  /** Pages that have a source. */
  loaded: number;
  /** 1 for each page whose own frame is parked; made with the first. */
  parked: Uint8Array | undefined;
  parkedCount: number;
}

export function newBuilder(
  image: number,
  name: string,
  segments: readonly SegmentSpec[],
  inclusiveDestinations: boolean,
): Builder {
  return {
    image,
    name,
    segments: segments.map((spec) => ({
      spec,
      start: Number(spec.dest) / PAGE_SIZE,
      end: Number(spec.dest + spec.destSize) / PAGE_SIZE,
      firstWord: 0,
      loaded: 0,
      parked: undefined,
      parkedCount: 0,
    })),
    isDestination: destinationTest(segments, 1, inclusiveDestinations),
    words: [],
    indirections: [],
    stale: new Set(),
    cleanWords: 0,
    supply: new Supply(),
    newlyParked: [],
    unparked: [],
    strays: [],
  };
}

/** The segment in whose destination a frame lies; with an empty segment at 0 it may be none. */
export function segmentAt(list: Builder, frame: number): LoadingSegment | undefined {
  return list.segments.find((s) => frame >= s.start && frame < s.end);
}

/** Puts frames that lie in the destination of pages still to come aside. */
export function park(
  list: Builder,
  segment: LoadingSegment | undefined,
  frame: number,
  count: number,
): void {
  pushRun(list.newlyParked, frame, frame + count);
  if (segment === undefined) {
    pushRun(list.strays, frame, frame + count);
    return;
  }
  segment.parked ??= new Uint8Array(segment.end - segment.start);
  segment.parked.fill(1, frame - segment.start, frame - segment.start + count);
  segment.parkedCount += count;
}

/** How many of the next pages, at most `most`, wait in their own frames; they wait no longer. */
export function takeParked(list: Builder, segment: LoadingSegment, most: number): number {
  if (segment.parked === undefined || segment.parkedCount === 0) return 0;
  const from = segment.loaded;
  let end = from;
  while (end - from < most && segment.parked[end] === 1) segment.parked[end++] = 0;
  segment.parkedCount -= end - from;
  if (end > from) pushRun(list.unparked, segment.start + from, segment.start + end);
  return end - from;
}

/** How many of the next `most` pages come before the first that waits in its own frame. */
export function pagesBeforeParked(segment: LoadingSegment, most: number): number {
  if (segment.parked === undefined || segment.parkedCount === 0) return most;
  let count = 0;
  while (count < most && segment.parked[segment.loaded + count] !== 1) count++;
  return count;
}

/** Pages of `[loaded, loaded + count)` that need a frame: those that are not parked. */
export function unparkedAmong(segment: LoadingSegment, count: number): number {
  if (segment.parked === undefined || segment.parkedCount === 0) return count;
  let needed = 0;
  for (let i = 0; i < count; i++) if (segment.parked[segment.loaded + i] !== 1) needed++;
  return needed;
}

/** All that is parked now: start, end, start, end, … */
export function parkedFrames(list: Builder): number[] {
  const frames = [...list.strays];
  for (const { start, parked, parkedCount } of list.segments) {
    if (parked === undefined || parkedCount === 0) continue;
    for (const [i, isParked] of parked.entries()) {
      if (isParked) pushRun(frames, start + i, start + i + 1);
    }
  }
  return frames;
}

export function sourceOwner(list: Builder, segment: LoadingSegment): Owner {
  return {
    kind: "source",
    label: `source of segment ${segment.spec.name} of image ${list.name}`,
    image: list.image,
  };
}
