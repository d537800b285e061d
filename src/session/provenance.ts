/**
 * Who wrote what a page holds, how it came to lie there, and who gave the page its owner: found from
 * the content's own writer and from the index of events, never by looking through memory.
 */
import { type Content, type Event, type Machine, type Owner, ownerOf } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { type Branch, TYPED } from "./session.ts";
import { OWNS } from "./event_kinds.ts";
import { sourceOf, touches } from "./touches.ts";

/** An event and the statement that it belongs to. */
export interface Origin {
  readonly step: number;
  readonly event: Event;
  /** The first line of the innermost statement, and where it stands if it stands in a file. */
  readonly statement: string;
  readonly place: string;
}

export interface Provenance {
  /** Start of the page, bytes. */
  readonly page: number;
  readonly owner: Owner | "free" | undefined;
  readonly owned?: Origin;
  readonly content: Content | undefined;
  /** Who made the bytes; absent for what was there before the first event. */
  readonly written?: Origin;
  /** Moves that brought them here afterwards, the latest first: where from, bytes. */
  readonly moved: readonly (Origin & { readonly from: number })[];
}

/** More moves than this are not followed: no image is moved so often. */
const MOST_MOVES = 16;

export function provenanceOf(branch: Branch, machine: Machine, address: number): Provenance {
  const { timeline } = branch.executor;
  const at = machine.steps;
  const undone = undoneBefore(branch, at);
  let frame = Math.floor(address / PAGE_SIZE);
  const page = frame * PAGE_SIZE;
  const content = machine.contents.get(frame);
  const owned = lastOwnerStep(branch, frame, at, undone);
  const moved: (Origin & { from: number })[] = [];
  const writer = content?.writer ?? 0;
  // A content keeps its first writer when it is moved: whatever moved it did so later.
  for (let until = at; content !== undefined && moved.length < MOST_MOVES;) {
    const found = lastMove(branch, frame, until, writer, undone);
    if (found === undefined) break;
    moved.push({ ...originOf(branch, found.step), from: found.from * PAGE_SIZE });
    frame = found.from;
    until = found.step - 1;
  }
  return {
    page,
    owner: ownerOf(machine, Math.floor(address / PAGE_SIZE)),
    ...(owned === undefined ? {} : { owned: originOf(branch, owned) }),
    content,
    ...(writer < 1 || writer > timeline.length ? {} : { written: originOf(branch, writer) }),
    moved,
  };
}

/** The step that put into the page what it holds: the last move, or else the writer. */
export function lastWrite(provenance: Provenance): number | undefined {
  return provenance.moved[0]?.step ?? provenance.written?.step;
}

/** Whether a scenario that ended since has taken a step back. */
function undoneBefore({ executor: { timeline } }: Branch, until: number) {
  const ranges: { from: number; to: number }[] = [];
  for (const to of timeline.stepsOf("state-restored", 0, until)) {
    const event = timeline.eventAt(to);
    if (event.kind === "state-restored") ranges.push({ from: event.step, to });
  }
  return (step: number): boolean => ranges.some(({ from, to }) => step > from && step <= to);
}

function lastMove(
  { executor: { timeline } }: Branch,
  frame: number,
  until: number,
  after: number,
  undone: (step: number) => boolean,
): { step: number; from: number } | undefined {
  let best: { step: number; from: number } | undefined;
  for (const kind of ["frames-copied", "frames-swapped"] as const) {
    for (const step of timeline.stepsBackOf(kind, until, Math.max(after, best?.step ?? 0))) {
      const from = sourceOf(timeline.eventAt(step), frame);
      if (from === undefined || undone(step)) continue;
      best = { step, from };
      break;
    }
  }
  return best;
}

function lastOwnerStep(
  { executor: { timeline } }: Branch,
  frame: number,
  until: number,
  undone: (step: number) => boolean,
): number | undefined {
  let best = 0;
  for (const kind of OWNS) {
    for (const step of timeline.stepsBackOf(kind, until, best)) {
      if (undone(step)) continue;
      if (!touches(timeline.eventAt(step), frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE)) continue;
      best = step;
      break;
    }
  }
  return best === 0 ? undefined : best;
}

export function originOf({ executor }: Branch, step: number): Origin {
  const record = executor.records[executor.timeline.statementAt(step)];
  const event = executor.timeline.eventAt(step);
  if (record === undefined) return { step, event, statement: "", place: "" };
  const text = executor.textOf(record.span);
  return {
    step,
    event,
    statement: text.slice(record.span).split("\n", 1)[0]!.trim(),
    place: text.name === TYPED ? "" : `${text.name}:${text.position(record.span.start).line}`,
  };
}
