/** Where a run stops by itself, and how a breakpoint is written. */
import type { Event } from "../machine/mod.ts";
import { comparePlaces, endOfEntry, lastPlace, type Place, placeOfStep, START } from "./place.ts";
import type { Branch, Breakpoint, BreakpointSpec } from "./session.ts";
import { lineOfRecord } from "./script_lines.ts";
import { isNamed, kindsNamed, OWNS, WRITES } from "./event_kinds.ts";
import { touches } from "./touches.ts";

/** More of them are a script gone wild. */
export const MOST_BREAKPOINTS = 100;

export interface Hit {
  readonly place: Place;
  readonly breakpoint: Breakpoint;
}

/**
 * The first place after `place` where a breakpoint stops, or the last before it with `back`. Events
 * are found by kind, so the cost follows what matches and not the distance.
 */
export function nextHit(
  branch: Branch,
  place: Place,
  breakpoints: readonly Breakpoint[],
  back = false,
): Hit | undefined {
  let best: Hit | undefined;
  for (const breakpoint of breakpoints) {
    for (const found of placesOf(branch, breakpoint, place, back)) {
      const order = comparePlaces(found, place);
      if (back ? order >= 0 : order <= 0) continue;
      const than = best === undefined ? 0 : comparePlaces(found, best.place);
      if (best === undefined || (back ? than > 0 : than < 0)) best = { place: found, breakpoint };
      break;
    }
  }
  return best;
}

/** Places where it stops, from `place` on in one direction. */
function* placesOf(
  branch: Branch,
  breakpoint: Breakpoint,
  place: Place,
  back: boolean,
): Generator<Place, void, void> {
  if (breakpoint.kind === "line" || breakpoint.kind === "statement") {
    return yield* placesOfStatements(branch, breakpoint, place, back);
  }
  const steps = kindsOf(breakpoint).map((kind) =>
    firstStep(branch, kind, (event) => stopsAt(breakpoint, event), place.step, back)
  ).filter((step) => step !== undefined);
  if (steps.length === 0) return;
  yield placeOfStep(branch.entries, back ? Math.max(...steps) : Math.min(...steps));
}

/** The first step after `step` with an event of a kind that matches, or the last before it. */
export function firstStep(
  { executor: { timeline }, length }: Branch,
  kind: Event["kind"],
  matches: (event: Event) => boolean,
  step: number,
  back: boolean,
): number | undefined {
  // A breakpoint behind stops before where one stands, so that going back gets on.
  const steps = back
    ? timeline.stepsBackOf(kind, Math.min(step - 1, length))
    : timeline.stepsOf(kind, step, length);
  for (const at of steps) if (matches(timeline.eventAt(at))) return at;
  return undefined;
}

/**
 * Steps at which a breakpoint stops, ascending, `most` at the most: marks for a timeline. Costs the
 * events of its kinds, so whoever draws often keeps the answer while branch and breakpoint are the same.
 */
export function stepsOfBreakpoint(
  branch: Branch,
  breakpoint: BreakpointSpec,
  most: number,
): readonly number[] {
  const { executor: { timeline }, length } = branch;
  const steps = new Set<number>();
  if (breakpoint.kind === "line" || breakpoint.kind === "statement") {
    for (const { step } of placesOfStatements(branch, breakpoint, START, false)) {
      if (steps.size < most) steps.add(step);
    }
  }
  for (const kind of kindsOf(breakpoint)) {
    for (const step of timeline.stepsOf(kind, 0, length)) {
      if (steps.size >= most) break;
      if (stopsAt(breakpoint, timeline.eventAt(step))) steps.add(step);
    }
  }
  return [...steps].sort((a, b) => a - b);
}

function kindsOf(breakpoint: BreakpointSpec): readonly Event["kind"][] {
  switch (breakpoint.kind) {
    case "event":
      return kindsNamed(breakpoint.event);
    case "address":
      return [...WRITES, ...OWNS];
    case "errno":
      return ["operation-ended"];
    case "hazard":
      return ["hazard-found"];
    default:
      return [];
  }
}

/** Whether an operation's answer is a refusal: an errno's name, or a negative number. */
export function isRefusal(ret: string): boolean {
  return !/^(0x)?[0-9a-f]+$/.test(ret);
}

function stopsAt(breakpoint: BreakpointSpec, event: Event): boolean {
  switch (breakpoint.kind) {
    case "event":
      return isNamed(event, breakpoint.event);
    case "address":
      return touches(event, breakpoint.start, breakpoint.end);
    case "errno":
      return event.kind === "operation-ended" &&
        (breakpoint.errno === undefined ? isRefusal(event.ret) : event.ret === breakpoint.errno);
    case "hazard":
      return event.kind === "hazard-found" &&
        (breakpoint.code === undefined || event.hazard.code === breakpoint.code);
    default:
      return false;
  }
}

/** Just before each statement that matches, those in blocks too. */
function* placesOfStatements(
  branch: Branch,
  breakpoint: BreakpointSpec,
  place: Place,
  back: boolean,
): Generator<Place, void, void> {
  const { executor, entries } = branch;
  const by = back ? -1 : 1;
  for (
    let e = Math.max(0, place.entry);
    e >= 0 && e < entries.length;
    e += by
  ) {
    const entry = entries[e]!;
    const end = entries[e + 1]?.record ?? executor.records.length;
    const found: Place[] = [];
    for (let r = entry.record; r < end; r++) {
      const record = executor.records[r]!;
      if (r > entry.record && record.depth === 0) break;
      const matches = breakpoint.kind === "line"
        ? lineOfRecord(branch, e, record) === breakpoint.line
        : breakpoint.kind === "statement" && record.kind === breakpoint.head;
      if (!matches) continue;
      found.push(
        record.from > entry.from ? { entry: e, step: record.from } : endOfEntry(entries, e - 1),
      );
    }
    yield* back ? found.reverse() : found;
  }
}

/** What it waits for: `event frames-copied`, `errno EINVAL`. */
export function describeBreakpoint(spec: BreakpointSpec): string {
  switch (spec.kind) {
    case "line":
      return `line ${spec.line}`;
    case "statement":
      return spec.head;
    case "event":
      return `event ${spec.event}`;
    case "address":
      return `at 0x${spec.start.toString(16)} .. 0x${spec.end.toString(16)}`;
    case "errno":
      return spec.errno === undefined ? "errno: any refusal" : `errno ${spec.errno}`;
    case "hazard":
      return spec.code === undefined ? "hazard" : `hazard ${spec.code}`;
  }
}

/** Where `continue` ends when nothing stops it. */
export function farthest(branch: Branch, back: boolean): Place {
  return back ? START : lastPlace(branch.entries);
}
