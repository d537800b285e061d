/**
 * Hazards of a run as they stand at a step. What a scenario took back was not found by what comes after
 * it; and a machine that is powered again starts with a clean slate, though what was found stays found.
 */
import type { Timeline } from "./timeline.ts";

export interface Standing {
  /** Steps that found them, ascending. */
  readonly steps: readonly number[];
  /** Their keys: what `expect hazard CODE` sees. */
  readonly found: Set<string>;
  /** Those of the machine that runs now: they are not told once more. */
  readonly told: Set<string>;
}

const KINDS = ["hazard-found", "machine-powered", "state-restored"] as const;

/** Costs what was found and taken back up to `step`, not the length of the timeline. */
export function standingHazards(timeline: Timeline, step = timeline.length): Standing {
  const marks = KINDS.flatMap((kind) => [...timeline.stepsOf(kind, 0, step)])
    .sort((a, b) => a - b);
  const standing: { readonly step: number; readonly key: string | undefined }[] = [];
  for (const step of marks) {
    const event = timeline.eventAt(step);
    if (event.kind === "state-restored") {
      while (standing.length > 0 && standing.at(-1)!.step > event.step) standing.pop();
    } else {
      standing.push({
        step,
        key: event.kind === "hazard-found" ? event.hazard.key : undefined,
      });
    }
  }
  const steps: number[] = [];
  const found = new Set<string>();
  const told = new Set<string>();
  for (const { step, key } of standing) {
    if (key === undefined) {
      told.clear();
      continue;
    }
    steps.push(step);
    found.add(key);
    told.add(key);
  }
  return { steps, found, told };
}
