/**
 * What should be at the destinations once the copying is done, and what is there: each segment's bytes,
 * then zeros. Told where they differ, and who wrote what is there instead.
 */
import type { ChangedBytes, Decision, Image, Machine, Segment } from "../machine/mod.ts";
import { emit, type Run, span } from "../routine/mod.ts";
import { changedBytes } from "./changed.ts";

export function* tellMismatches(run: Run, image: Image): Decision<void> {
  for (const segment of image.segments) {
    const found = firstMismatch(run.machine, segment);
    if (found === undefined) continue;
    const who = found.writer === undefined
      ? "nothing was ever written there"
      : `it holds ${found.writer.what}, written by step ${found.writer.step}`;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "destination-mismatch",
        message: `segment ${segment.name} of image ${image.name} is not what was loaded in ${
          span(found.start, found.end)
        }: ${who}`,
        key: `destination-mismatch:${image.id}:${segment.name}`,
        cite: run.cites.loop,
      },
    });
  }
}

/** The first run of a segment's destination that does not hold its bytes. */
export function firstMismatch(machine: Machine, segment: Segment): ChangedBytes | undefined {
  for (const changed of changedBytes(machine, segment)) return changed;
  return undefined;
}
