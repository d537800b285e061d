/**
 * Pages that hold an image's data until it runs, and pages of its list: from the heap, each mapped to
 * itself. A page must be its own destination or nobody's, so that the copying may go in any order.
 * [xen:kimage_alloc_page]
 *
 * Simplified: Xen takes a page, maps it and fills it before it takes the next; here pages in a row
 * are taken, mapped and filled together.
 */
import { type Decision, type Owner, readWord } from "../../../machine/mod.ts";
import { IND_SOURCE, WORDS_PER_PAGE } from "../../../execution/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames, hex } from "../../../routine/mod.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change } from "./building.ts";
import { destinationTest, sameAnswerUntil } from "./destinations.ts";
import { rewriteWord } from "./list.ts";
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
  if (dest !== undefined && building.parked.delete(dest)) {
    yield* emit(run, { kind: "frames-reassigned", frames: [dest, dest + 1], owner });
    return { frame: dest, count: 1 };
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
    if (frame + 1 < end) building.pool.unshift(frame + 1, end);
    const moved = yield* moveSource(run, building, frame);
    if (moved !== undefined) return { frame: moved, count: 1 };
    building.parked.add(frame);
    yield* emit(run, {
      kind: "frames-reassigned",
      frames: [frame, frame + 1],
      owner: { ...owner, kind: "parked", label: `parked pages of image ${building.name}` },
    });
  }
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
 * The page is the destination of data that waits elsewhere: the data moves into it, and the page where
 * it was is the one to be used. The word of the list is then built from the low bits of the address,
 * which are 0: it says page 0 instead of where the data is now, and the copying takes that.
 */
function* moveSource(run: Run, building: Building, page: number): Decision<number | undefined> {
  const group = building.placed.find((p) => page >= p.dest && page < p.dest + p.count);
  if (group === undefined) return undefined;
  const ordinal = group.word + page - group.dest;
  const list = building.listFrames[Math.floor(ordinal / WORDS_PER_PAGE)]!;
  const word = readWord(run.machine, list * PAGE_SIZE + (ordinal % WORDS_PER_PAGE) * 8);
  const old = Number(word >> 12n);
  const name = building.name;
  yield* emit(run, {
    kind: "frames-copied",
    moves: [old, page, 1],
    what: `a source page of image ${name} moves to its own destination`,
  });
  yield* emit(run, {
    kind: "frames-written",
    frames: [old, old + 1],
    recipe: { kind: "zeros" },
    shifts: [old],
    what: `source page of image ${name}, zeroed`,
  });
  yield* rewriteWord(run, building, ordinal, BigInt(IND_SOURCE));
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "moved-source-lost",
      message: `the source of page ${hex(page * PAGE_SIZE)} of image ${name} moved from ${
        hex(old * PAGE_SIZE)
      }, and its word in the list now says page 0: that is what will be copied`,
      key: `moved-source-lost:${building.id}`,
      cite: "xen:kimage_alloc_page",
    },
  });
  return old;
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
