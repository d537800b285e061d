/** What became of a run: a branch grew, a new one opened, or a script took the place of everything. */
import type { Action } from "./actions.ts";
import { nextHit } from "./breakpoints.ts";
import { hitLines, told } from "./moving.ts";
import { clampPlace, lastPlace } from "./place.ts";
import type { Branch, Entry, Session } from "./session.ts";

export function ran(
  session: Session,
  { executor, entries, at, forked }: Extract<Action, { kind: "ran" }>,
): Session {
  const { running: _, ...idle } = session;
  const from = session.branches[at.branch]!;
  const size = { length: executor.timeline.length, records: executor.records.length };
  const kept = forked ? entriesUntil(from.entries, at.entry, at.step) : from.entries;
  const branch: Branch = forked
    ? {
      id: session.branches.length,
      parent: { branch: at.branch, place: { entry: at.entry, step: at.step } },
      executor,
      entries: [...kept, ...entries],
      shared: kept.length,
      ...size,
    }
    : { ...from, executor, entries: [...kept, ...entries], ...size };
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
  { path, shown, executor, entries, place }: Extract<Action, { kind: "loaded" }>,
): Session {
  const { running: _, previous: __, saved: ___, ...rest } = session;
  const dropped = session.branches.length - 1;
  const at = place === undefined ? lastPlace(entries) : clampPlace(entries, place);
  const next: Session = {
    ...rest,
    file: shown,
    path,
    branches: [{
      id: 0,
      executor,
      entries,
      shared: 0,
      length: executor.timeline.length,
      records: executor.records.length,
    }],
    cursor: { branch: 0, ...at },
    comments: "",
    unsaved: entries.some((e) => !e.loaded),
  };
  return dropped === 0
    ? next
    : told(next, [`${dropped} other branch${dropped === 1 ? " is" : "es are"} gone`]);
}
