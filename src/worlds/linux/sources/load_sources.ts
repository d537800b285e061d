/**
 * Source pages of a default image: ordinary memory that holds the segments until the relocation
 * copies them. What makes the copying safe is one invariant: every source page is its own
 * destination or lies in no destination at all. [linux:kimage_alloc_page]
 *
 * A page from the allocator that lies in a destination
 * - is just the one wanted: it is used, and nothing has to be copied later;
 * - belongs to a page that was loaded before: the two trade places, and the page set free, which
 *   cannot be a destination, is used;
 * - belongs to a page still to come: it is parked until that one is loaded.
 *
 * The kernel does this page by page and searches its list each time. Here pages come and go in
 * groups of some indirection pages' worth, the search is an index, and each group is a few events.
 */
import type { Decision, SegmentSpec } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames } from "../../../routine/mod.ts";
import { pushRun, sortedRuns } from "../control_pages.ts";
import {
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  wordOf,
  WORDS_PER_PAGE,
} from "../../../execution/mod.ts";
import { firstUnreadablePage } from "../segment_bytes.ts";
import { emit, type Run } from "../steps.ts";
import {
  type Builder,
  type LoadingSegment,
  newBuilder,
  pagesBeforeParked,
  park,
  parkedFrames,
  segmentAt,
  sourceOwner,
  takeParked,
  unparkedAmong,
} from "./builder.ts";
import { addWord, makeRoom, tellParked, writeStale } from "./list_pages.ts";
import { PageWrites } from "./page_writes.ts";

/** Pages that are loaded between two events: the words of so many indirection pages. */
const GROUP = 16 * WORDS_PER_PAGE;

/** A group may end early with so many. */
const ENOUGH = WORDS_PER_PAGE;

export interface SourceList {
  readonly head: bigint;
  /** Words, links and the terminator included. */
  readonly words: number;
  readonly sourcePages: number;
  readonly inPlace: number;
  readonly indirectionFrames: readonly number[];
  readonly parkedFrames: readonly number[];
  /** Empty, or the errno that ended it: ENOMEM, EFAULT. */
  readonly errno: string;
  /** Index of the segment that was being loaded when it ended; -1 if all were. */
  readonly segment: number;
}

/** Loads all segments and ends the list. On a failure everything taken so far stays the image's. */
export function* loadSourcePages(
  run: Run,
  image: number,
  name: string,
  segments: readonly SegmentSpec[],
): Decision<SourceList> {
  const list = newBuilder(image, name, segments, run.features.inclusiveDestinations);
  let errno = "";
  let failed = -1;
  for (const [i, segment] of list.segments.entries()) {
    errno = yield* loadSegment(run, list, segment);
    if (errno === "") continue;
    failed = i;
    break;
  }
  if (errno === "") {
    errno = yield* addWord(run, list, IND_DONE);
    if (errno !== "") failed = list.segments.length - 1;
  }
  yield* writeStale(run, list);
  const frames = sortedRuns(list.supply.rest());
  if (frames.length > 0) yield* emit(run, { kind: "frames-freed", frames, why: "not needed" });
  return summarize(list, errno, failed);
}

function summarize(list: Builder, errno: string, segment: number): SourceList {
  const { words, indirections } = list;
  let inPlace = 0;
  let sourcePages = 0;
  for (const { start, firstWord, loaded } of list.segments) {
    sourcePages += loaded;
    for (let i = 0; i < loaded; i++) {
      if (words[firstWord + i] === wordOf(start + i, IND_SOURCE)) inPlace++;
    }
  }
  return {
    head: indirections.length === 0 ? 0n : BigInt(wordOf(indirections[0]!, IND_INDIRECTION)),
    words: words.length + Math.max(0, indirections.length - 1),
    sourcePages,
    inPlace,
    indirectionFrames: indirections.flatMap((frame) => [frame, frame + 1]),
    parkedFrames: sortedRuns(parkedFrames(list)),
    errno,
    segment,
  };
}

/** Empty, or the errno. [linux:kimage_load_normal_segment] */
function* loadSegment(run: Run, list: Builder, segment: LoadingSegment): Decision<string> {
  const errno = yield* addWord(run, list, wordOf(segment.start, IND_DESTINATION));
  if (errno !== "") return errno;
  segment.firstWord = list.words.length;
  const pages = segment.end - segment.start;
  const faultPage = firstUnreadablePage(segment.spec);
  while (segment.loaded < pages) {
    // The page that cannot be read is taken and cleared before it is found out.
    const wanted = Math.min(GROUP, pages - segment.loaded, faultPage + 1 - segment.loaded);
    const room = yield* makeRoom(run, list, wanted);
    if (room === 0 || !(yield* loadGroup(run, list, segment, Math.min(wanted, room)))) {
      return "ENOMEM";
    }
    if (segment.loaded > faultPage) return "EFAULT";
  }
  return "";
}

/**
 * Loads up to `wanted` pages, all of whose words fit the indirection pages that are there. False if
 * memory ended.
 */
