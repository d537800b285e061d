/** Which pages are destinations. [xen:kimage_is_destination_range] */
import type { SegmentSpec } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";

/** Frames, half-open; a range that wraps holds nothing, since its end is below its start. */
function bounds(segments: readonly SegmentSpec[]): { start: number; end: number }[] {
  return segments.map((s) => ({
    start: Number(s.dest) / PAGE_SIZE,
    end: Number(BigInt.asUintN(64, s.dest + s.destSize)) / PAGE_SIZE,
  }));
}

export function destinationTest(segments: readonly SegmentSpec[]): (frame: number) => boolean {
  const ranges = bounds(segments);
  return (frame) => ranges.some((b) => frame + 1 > b.start && frame < b.end);
}

/** The end of the longest run from `frame` on, up to `limit`, that lies in one answer. */
export function sameAnswerUntil(
  segments: readonly SegmentSpec[],
  frame: number,
  limit: number,
): number {
  let end = limit;
  for (const { start, end: stop } of bounds(segments)) {
    if (start >= stop) continue;
    if (start > frame) end = Math.min(end, start);
    if (stop > frame) end = Math.min(end, stop);
  }
  return end;
}
