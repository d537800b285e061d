/** One search for room, with what it saw: the material of every answer to "why there?". */
import { intersect, isEmpty, type Range, subtract } from "../../../memory/mod.ts";
import { findBottomUp, findTopDown, type Hole, holesWithin, type Reservation } from "./memblock.ts";

export type Part = "main" | "low" | "cma";

export interface Attempt {
  readonly part: Part;
  /** Bytes, unsigned 64 bits: whatever the command line asked for. */
  readonly size: bigint;
  readonly alignment: number;
  readonly window: { readonly start: bigint; readonly end: bigint };
  /** The free memory in the window, in the order in which it was tried. */
  readonly holes: readonly TriedHole[];
  /** What is in the way, where the window is exactly as large as the region: for X@Y. */
  readonly blockers: readonly Reservation[];
  /** Where it was placed, in bytes. */
  readonly found?: Range;
}

export interface TriedHole extends Hole {
  readonly outcome: "taken" | "too small" | "too small once aligned" | "not tried";
}

/** What `attempt` searches. `ram` only serves to name blockers. */
export interface Space {
  readonly ram: readonly Range[];
  readonly taken: readonly Reservation[];
  readonly holes: readonly Hole[];
}

/** Addresses above this are no memory of any machine; the search stays in exact numbers. */
const LAST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

export function attempt(
  space: Space,
  part: Part,
  size: bigint,
  alignment: number,
  window: { readonly start: bigint; readonly end: bigint },
  direction: "top-down" | "bottom-up" = "top-down",
): Attempt {
  const within = window.start > LAST_EXACT || window.end <= window.start
    ? []
    : holesWithin(space.holes, exactWindow(window));
  const found = size > LAST_EXACT
    ? undefined
    : direction === "top-down"
    ? findTopDown(within, size, alignment)
    : findBottomUp(within, Number(size), alignment);
  const ordered = direction === "top-down" ? within.toReversed() : within;
  const fixed = window.end - window.start === size;
  return {
    part,
    size,
    alignment,
    window,
    holes: judge(ordered, size, found),
    blockers: fixed && found === undefined ? blockersOf(space, window, alignment) : [],
    ...(found === undefined ? {} : { found }),
  };
}

function judge(holes: readonly Hole[], size: bigint, found: Range | undefined): TriedHole[] {
  let done = false;
  return holes.map((hole) => {
    if (done) return { ...hole, outcome: "not tried" };
    if (found !== undefined && found.start >= hole.range.start && found.end <= hole.range.end) {
      done = true;
      return { ...hole, outcome: "taken" };
    }
    const small = BigInt(hole.range.end - hole.range.start) < size;
    return { ...hole, outcome: small ? "too small" : "too small once aligned" };
  });
}

function blockersOf(
  space: Space,
  window: { readonly start: bigint; readonly end: bigint },
  alignment: number,
): Reservation[] {
  if (window.start > LAST_EXACT) return [{ what: "no RAM", range: exactWindow(window) }];
  const range = exactWindow(window);
  const blockers: Reservation[] = [];
  if (range.start % alignment !== 0) {
    blockers.push({ what: `base is not a multiple of 0x${alignment.toString(16)}`, range });
  }
  for (const { what, range: taken } of space.taken) {
    const common = intersect(range, taken);
    if (!isEmpty(common)) blockers.push({ what, range: common });
  }
  for (const gap of subtract(range, space.ram)) blockers.push({ what: "no RAM", range: gap });
  return blockers;
}

function exactWindow(window: { readonly start: bigint; readonly end: bigint }): Range {
  const exact = (value: bigint) => Number(value > LAST_EXACT ? LAST_EXACT : value);
  return { start: exact(window.start), end: exact(window.end) };
}
