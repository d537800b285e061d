/**
 * Control pages: the helper pages that must survive until the new kernel runs, so none may lie in a
 * destination. For a default image they come from the page allocator, for a crash image from holes
 * of the crash region. All segments must be known before the first one is taken.
 */
import type { Decision, Owner, SegmentSpec, Slot } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { allocateBlocks, allocateFrames, hex, isMadeToFail, u64 } from "../../routine/mod.ts";
import { crashResource } from "./kernel.ts";
import { emit, type Run } from "./steps.ts";

/** Frames. More are never put aside in one event. */
const MOST_AT_ONCE = 1 << 16;

/** What control pages need to know of the image in the making. */
export interface ControlArea {
  readonly image: number;
  readonly slot: Slot;
  readonly segments: readonly SegmentSpec[];
  /** Where the next hole of a crash image is looked for, in bytes; moves up only. */
  cursor: bigint;
  /** What the kernel shows as `control_page`, in bytes: see `cursorBehindHole`. */
  shownCursor: bigint;
}

/** Frames of up to `count` blocks of `2^order`, in the order of allocation; fewer where memory ends. */
export function* takeControlPages(
  run: Run,
  area: ControlArea,
  order: number,
  count: number,
  owner: Owner,
): Decision<number[]> {
  return area.slot === "crash"
    ? yield* fromHoles(run, area, order, count, owner)
    : yield* fromAllocator(run, area, order, count, owner);
}

/**
 * First fit, upward only. The segments are tried in the order of the list; behind the first that is
 * in the way the search begins anew. Gaps that were skipped are lost, and nothing is given back: the
 * next crash image starts again at the region's beginning. [linux:kimage_alloc_crash_control_pages]
 */
function* fromHoles(
  run: Run,
  area: ControlArea,
  order: number,
  count: number,
  owner: Owner,
): Decision<number[]> {
  const size = BigInt(PAGE_SIZE) << BigInt(order);
  const { last } = crashResource(run.machine);
  const starts: number[] = [];
  for (let i = 0; i < count; i++) {
    const hole = isMadeToFail(run) ? undefined : nextHole(area.cursor, size, last, area.segments);
    if (hole === undefined) {
      const why = `no hole of ${hex(size)} bytes for ${owner.label} in the crash region from ${
        hex(area.cursor)
      } on`;
      yield* emit(run, { kind: "allocation-failed", order, why });
      return starts;
    }
    area.cursor = hole + size;
    area.shownCursor = run.features.cursorBehindHole ? area.cursor : area.cursor - 1n;
    const start = Number(hole) / PAGE_SIZE;
    starts.push(start);
    yield* emit(run, {
      kind: "frames-reassigned",
      frames: [start, start + 2 ** order],
      owner,
    });
  }
  return starts;
}

/** Bytes. Undefined when no hole ends inside the region. */
export function nextHole(
  cursor: bigint,
  size: bigint,
  last: bigint,
  segments: readonly SegmentSpec[],
): bigint | undefined {
  let start = roundUp(cursor, size);
  search:
  while (start + size - 1n <= last) {
    for (const s of segments) {
      const segmentLast = u64(s.dest + s.destSize - 1n);
      if (start + size - 1n >= s.dest && start <= segmentLast) {
        start = roundUp(segmentLast, size);
        continue search;
      }
    }
    return start;
  }
  return undefined;
}

function roundUp(value: bigint, size: bigint): bigint {
  return (value + size - 1n) / size * size;
}

/**
 * Takes blocks until enough lie in no destination. Those that do are put aside and freed at the end,
 * so the same ones can come again later. [linux:kimage_alloc_normal_control_pages]
 *
 * Simplified: the kernel frees what it put aside after every single page; here after every group of
 * pages that is asked for at once.
 */
function* fromAllocator(
  run: Run,
  area: ControlArea,
  order: number,
  count: number,
  owner: Owner,
): Decision<number[]> {
  const size = 2 ** order;
  const isTaken = destinationTest(area.segments, size, run.features.inclusiveDestinations);
  const aside: number[] = [];
  const starts: number[] = [];
  let wanted = count * size;
  while (starts.length < count) {
    const frames = order === 0
      ? yield* allocateFrames(run, wanted, owner)
      : yield* allocateBlocks(run, order, wanted, owner);
    if (frames === undefined) break;
    const before = starts.length;
    for (let i = 0; i < frames.length; i += 2) {
      for (let start = frames[i]!; start < frames[i + 1]!; start += size) {
        if (starts.length === count || isTaken(start)) pushRun(aside, start, start + size);
        else starts.push(start);
      }
    }
    // Most likely inside a destination: ask for more at once, so that a large one costs little.
    wanted = starts.length === before
      ? Math.min(wanted * 2, MOST_AT_ONCE * size)
      : (count - starts.length) * size;
  }
  if (aside.length > 0) {
    const why = "lie in a destination";
    yield* emit(run, { kind: "frames-freed", frames: sortedRuns(aside), why });
  }
  return starts;
}

/** Whether a block of `size` frames touches a destination. [linux:kimage_is_destination_range] */
export function destinationTest(
  segments: readonly SegmentSpec[],
  size: number,
  inclusive: boolean,
): (frame: number) => boolean {
  const bounds = segments.map((s) => {
    const start = Number(s.dest) / PAGE_SIZE;
    const end = Number(s.dest + s.destSize) / PAGE_SIZE;
    // With inclusive ends the last byte of nothing at 0 is the last byte of all memory.
    return { start, end: inclusive && end === 0 ? Infinity : end };
  });
  return (frame) => bounds.some((b) => frame + size > b.start && frame < b.end);
}

/** Appends `[start, end)` to a flat list and joins it with the run before it. */
export function pushRun(frames: number[], start: number, end: number): void {
  if (frames[frames.length - 1] === start) frames[frames.length - 1] = end;
  else frames.push(start, end);
}

/** A flat list in ascending order, runs that touch joined. */
export function sortedRuns(frames: readonly number[]): number[] {
  const order: number[] = [];
  let ascending = true;
  for (let i = 0; i < frames.length; i += 2) {
    if (i > 0 && frames[i]! < frames[i - 1]!) ascending = false;
    order.push(i);
  }
  if (!ascending) order.sort((a, b) => frames[a]! - frames[b]!);
  const sorted: number[] = [];
  for (const i of order) pushRun(sorted, frames[i]!, frames[i + 1]!);
  return sorted;
}
