/**
 * Pages that hold an image's data until it runs, and pages of its list: from the heap, each mapped to
 * itself. A page must be its own destination or nobody's, so that the copying may go in any order.
 * [xen:kimage_alloc_page]
 *
 * Simplified: Xen takes a page, maps it and fills it before it takes the next; here pages in a row
 * are taken, mapped and filled together.
 */
import type { Decision, Owner } from "../../../machine/mod.ts";
import { IND_SOURCE } from "../../../execution/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames, hex } from "../../../routine/mod.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change, type Placed } from "./building.ts";
import { destinationTest, sameAnswerUntil } from "./destinations.ts";
import { rewriteWords } from "./list_words.ts";
import { mapPages } from "./page_tables.ts";
import { runsOf, sortedRuns } from "./runs.ts";

/** Consecutive frames. */
export interface SourceRun {
  readonly frame: number;
  readonly count: number;
}

/** One page without a destination. Undefined: ENOMEM. */
export function* takePage(run: Run, building: Building): Decision<number | undefined> {
  return (yield* takeSources(run, building, undefined, 1))?.frame;
}

/**
 * The next pages for the destinations from frame `dest` on, as many in a row as there are, `most` at
 * most; mapped. Undefined: ENOMEM.
 */
export function* takeSources(
  run: Run,
  building: Building,
  dest: number | undefined,
  most: number,
): Decision<SourceRun | undefined> {
  const found = yield* findSources(run, building, dest, most);
  if (found === undefined) return undefined;
  const maddr = BigInt(found.frame * PAGE_SIZE);
  if (yield* mapPages(run, building, maddr, maddr, found.count)) return found;
  // All of the heap is taken by now; it is given back when the load has failed.
  building.pool.unshift(found.frame, found.frame + found.count);
  return undefined;
}

function* findSources(
  run: Run,
  building: Building,
  dest: number | undefined,
  most: number,
): Decision<SourceRun | undefined> {
  const owner: Owner = {
    kind: "source",
    label: `source pages of image ${building.name}`,
    image: building.id,
  };
  if (dest !== undefined && building.parked.has(dest)) {
    let count = 0;
    while (count < most && building.parked.delete(dest + count)) count++;
    yield* emit(run, { kind: "frames-reassigned", frames: [dest, dest + count], owner });
    return { frame: dest, count };
  }
  const isDestination = destinationTest(building.segments);
  for (;;) {
    const piece = yield* fromPool(run, building, owner, most);
    if (piece === undefined) return undefined;
    const { frame, end } = piece;
    if (frame === dest || !isDestination(frame)) {
      const stop = frame === dest ? frame + 1 : sameAnswerUntil(building.segments, frame, end);
      const count = Math.min(stop - frame, untilParked(building, dest, most));
      if (frame + count < end) building.pool.unshift(frame + count, end);
      return { frame, count };
    }
    const group = building.placed.find((p) => frame >= p.dest && frame < p.dest + p.count);
    if (group !== undefined) {
      const room = Math.min(end, group.dest + group.count) - frame;
      const count = Math.min(room, untilParked(building, dest, most));
      if (frame + count < end) building.pool.unshift(frame + count, end);
      return yield* moveSources(run, building, group, frame, count);
    }
    yield* park(
      run,
      building,
      owner,
      { frame, end: unplacedUntil(building, dest, frame, end) },
      end,
    );
  }
}

/** Where a run of pages in destinations ends that wait for their data: before `dest` and what has some. */
function unplacedUntil(
  building: Building,
  dest: number | undefined,
  frame: number,
  end: number,
): number {
  let stop = sameAnswerUntil(building.segments, frame, end);
  if (dest !== undefined && dest > frame) stop = Math.min(stop, dest);
  for (const p of building.placed) if (p.dest > frame) stop = Math.min(stop, p.dest);
  return stop;
}

/** Pages of other destinations are kept aside until it is their turn; the rest of the run is not yet. */
function* park(
  run: Run,
  building: Building,
  owner: Owner,
  piece: { readonly frame: number; readonly end: number },
  rest: number,
): Decision<void> {
  for (let frame = piece.frame; frame < piece.end; frame++) building.parked.add(frame);
  if (piece.end < rest) building.pool.unshift(piece.end, rest);
  yield* emit(run, {
    kind: "frames-reassigned",
    frames: [piece.frame, piece.end],
    owner: { ...owner, kind: "parked", label: `parked pages of image ${building.name}` },
  });
}

/** A run that is the image's already, or new ones from the heap. */
function* fromPool(
  run: Run,
  building: Building,
  owner: Owner,
  most: number,
): Decision<{ frame: number; end: number } | undefined> {
  if (building.pool.length === 0) {
    const frames = yield* allocateFrames(run, most, owner);
    if (frames === undefined) return undefined;
    building.pool.push(...frames);
  }
  const [frame, end] = building.pool.splice(0, 2);
  return { frame: frame!, end: end! };
}

/** How many destinations from `dest` on come before one that waits among the parked pages. */
function untilParked(building: Building, dest: number | undefined, most: number): number {
  if (dest === undefined || building.parked.size === 0) return most;
  let count = 1;
  while (count < most && !building.parked.has(dest + count)) count++;
  return count;
}

/**
 * Pages from `page` on are the destinations of data that waits elsewhere: the data moves into them, and
 * the pages where it was are the ones to be used. Each word of the list is then built from the low bits
 * of an address, which are 0: it says page 0 instead of where the data is now, and that is copied.
 */
function* moveSources(
  run: Run,
  building: Building,
  group: Placed,
  page: number,
  count: number,
): Decision<SourceRun> {
  const { name } = building;
  const frame = group.source + page - group.dest;
  yield* emit(run, {
    kind: "frames-copied",
    moves: [frame, page, count],
    what: `source pages of image ${name} move to their own destinations`,
  });
  yield* emit(run, {
    kind: "frames-written",
    frames: [frame, frame + count],
    recipe: { kind: "zeros" },
    shifts: [frame],
    what: `source pages of image ${name}, zeroed`,
  });
  const word = group.word + page - group.dest;
  yield* rewriteWords(run, building, word, count, BigInt(IND_SOURCE));
  if (!building.lostSources) yield* tellLost(run, building, page, frame);
  return { frame, count };
}

function* tellLost(run: Run, building: Building, page: number, frame: number): Decision<void> {
  building.lostSources = true;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "moved-source-lost",
      message: `the source of page ${hex(page * PAGE_SIZE)} of image ${building.name} moved from ${
        hex(frame * PAGE_SIZE)
      }, and its word in the list now says page 0: that is what will be copied`,
      key: `moved-source-lost:${building.id}`,
      cite: "xen:kimage_alloc_page",
    },
  });
}

/** Gives back what was taken from the heap and not used; what is parked stays the image's. */
export function* releasePool(run: Run, building: Building): Decision<void> {
  if (building.parked.size > 0) {
    const parked = runsOf([...Float64Array.from(building.parked).sort()]);
    yield* change(run, building, { parkedFrames: parked });
  }
  if (building.pool.length === 0) return;
  const frames = sortedRuns(building.pool.splice(0));
  yield* emit(run, { kind: "frames-freed", frames, why: "not needed" });
}
