/** A frame is free, or owned, or no RAM: never two of them. */
import type { Hazard } from "../refusal.ts";
import type { Invariant } from "./invariant.ts";

export const partition: Invariant = {
  code: "frame-owned-twice",
  nature: "bug",
  title: "A frame is both free and owned",
  explanation:
    "The free frames and the owned frames of a machine must not meet. If they do, an event was applied wrongly: a bug of kx, not of the modelled system.",
  cite: "kx:partition",
  concerns: [
    "frames-claimed",
    "frames-allocated",
    "frames-reassigned",
    "frames-freed",
  ],
  check(after, event): Hazard[] {
    if (!("frames" in event)) return [];
    // What was freed must have no owner left, and what got one must not be free any more.
    const other = event.kind === "frames-freed" ? after.owners : after.free;
    const run = other.firstMet(event.frames);
    if (run === undefined) return [];
    const frame = event.frames[2 * run]!;
    return [{
      code: this.code,
      key: `${this.code}:${frame}`,
      message: `a frame from ${frame} on is free and owned at once`,
      cite: this.cite,
    }];
  },
};
