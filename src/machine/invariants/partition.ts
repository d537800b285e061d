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
    "machine-powered",
    "frames-claimed",
    "frames-allocated",
    "frames-reassigned",
    "frames-freed",
  ],
  check(after, event): Hazard[] {
    const frames = "frames" in event ? event.frames : [];
    for (let i = 0; i < frames.length; i += 2) {
      const start = frames[i]!;
      const end = frames[i + 1]!;
      const owned = after.owners.within(start, end).next().value;
      const free = after.free.within(start, end).next().value;
      if (owned && free) {
        const frame = Math.max(owned.start, free.start);
        return [{
          code: this.code,
          key: `${this.code}:${frame}`,
          message: `frame ${frame} is free and belongs to ${owned.value.label}`,
          cite: this.cite,
        }];
      }
    }
    return [];
  },
};
