/**
 * The indirection list: words in pages, 511 in each and then the way to the next. The first page is a
 * control page, the others come like source pages. [xen:kimage_add_entry]
 */
import type { Decision, FileBytes } from "../../../machine/mod.ts";
import {
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  WORDS_PER_PAGE,
} from "../../../execution/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { xenPanic } from "../hypervisor.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change, imageOf } from "./building.ts";
import { pushRun } from "./runs.ts";
import { writeWords } from "./list_words.ts";
import { takePage, takeSources } from "./source_pages.ts";

/** Clear the page at the destination. */
const IND_ZERO = 0x10n;
const PAGE_BITS = ~0xfffn;
/** Words of a page, the link included. */
const ENTRIES = WORDS_PER_PAGE + 1;

/** A destination: any 64-bit address, its low bits are dropped. */
export function* addDestination(run: Run, building: Building, dest: bigint): Decision<boolean> {
  const word = (BigInt.asUintN(64, dest) & PAGE_BITS) | BigInt(IND_DESTINATION);
  return yield* addWords(run, building, 1, () => word);
}

/** `count` sources, consecutive frames from `frame` on. */
export function* addSources(
  run: Run,
  building: Building,
  frame: number,
  count: number,
): Decision<boolean> {
  const added = yield* addWords(
    run,
    building,
    count,
    (i) => BigInt((frame + i) * PAGE_SIZE + IND_SOURCE),
  );
  const { sourcePages } = imageOf(run, building);
  yield* change(run, building, { sourcePages: sourcePages + count });
  return added;
}

/** Full pages of the list that are taken at once. */
const PAGES_OF_ZEROS = 512;

/**
 * Pages to be cleared. What does not fit is lost without a word: nobody looks at the result.
 * [xen:kimage_load_normal_segment]
 */
export function* addZeros(run: Run, building: Building, count: number): Decision<void> {
  const word = imageOf(run, building).listEnd?.word ?? 0;
  const first = Math.min(count, WORDS_PER_PAGE - word);
  if (!(yield* addWords(run, building, first, () => IND_ZERO))) return;
  let left = count - first;
  while (left >= WORDS_PER_PAGE) {
    const most = Math.min(PAGES_OF_ZEROS, Math.floor(left / WORDS_PER_PAGE));
    const pages = yield* addPagesOfZeros(run, building, most);
    if (pages === 0) return;
    left -= pages * WORDS_PER_PAGE;
  }
  yield* addWords(run, building, left, () => IND_ZERO);
}

/** Behind a page that is full: up to `most` others, full too. Gives how many. */
function* addPagesOfZeros(run: Run, building: Building, most: number): Decision<number> {
  const found = yield* takeSources(run, building, undefined, most);
  if (found === undefined) return 0;
  const { frame, count } = found;
  yield* linkTo(run, building, frame, count);
  yield* emit(run, {
    kind: "frames-written",
    frames: [frame, frame + count],
    recipe: {
      kind: "file",
      file: pagesOfZeros(frame, count),
      offset: 0,
      length: count * PAGE_SIZE,
    },
    shifts: [frame],
    what: `indirection list of image ${building.name}`,
  });
  building.words += count * WORDS_PER_PAGE;
  const listEnd = { frame: frame + count - 1, word: WORDS_PER_PAGE };
  yield* change(run, building, { listEnd });
  return count;
}

/** Pages of words that clear, each with the way to the next; of the last nothing says yet. */
function pagesOfZeros(frame: number, count: number): FileBytes {
  return {
    name: "words that clear pages",
    size: count * PAGE_SIZE,
    read(offset, length) {
      const first = Math.floor(offset / 8);
      const words = new BigUint64Array(Math.ceil((offset + length) / 8) - first).fill(IND_ZERO);
      for (let page = Math.floor(first / ENTRIES); page < count; page++) {
        const at = page * ENTRIES + WORDS_PER_PAGE - first;
        if (at >= words.length) break;
        const next = BigInt((frame + page + 1) * PAGE_SIZE + IND_INDIRECTION);
        if (at >= 0) words[at] = page === count - 1 ? 0n : next;
      }
      return new Uint8Array(words.buffer, offset - first * 8, length);
    },
  };
}

/** The end of the list, in the place of the link where the page is full. [xen:kimage_terminate] */
export function* terminate(run: Run, building: Building): Decision<void> {
  const end = imageOf(run, building).listEnd;
  if (end === undefined) return yield* withoutPage(run, building);
  yield* writeWords(run, building, end.frame, end.word, BigUint64Array.of(BigInt(IND_DONE)));
  // The empty list of a crash image counts as none.
  if (building.words > 0) yield* change(run, building, { listWords: building.words + 1 });
}

function* addWords(
  run: Run,
  building: Building,
  count: number,
  word: (i: number) => bigint,
): Decision<boolean> {
  for (let done = 0; done < count;) {
    let end = imageOf(run, building).listEnd;
    if (end === undefined) {
      yield* withoutPage(run, building);
      return false;
    }
    if (end.word === WORDS_PER_PAGE) {
      const frame = yield* takePage(run, building);
      if (frame === undefined) return false;
      yield* linkTo(run, building, frame, 1);
      end = { frame, word: 0 };
    }
    const some = Math.min(WORDS_PER_PAGE - end.word, count - done);
    const values = new BigUint64Array(some);
    for (let i = 0; i < some; i++) values[i] = word(done + i);
    yield* writeWords(run, building, end.frame, end.word, values);
    building.words += some;
    yield* change(run, building, { listEnd: { frame: end.frame, word: end.word + some } });
    done += some;
  }
  return true;
}

/** The null pointer of a page that was never there is taken for one, and written through. */
function* withoutPage(run: Run, building: Building): Decision<void> {
  yield* xenPanic(run, {
    text: `FATAL PAGE FAULT: the list of image ${building.name} has no page to write a word to`,
    cite: "xen:do_kimage_alloc",
  });
}

/** New pages of the list from `frame` on, the first behind the page that is full. */
function* linkTo(run: Run, building: Building, frame: number, count: number): Decision<void> {
  const end = imageOf(run, building).listEnd!;
  yield* emit(run, {
    kind: "frames-reassigned",
    frames: [frame, frame + count],
    owner: {
      kind: "indirection",
      label: `indirection page of image ${building.name}`,
      image: building.id,
    },
  });
  const link = BigInt(frame * PAGE_SIZE + IND_INDIRECTION);
  yield* writeWords(run, building, end.frame, end.word, BigUint64Array.of(link));
  yield* openListPage(run, building, frame, count);
}

/** The page that words go to from now on, with those behind it. */
export function* openListPage(
  run: Run,
  building: Building,
  frame: number,
  count = 1,
): Decision<void> {
  for (let i = 0; i < count; i++) building.listFrames.push(frame + i);
  const frames = [...imageOf(run, building).indirectionFrames];
  pushRun(frames, frame, frame + count);
  yield* change(run, building, { indirectionFrames: frames, listEnd: { frame, word: 0 } });
}
