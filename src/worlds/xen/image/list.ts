/**
 * The indirection list: words in pages, 511 in each and then the way to the next. The first page is a
 * control page, the others come like source pages. [xen:kimage_add_entry]
 */
import type { Decision } from "../../../machine/mod.ts";
import {
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  WORDS_PER_PAGE,
} from "../../../execution/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change, imageOf } from "./building.ts";
import { pushRun } from "./runs.ts";
import { writeWords } from "./list_words.ts";
import { takePage } from "./source_pages.ts";

/** Clear the page at the destination. */
const IND_ZERO = 0x10n;
const PAGE_BITS = ~0xfffn;

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

/**
 * Pages to be cleared. What does not fit is lost without a word: nobody looks at the result.
 * [xen:kimage_load_normal_segment]
 */
export function* addZeros(run: Run, building: Building, count: number): Decision<void> {
  yield* addWords(run, building, count, () => IND_ZERO);
}

/** The end of the list, in the place of the link where the page is full. [xen:kimage_terminate] */
export function* terminate(run: Run, building: Building): Decision<void> {
  const end = imageOf(run, building).listEnd;
  if (end === undefined) return;
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
    let end = imageOf(run, building).listEnd!;
    if (end.word === WORDS_PER_PAGE) {
      const frame = yield* takePage(run, building);
      if (frame === undefined) return false;
      yield* emit(run, {
        kind: "frames-reassigned",
        frames: [frame, frame + 1],
        owner: {
          kind: "indirection",
          label: `indirection page of image ${building.name}`,
          image: building.id,
        },
      });
      const link = BigInt(frame * PAGE_SIZE + IND_INDIRECTION);
      yield* writeWords(run, building, end.frame, end.word, BigUint64Array.of(link));
      yield* openListPage(run, building, frame);
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

/** The page that words go to from now on. */
export function* openListPage(run: Run, building: Building, frame: number): Decision<void> {
  building.listFrames.push(frame);
  const frames = [...imageOf(run, building).indirectionFrames];
  pushRun(frames, frame, frame + 1);
  yield* change(run, building, { indirectionFrames: frames, listEnd: { frame, word: 0 } });
}
