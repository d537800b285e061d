/** Indirection pages: taken before their words are, written when a group of words is complete. */
import type { Decision, Owner } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames } from "../../../routine/mod.ts";
import { compact } from "../compact.ts";
import { sortedRuns } from "../control_pages.ts";
import {
  encodePage,
  IND_DONE,
  IND_SOURCE,
  wordOf,
  WORDS_PER_PAGE,
} from "../../../execution/mod.ts";
import { emit, type Run } from "../steps.ts";
import { type Builder, park, segmentAt, sourceOwner } from "./builder.ts";
import { PageWrites } from "./page_writes.ts";

/** Frames. More are never asked for at once. */
const MOST_AT_ONCE = 1 << 16;

/** Words that fit, after taking the indirection pages for `wanted` more; fewer if memory ends. */
export function* makeRoom(run: Run, list: Builder, wanted: number): Decision<number> {
  const pages = Math.ceil((list.words.length + wanted) / WORDS_PER_PAGE);
  while (list.indirections.length < pages) {
    if (!(yield* takePages(run, list, pages - list.indirections.length))) break;
  }
  return list.indirections.length * WORDS_PER_PAGE - list.words.length;
}

/** Adds a word that is no source. Empty, or the errno. */
export function* addWord(run: Run, list: Builder, word: number): Decision<string> {
  // The terminator may stand where the link would: nothing follows it.
  const mayBeLast = word === IND_DONE && list.indirections.length > 0;
  if (!mayBeLast && (yield* makeRoom(run, list, 1)) === 0) return "ENOMEM";
  list.words.push(word);
  return "";
}

/**
 * Pages that are nobody's destination, found like source pages. Takes at least one, unless memory
 * ends: false.
 */
function* takePages(run: Run, list: Builder, count: number): Decision<boolean> {
  const owner: Owner = {
    kind: "indirection",
    label: `indirection page of image ${list.name}`,
    image: list.image,
  };
  const taken: number[] = [];
  for (let wanted = count; taken.length < count; wanted = Math.min(2 * wanted, MOST_AT_ONCE)) {
    while (taken.length < count) {
      const supplied = list.supply.peek();
      if (supplied === undefined) break;
      const page = yield* settleNext(run, list, supplied);
      if (page !== undefined) taken.push(page);
    }
    if (taken.length === count) break;
    const frames = yield* allocateFrames(run, wanted, owner);
    if (frames === undefined) break;
    list.supply.refill(frames);
  }
  yield* tellParked(run, list, owner);
  const left = sortedRuns(list.supply.rest());
  if (left.length > 0) {
    const user: Owner = {
      kind: "source",
      label: `source of image ${list.name}`,
      image: list.image,
    };
    yield* emit(run, { kind: "frames-reassigned", frames: left, owner: user });
  }
  if (taken.length === 0) return false;
  const traded = taken.filter((frame) => run.machine.owners.get(frame)?.kind !== "indirection");
  if (traded.length > 0) {
    const frames = sortedRuns(traded.flatMap((frame) => [frame, frame + 1]));
    yield* emit(run, { kind: "frames-reassigned", frames, owner });
  }
  // The page before gets its link; the new ones hold nothing yet, and what was there is not theirs.
  const last = list.indirections.length - 1;
  for (let page = Math.max(0, last); page <= last + taken.length; page++) list.stale.add(page);
  list.indirections.push(...taken);
  return true;
}

/** The next frame: free to use, traded for the source page of its place, or parked with its run. */
function* settleNext(
  run: Run,
  list: Builder,
  { start: frame, end }: { readonly start: number; readonly end: number },
): Decision<number | undefined> {
  if (!list.isDestination(frame)) {
    list.supply.take(1);
    return frame;
  }
  const other = segmentAt(list, frame);
  const at = other === undefined ? 0 : frame - other.start;
  if (other === undefined || at >= other.loaded) {
    const count = other === undefined ? 1 : Math.min(end, other.end) - frame;
    list.supply.take(count);
    park(list, other, frame, count);
    return undefined;
  }
  list.supply.take(1);
  const word = other.firstWord + at;
  const old = Math.floor(list.words[word]! / PAGE_SIZE);
  list.words[word] = wordOf(frame, IND_SOURCE);
  list.stale.add(Math.floor(word / WORDS_PER_PAGE));
  const moved = new PageWrites();
  moved.add(frame, at, 1, other);
  const frames = [frame, frame + 1];
  yield* emit(run, { kind: "frames-reassigned", frames, owner: sourceOwner(list, other) });
  yield* moved.write(run, list.name);
  return old;
}

/** Says who was parked and who is used after all since the last time. */
export function* tellParked(run: Run, list: Builder, user: Owner): Decision<void> {
  const parked: Owner = {
    kind: "parked",
    label: `parked for image ${list.name}`,
    image: list.image,
  };
  for (const [frames, owner] of [[list.newlyParked, parked], [list.unparked, user]] as const) {
    if (frames.length === 0) continue;
    yield* emit(run, { kind: "frames-reassigned", frames: sortedRuns(frames), owner });
  }
  list.newlyParked = [];
  list.unparked = [];
}

/** Writes the indirection pages whose words changed, all in one event. */
export function* writeStale(run: Run, list: Builder): Decision<void> {
  const { stale, indirections, words } = list;
  const last = indirections.length - 1;
  for (let word = list.cleanWords; word < words.length; word += WORDS_PER_PAGE) {
    stale.add(Math.min(last, Math.floor(word / WORDS_PER_PAGE)));
  }
  if (words.length > list.cleanWords) {
    stale.add(Math.min(last, Math.floor((words.length - 1) / WORDS_PER_PAGE)));
  }
  list.cleanWords = words.length;
  const pages = [...stale].filter((page) => page >= 0)
    .sort((a, b) => indirections[a]! - indirections[b]!);
  stale.clear();
  if (pages.length === 0) return;
  const bytes = new Uint8Array(pages.length * PAGE_SIZE);
  const frames: number[] = [];
  const shifts: number[] = [];
  for (const [i, page] of pages.entries()) {
    const frame = indirections[page]!;
    bytes.set(encodePage(words, page * WORDS_PER_PAGE, indirections[page + 1]), i * PAGE_SIZE);
    if (frames[frames.length - 1] === frame) frames[frames.length - 1] = frame + 1;
    else {
      frames.push(frame, frame + 1);
      shifts.push(frame - i);
    }
  }
  const what = `indirection pages of image ${list.name}`;
  yield* emit(run, {
    kind: "frames-written",
    frames,
    recipe: compact(bytes),
    shifts,
    what,
  });
}
