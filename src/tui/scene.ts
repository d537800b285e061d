/**
 * What a session shows at its cursor, gathered once for all panes: the machine there, the machine a
 * step before, where hazards are. Everything is remembered by timeline and step, so that a key that
 * only scrolls costs nothing, and what is found grows with the timeline and is never found twice.
 */
import type { Timeline } from "../engine/mod.ts";
import { type Event, type Machine, NO_MACHINE } from "../machine/mod.ts";
import { type Branch, branchOf, type Entry, type Session } from "../session/mod.ts";

export interface Scene {
  readonly session: Session;
  readonly branch: Branch;
  /** Events behind the cursor. */
  readonly step: number;
  /** The statement that is current; undefined before the first. */
  readonly entry: Entry | undefined;
  readonly machine: Machine;
  /** Before the last event. */
  readonly before: Machine;
  /** What made `machine`; undefined at the start. */
  readonly event: Event | undefined;
}

export function sceneOf(session: Session): Scene {
  const branch = branchOf(session);
  const { step, entry } = session.cursor;
  const { timeline } = branch.executor;
  return {
    session,
    branch,
    step,
    entry: branch.entries[entry],
    machine: machineAt(timeline, step),
    before: step === 0 ? NO_MACHINE : machineAt(timeline, step - 1),
    event: step === 0 ? undefined : timeline.eventAt(step),
  };
}

/** Machines near the cursor: a step back finds the one that it needs here. */
const KEPT = 8;
const machines = new WeakMap<Timeline, Map<number, Machine>>();

export function machineAt(timeline: Timeline, step: number): Machine {
  let kept = machines.get(timeline);
  if (kept === undefined) machines.set(timeline, kept = new Map());
  const known = kept.get(step);
  if (known !== undefined) return known;
  const machine = timeline.stateAt(step);
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
  kept.set(step, machine);
  return machine;
}

interface Found {
  /** Steps looked at so far. */
  seen: number;
  readonly hazards: number[];
}

const found = new WeakMap<Timeline, Found>();

/** Steps at which hazards were found, ascending, as far as `length`. Looks at each step once. */
export function hazardSteps(timeline: Timeline, length: number): readonly number[] {
  let known = found.get(timeline);
  if (known === undefined) found.set(timeline, known = { seen: 0, hazards: [] });
  for (; known.seen < timeline.length; known.seen++) {
    if (timeline.eventAt(known.seen + 1).kind === "hazard-found") {
      known.hazards.push(known.seen + 1);
    }
  }
  const end = firstAbove(known.hazards, length);
  return end === known.hazards.length ? known.hazards : known.hazards.slice(0, end);
}

/** Index of the first number above `value` in an ascending list; its length if there is none. */
export function firstAbove(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
