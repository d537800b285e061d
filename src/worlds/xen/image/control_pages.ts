/**
 * Control pages: the helper pages that must survive until the image runs, so none may lie in a
 * destination. A default image has them from the heap, a crash image from holes of the crash area.
 */
import type { Decision, OwnerKind } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames, hex, isMadeToFail } from "../../../routine/mod.ts";
import { CRASH, crashArea } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import type { Building } from "./building.ts";
import { destinationTest } from "./destinations.ts";
import { pushRun, runsOf, sortedRuns } from "./runs.ts";

/** Frames. More are never put aside in one event. */
const MOST_AT_ONCE = 1 << 16;
const PAGE = 4096n;
/** In frames. */
const FOUR_GIB = 2 ** 20;

/** Up to `count` frames, zeroed, in the order of allocation; fewer where memory ends. */
export function* takeControlPages(
  run: Run,
  building: Building,
  count: number,
  kind: OwnerKind,
  what: string,
): Decision<number[]> {
  const label = `${what} of image ${building.name}`;
  return building.type === 1
    ? yield* fromHoles(run, building, count, kind, label)
    : yield* fromHeap(run, building, count, kind, label);
}

/**
 * First fit, upward only. The segments are tried in the order of the array, map-only ones too; behind
 * the first that is in the way the search begins anew. Nobody owns these pages: nothing is given
 * back, and the next image starts again at the beginning. [xen:kimage_alloc_crash_control_page]
 */
function* fromHoles(
  run: Run,
  building: Building,
  count: number,
  kind: OwnerKind,
  label: string,
): Decision<number[]> {
  const frames: number[] = [];
  const fails = isMadeToFail(run);
  while (!fails && frames.length < count) {
    const hole = nextHole(run, building);
    if (hole === undefined) break;
    building.cursor = hole + PAGE;
    frames.push(Number(hole) / PAGE_SIZE);
  }
  if (frames.length > 0) {
    const runs = runsOf(frames);
    yield* own(run, runs, building, kind, label);
    yield* emit(run, {
      kind: "frames-written",
      frames: runs,
      recipe: { kind: "zeros" },
      shifts: runs.filter((_, i) => i % 2 === 0),
      what: `${label}, zeroed`,
    });
  }
  if (frames.length < count) {
    const why = `no hole for ${label} in the crash area from ${hex(building.cursor)} on`;
    yield* emit(run, { kind: "allocation-failed", order: 0, why });
  }
  return frames;
}

/** Bytes. Undefined when no hole ends inside the area. */
function nextHole(run: Run, { cursor, segments }: Building): bigint | undefined {
  const { start, size } = crashArea(run.machine);
  const areaEnd = start + size;
  let hole = alignUp(cursor);
  search:
  while (hole + PAGE <= areaEnd) {
    for (const s of segments) {
      const end = BigInt.asUintN(64, s.dest + s.destSize);
      if (hole + PAGE > s.dest && hole < end) {
        hole = alignUp(end);
        continue search;
      }
    }
    return hole;
  }
  return undefined;
}

function alignUp(value: bigint): bigint {
  return (value + PAGE - 1n) / PAGE * PAGE;
}

/** Pages of the reserved region change hands. Where a region is only imagined, nobody is asked. */
function* own(
  run: Run,
  runs: readonly number[],
  building: Building,
  kind: OwnerKind,
  label: string,
): Decision<void> {
  if (run.machine.reservations.get(CRASH) === undefined) {
    if (building.outsideTold) return;
    building.outsideTold = true;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "control-pages-outside-region",
        message: `${label} takes pages from ${
          hex(runs[0]! * PAGE_SIZE)
        } on, which nobody reserved: the crash area has a size and no start`,
        key: `control-pages-outside-region:${building.id}`,
        cite: "xen:kimage_alloc_crash_control_page",
      },
    });
    return;
  }
  const owner = { kind, label, image: building.id };
  yield* emit(run, { kind: "frames-reassigned", frames: runs, owner });
}

/**
 * Takes pages until enough lie in no destination. Those that do are put aside and freed at the end.
 * [xen:kimage_alloc_normal_control_page]
 *
 * Simplified: Xen frees what it put aside after every single page; here after every group of pages
 * that is asked for at once. Its heap zeroes each page; here whoever writes it says the whole page.
 */
function* fromHeap(
  run: Run,
  building: Building,
  count: number,
  kind: OwnerKind,
  label: string,
): Decision<number[]> {
  const owner = { kind, label, image: building.id };
  const isTaken = destinationTest(building.segments);
  // The relocation code must be reached from 32-bit mode too.
  const below = kind === "control-code" ? FOUR_GIB : Infinity;
  const aside: number[] = [];
  const found: number[] = [];
  let wanted = count;
  while (found.length < count) {
    const frames = yield* allocateFrames(run, wanted, owner, below);
    if (frames === undefined) break;
    const before = found.length;
    for (let i = 0; i < frames.length; i += 2) {
      for (let frame = frames[i]!; frame < frames[i + 1]!; frame++) {
        if (found.length === count || isTaken(frame)) pushRun(aside, frame, frame + 1);
        else found.push(frame);
      }
    }
    // Most likely inside a destination: ask for more at once, so that a large one costs little.
    wanted = found.length === before ? Math.min(wanted * 2, MOST_AT_ONCE) : count - found.length;
  }
  if (aside.length > 0) {
    const taken = sortedRuns(aside);
    yield* emit(run, { kind: "frames-freed", frames: taken, why: "lie in a destination" });
  }
  if (found.length > 0) {
    const runs = runsOf([...found].sort((a, b) => a - b));
    yield* emit(run, {
      kind: "frames-written",
      frames: runs,
      recipe: { kind: "zeros" },
      shifts: runs.filter((_, i) => i % 2 === 0),
      what: `${label}, zeroed`,
    });
  }
  return found;
}
