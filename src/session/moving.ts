/** The cursor of a session: moves, jumps, branches. What stops a move is told. */
import type { Action } from "./actions.ts";
import { machineAt } from "./answers.ts";
import { describeBreakpoint, type Hit } from "./breakpoints.ts";
import { say } from "./messages.ts";
import { move, toEvent } from "./move.ts";
import {
  clampPlace,
  comparePlaces,
  endOfEntry,
  lastPlace,
  type Place,
  placeOfStep,
} from "./place.ts";
import { lastWrite, provenanceOf } from "./provenance.ts";
import { branchOf, type Cursor, type Session } from "./session.ts";

export function at(session: Session, place: Place): Session {
  const { branch } = session.cursor;
  if (comparePlaces(place, session.cursor) === 0) return session;
  return { ...session, cursor: { branch, ...place } };
}

export function moved(
  session: Session,
  { how, back = false, times = 1 }: Extract<Action, { kind: "move" }>,
): Session {
  const branch = branchOf(session);
  let place: Place = session.cursor;
  let hit: Hit | undefined;
  for (let i = 0; i < times; i++) {
    const next = move(branch, place, how, back, session.breakpoints);
    hit = next.hit;
    if (comparePlaces(next.place, place) === 0) break;
    place = next.place;
  }
  const after = at(session, place);
  if (hit !== undefined) return told(after, hitLines(hit));
  if (after !== session) return after;
  return told(session, [back ? "This is the start" : "This is the end: type a statement"]);
}

export function hitLines({ breakpoint, place }: Hit): string[] {
  return [
    `Breakpoint ${breakpoint.id} (${
      describeBreakpoint(breakpoint)
    }) at step ${place.step}: \`:continue\` goes on`,
  ];
}

export function told(session: Session, lines: readonly string[]): Session {
  return say(session, "note", lines);
}

type Jump =
  | Extract<Action, { kind: "go-to" | "go-to-cursor" | "go-to-entry" | "to-event" }>
  | Cursor;

export function goTo(session: Session, jump: Jump): Session {
  const branch = branchOf(session);
  if (!("kind" in jump)) return toCursor(session, jump);
  switch (jump.kind) {
    case "go-to":
      return at(session, placeOfStep(branch.entries, whole(jump.step)));
    case "go-to-entry":
      return at(session, endOfEntry(branch.entries, whole(jump.entry)));
    case "go-to-cursor":
      return toCursor(session, jump.cursor);
    case "to-event": {
      const place = toEvent(branch, session.cursor, jump.event, jump.back ?? false);
      return place === undefined ? session : at(session, place);
    }
  }
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.floor(value) : 0;
}

function toCursor(session: Session, cursor: Cursor): Session {
  const there = onBranch(session, cursor.branch);
  if (there.cursor.branch !== cursor.branch) return session;
  return at(there, clampPlace(branchOf(there).entries, cursor));
}

export function toWriter(session: Session, address: number): Session {
  const branch = branchOf(session);
  const step = lastWrite(provenanceOf(branch, machineAt(session), address));
  return step === undefined ? session : at(session, placeOfStep(branch.entries, step));
}

/** To the end of another timeline. */
export function onBranch(session: Session, id: number): Session {
  const branch = session.branches[id];
  if (branch === undefined || id === session.cursor.branch) return session;
  const place = lastPlace(branch.entries);
  return { ...session, previous: session.cursor.branch, cursor: { branch: id, ...place } };
}
