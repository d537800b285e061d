/**
 * Where one stands on a branch: after `step` events, in top-level statement `entry`. The places of a
 * branch are in one line: the start, then for each statement one place after each of its events, or
 * one if it made none. So a step forward and a step back undo each other exactly, and a statement
 * without events (`image`, `let`) is a place of its own.
 */

/** A statement at the top of the session's script that has run, and the steps that it made. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

export interface Place {
  /** Index of the statement that is current: it has begun, perhaps ended. -1 before the first. */
  readonly entry: number;
  /** Events behind: 0 before the first. */
  readonly step: number;
}

export const START: Place = { entry: -1, step: 0 };

/** The last place of a branch. */
export function lastPlace(runs: readonly Run[]): Place {
  return runs.length === 0 ? START : { entry: runs.length - 1, step: runs.at(-1)!.to };
}

/** Whether the current statement has ended. */
export function atEnd(runs: readonly Run[], { entry, step }: Place): boolean {
  return entry < 0 || step >= runs[entry]!.to;
}

/** One event further, or past a statement without events; the same place at the end. */
export function forward(runs: readonly Run[], place: Place): Place {
  if (!atEnd(runs, place)) return { entry: place.entry, step: place.step + 1 };
  const next = runs[place.entry + 1];
  if (next === undefined) return place;
  return { entry: place.entry + 1, step: next.to > next.from ? next.from + 1 : next.to };
}

/** The place from which `forward` leads here; the same place at the start. */
export function backward(runs: readonly Run[], { entry, step }: Place): Place {
  if (entry < 0) return START;
  if (step > runs[entry]!.from + 1) return { entry, step: step - 1 };
  return entry === 0 ? START : { entry: entry - 1, step: runs[entry - 1]!.to };
}

/** The first place after `step` events: in the statement that made the last of them. */
export function placeOfStep(runs: readonly Run[], step: number): Place {
  const last = lastPlace(runs);
  const wanted = Math.max(0, Math.min(step, last.step));
  if (wanted === 0) return START;
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.to >= wanted) high = middle;
    else low = middle + 1;
  }
  return { entry: low, step: wanted };
}

/** Where statement `entry` has just ended; the start for -1. */
export function endOfEntry(runs: readonly Run[], entry: number): Place {
  if (entry < 0) return START;
  const index = Math.min(entry, runs.length - 1);
  return index < 0 ? START : { entry: index, step: runs[index]!.to };
}

/** The nearest place that the branch has. */
export function clampPlace(runs: readonly Run[], { entry, step }: Place): Place {
  const index = Math.min(entry, runs.length - 1);
  if (index < 0) return START;
  const { from, to } = runs[index]!;
  const first = to > from ? from + 1 : to;
  return { entry: index, step: Math.max(first, Math.min(step, to)) };
}

export function comparePlaces(a: Place, b: Place): number {
  return a.entry - b.entry || a.step - b.step;
}