function* loadGroup(
  run: Run,
  list: Builder,
  segment: LoadingSegment,
  wanted: number,
): Decision<boolean> {
  const end = segment.loaded + wanted;
  const first = segment.loaded;
  const written = new PageWrites();
  const moved = new PageWrites();
  let memoryEnded = false;
  while (segment.loaded < end) {
    const dest = segment.start + segment.loaded;
    const waiting = takeParked(list, segment, end - segment.loaded);
    if (waiting > 0) {
      use(list, segment, dest, waiting, written);
      continue;
    }
    const supplied = list.supply.peek();
    if (supplied === undefined) {
      memoryEnded = !(yield* refill(run, list, segment, end));
      if (memoryEnded) break;
      continue;
    }
    const { start: frame } = supplied;
    const other = segmentAt(list, frame);
    if (frame === dest || (other === undefined && !list.isDestination(frame))) {
      const most = pagesBeforeParked(segment, end - segment.loaded);
      const count = Math.min(suppliedAlike(list, supplied, other), most);
      list.supply.take(count);
      use(list, segment, frame, count, written);
    } else if (other === undefined || frame - other.start >= other.loaded) {
      const count = other === undefined ? 1 : Math.min(supplied.end, other.end) - frame;
      list.supply.take(count);
      park(list, other, frame, count);
    } else if (
      segment === other && frame - other.start >= first && segment.loaded - first > ENOUGH
    ) {
      // Once this group is written, its pages can be traded many at a time.
      break;
    } else {
      const most = Math.min(supplied.end - frame, pagesBeforeParked(segment, end - segment.loaded));
      const count = tradeable(segment, other, frame - other.start, first, most);
      list.supply.take(count);
      trade(list, segment, other, frame, count, first, written, moved);
    }
  }
  yield* tellParked(run, list, sourceOwner(list, segment));
  yield* moved.write(run, list.name);
  yield* written.write(run, list.name);
  yield* writeStale(run, list);
  return !memoryEnded;
}

/** How many frames of the run fare like its first: in the same destination, or in none. */
function suppliedAlike(
  list: Builder,
  { start, end }: { readonly start: number; readonly end: number },
  inside: LoadingSegment | undefined,
): number {
  if (inside !== undefined) return Math.min(end, inside.end) - start;
  let stop = end;
  for (const s of list.segments) {
    if (s.start > start && s.end > s.start) stop = Math.min(stop, s.start);
  }
  return stop - start;
}

/** `count` frames from `frame` on become the sources of the next pages. */
function use(
  list: Builder,
  segment: LoadingSegment,
  frame: number,
  count: number,
  written: PageWrites,
): void {
  for (let i = 0; i < count; i++) list.words.push(wordOf(frame + i, IND_SOURCE));
  written.add(frame, segment.loaded, count, segment);
  segment.loaded += count;
}

/**
 * How many pages from `page` on can trade places at once: those with a source, and of the segment that
 * is being loaded those of groups before; a page of this group goes alone.
 */
function tradeable(
  segment: LoadingSegment,
  other: LoadingSegment,
  page: number,
  first: number,
  most: number,
): number {
  if (other !== segment) return Math.min(most, other.loaded - page);
  return page >= first ? 1 : Math.min(most, first - page);
}

/** Pages go home to `frame` and on, and the frames where they were take the next pages. */
function trade(
  list: Builder,
  segment: LoadingSegment,
  other: LoadingSegment,
  frame: number,
  count: number,
  first: number,
  written: PageWrites,
  moved: PageWrites,
): void {
  const page = frame - other.start;
  const word = other.firstWord + page;
  const old: number[] = [];
  for (let i = 0; i < count; i++) {
    const was = Math.floor(list.words[word + i]! / PAGE_SIZE);
    list.words[word + i] = wordOf(frame + i, IND_SOURCE);
    pushRun(old, was, was + 1);
  }
  const lastPage = Math.floor((word + count - 1) / WORDS_PER_PAGE);
  for (let p = Math.floor(word / WORDS_PER_PAGE); p <= lastPage; p++) list.stale.add(p);
  if (other === segment && page >= first) written.move(old[0]!, frame);
  else moved.add(frame, page, count, other);
  for (let i = 0; i < old.length; i += 2) {
    use(list, segment, old[i]!, old[i + 1]! - old[i]!, written);
  }
}

/**
 * Asks for as many pages as are needed to load up to page `end` of the segment, not counting those
 * that are parked. Each page that comes is used for one of them, at once or when its turn comes, or
 * is parked for another segment, so none is ever left over.
 */
function* refill(
  run: Run,
  list: Builder,
  segment: LoadingSegment,
  end: number,
): Decision<boolean> {
  const needed = unparkedAmong(segment, end - segment.loaded);
  const frames = yield* allocateFrames(run, needed, sourceOwner(list, segment));
  if (frames === undefined) return false;
  list.supply.refill(frames);
  return true;
}
