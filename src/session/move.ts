/** Moving the cursor: every motion forward has its counterpart back. No motion runs anything. */
import type { StatementRecord } from "../engine/mod.ts";
import type { Motion } from "./actions.ts";
import { farthest, firstStep, type Hit, nextHit } from "./breakpoints.ts";
import { isNamed, kindsNamed } from "./event_kinds.ts";
import { atEnd, backward, endOfEntry, forward, type Place, placeOfStep, START } from "./place.ts";
import type { Branch, Breakpoint } from "./session.ts";

export interface Moved {
  readonly place: Place;
  /** What stopped it. */
  readonly hit?: Hit;
}

export function move(
  branch: Branch,
  place: Place,
  how: Motion,
  back: boolean,
  breakpoints: readonly Breakpoint[],
): Moved {
  const { entries } = branch;
  switch (how) {
    case "step":
      return { place: back ? backward(entries, place) : forward(entries, place) };
    case "over":
      return { place: over(branch, place, back) };
    case "out":
      return { place: out(branch, place, back) };
    case "next":
      return { place: nextStatement(branch, place, back) };
    case "continue": {
      const hit = nextHit(branch, place, breakpoints, back);
      return hit === undefined ? { place: farthest(branch, back) } : { place: hit.place, hit };
    }
    case "end":
      return { place: farthest(branch, back) };
  }
}

function nextStatement({ entries }: Branch, place: Place, back: boolean): Place {
  if (back) return endOfEntry(entries, place.entry - 1);
  return endOfEntry(entries, atEnd(entries, place) ? place.entry + 1 : place.entry);
}

/** The whole of the innermost statement that made the next event, or the last one. */
function over(branch: Branch, place: Place, back: boolean): Place {
  const { executor, entries } = branch;
  if (back) {
    if (place.entry < 0) return START;
    const entry = entries[place.entry]!;
    if (entry.to === entry.from) return endOfEntry(entries, place.entry - 1);
    const record = executor.records[executor.timeline.statementAt(place.step)]!;
    return beforeStep(branch, place.entry, ownStart(branch, record, place.step));
  }
  const next = forward(entries, place);
  if (next.step === place.step) return next;
  const record = executor.records[executor.timeline.statementAt(next.step)]!;
  return { entry: next.entry, step: Math.min(record.to, entries[next.entry]!.to) };
}

/** Where the events of a statement begin that end with `step`: after those of its block, if it has one. */
function ownStart({ executor }: Branch, record: StatementRecord, step: number): number {
  const inner = executor.records[record.index + 1];
  if (inner === undefined || inner.depth <= record.depth) return record.from;
  let start = step;
  while (start > record.from && executor.timeline.statementAt(start) === record.index) start--;
  return start;
}

/** To the end of the innermost statement that is under way, or before it. */
function out(branch: Branch, place: Place, back: boolean): Place {
  const around = underWay(branch, place);
  if (around === undefined) return nextStatement(branch, place, back);
  if (back) return beforeStep(branch, place.entry, around.from);
  return { entry: place.entry, step: Math.min(around.to, branch.entries[place.entry]!.to) };
}

/** The innermost statement that has begun and not ended at a place. */
export function underWay({ executor, entries }: Branch, place: Place): StatementRecord | undefined {
  if (atEnd(entries, place)) return undefined;
  let record: StatementRecord | undefined =
    executor.records[executor.timeline.statementAt(place.step)];
  while (record !== undefined && record.to <= place.step) {
    record = record.parent === undefined ? undefined : executor.records[record.parent];
  }
  return record;
}

/** After `step` events in statement `entry`, or the end of the statement before if it has none yet. */
function beforeStep({ entries }: Branch, entry: number, step: number): Place {
  return step > entries[entry]!.from ? { entry, step } : endOfEntry(entries, entry - 1);
}

/** The next event that a word names, or the last one before; undefined if there is none. */
export function toEvent(
  branch: Branch,
  place: Place,
  word: string,
  back: boolean,
): Place | undefined {
  const found = kindsNamed(word)
    .map((kind) => firstStep(branch, kind, (event) => isNamed(event, word), place.step, back))
    .filter((step) => step !== undefined);
  if (found.length === 0) return undefined;
  return placeOfStep(branch.entries, back ? Math.max(...found) : Math.min(...found));
}
