/** What became of a run: a branch grew, a new one opened, or a script took the place of everything. */
import type { Executor } from "../engine/mod.ts";
import type { Action } from "./actions.ts";
import { nextHit } from "./breakpoints.ts";
import { hitLines, told } from "./moving.ts";
import { clampPlace, lastPlace, type Place } from "./place.ts";
import type { Branch, Entry, Session } from "./session.ts";

export function ran(
  session: Session,
  { executor, entries, at, forked }: Extract<Action, { kind: "ran" }>,
): Session {
  const { running: _, ...idle } = session;
  const from = session.branches[at.branch]!;
  const branch = forked
    ? forkOf(from, session.branches.length, at, executor, entries)
    : { ...from, executor, entries: [...from.entries, ...entries], ...sizeOf(executor) };
  const branches = forked
    ? [...session.branches, branch]
    : session.branches.map((b) => b.id === branch.id ? branch : b);
  if (entries.length === 0) return { ...idle, branches };
  // What was typed while it ran counts from where it began.
  const hit = nextHit(branch, at, session.breakpoints);
  const place = hit?.place ?? lastPlace(branch.entries);
  const next: Session = {
    ...idle,
    branches,
    cursor: { branch: branch.id, ...place },
    ...(forked ? { previous: at.branch } : {}),
    comments: "",
    unsaved: true,
  };
  return hit === undefined ? next : told(next, hitLines(hit));
}

/** A branch that leaves another at a place and goes on with statements of its own. */
export function forkOf(
  { id: parent, entries }: Branch,
  id: number,
  { entry, step }: Place,
  executor: Executor,
  own: readonly Entry[],
): Branch {
  const shared = entriesUntil(entries, entry, step);
  return {
    id,
    parent: { branch: parent, place: { entry, step } },
    executor,
    entries: [...shared, ...own],
    shared: shared.length,
    ...sizeOf(executor),
  };
}

export function sizeOf({ timeline, records }: Executor): { length: number; records: number } {
  return { length: timeline.length, records: records.length };
}

/** Statements up to a place; the last one ends there. */
function entriesUntil(entries: readonly Entry[], entry: number, step: number): readonly Entry[] {
  const kept = entries.slice(0, entry + 1);
  const last = kept.at(-1);
  return last === undefined || last.to <= step
    ? kept
    : [...kept.slice(0, -1), { ...last, to: step, cut: true }];
}

export function loaded(
  session: Session,
  { path, shown, branches, cursor }: Extract<Action, { kind: "loaded" }>,
): Session {
  const { running: _, previous, saved: __, ...rest } = session;
  const dropped = session.branches.length - branches.length;
  const next: Session = {
    ...rest,
    file: shown,
    path,
    branches,
    cursor: { branch: cursor.branch, ...clampPlace(branches[cursor.branch]!.entries, cursor) },
    ...(dropped === 0 && previous !== undefined ? { previous } : {}),
    comments: "",
    unsaved: branches.some(({ entries }) => entries.some((e) => !e.loaded)),
  };
  return dropped === 0
    ? next
    : told(next, [`${dropped} other branch${dropped === 1 ? " is" : "es are"} gone`]);
}
