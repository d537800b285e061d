/**
 * Segments of a crash image: no list and no source pages. Each is copied straight to its
 * destination, in the order of the array, so a failure in the second leaves the first written.
 * [linux:kimage_load_crash_segment]
 */
import type { Decision, SegmentSpec } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { dataPageCount, firstUnreadablePage, readableRecipe } from "./segment_bytes.ts";
import { emit, type Run } from "./steps.ts";

/** Index of the segment whose buffer could not be read; -1 if all could. */
export function* loadCrashSegments(
  run: Run,
  image: number,
  name: string,
  segments: readonly SegmentSpec[],
): Decision<number> {
  for (const [i, spec] of segments.entries()) {
    if (!(yield* loadCrashSegment(run, image, name, spec))) return i;
  }
  return -1;
}

/**
 * The tail of a page behind the buffer is cleared first; then the page is copied. On a fault the
 * bytes of this page that could not be read become zeros, and later pages keep what they held.
 */
function* loadCrashSegment(
  run: Run,
  image: number,
  name: string,
  spec: SegmentSpec,
): Decision<boolean> {
  const start = Number(spec.dest) / PAGE_SIZE;
  const pages = Number(spec.destSize) / PAGE_SIZE;
  if (pages === 0) return true;
  const what = `segment ${spec.name} of image ${name}`;
  const faultPage = firstUnreadablePage(spec);
  const dataPages = Math.min(dataPageCount(spec), faultPage + 1);
  const writtenPages = faultPage === Infinity ? pages : dataPages;
  yield* emit(run, {
    kind: "frames-reassigned",
    frames: [start, start + pages],
    owner: { kind: "segment", label: what, image },
  });
  if (dataPages > 0) {
    yield* emit(run, {
      kind: "frames-written",
      frames: [start, start + dataPages],
      recipe: readableRecipe(spec),
      shifts: [start],
      what,
    });
  }
  if (writtenPages > dataPages) {
    yield* emit(run, {
      kind: "frames-written",
      frames: [start + dataPages, start + writtenPages],
      recipe: { kind: "zeros" },
      shifts: [0],
      what: `${what}, behind its buffer`,
    });
  }
  return faultPage === Infinity;
}
