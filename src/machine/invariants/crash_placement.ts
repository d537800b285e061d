/** L3 and L10: everything of a loaded crash image lies inside the crash region. */
import { bytesOfFrames, contains, type Range } from "../../memory/mod.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

export const crashPlacement: Invariant = {
  code: "crash-image-outside-region",
  nature: "hazard",
  title: "A part of the crash image lies outside the crash region",
  explanation:
    "After a panic only the crash region is known to be as it was: any other memory may be written by devices or by what crashed. Segments and control pages of a crash image outside it cannot be trusted.",
  cite: "linux:sanity_check_segment_list",
  cites: { xen: "xen:kimage_crash_alloc" },
  concerns: ["slot-set"],
  check(after, event): Hazard[] {
    if (event.kind !== "slot-set" || event.slot !== "crash" || event.image === undefined) return [];
    const image = after.images.get(event.image);
    const region = after.reservations.get("crash");
    if (image === undefined || region === undefined) return [];
    const parts: [string, Range][] = image.segments.filter((s) =>
      s.destSize > 0 && s.mapOnly !== true
    )
      .map((s) => [`segment ${s.name}`, { start: s.dest, end: s.dest + s.destSize }]);
    if (image.controlCodeFrame !== undefined) {
      const frames = { start: image.controlCodeFrame, end: image.controlCodeFrame + 1 };
      parts.push(["control code page", bytesOfFrames(frames)]);
    }
    return parts.filter(([, range]) => !contains(region, range)).map(([what, range]) => ({
      code: this.code,
      key: `${this.code}:${image.id}:${range.start}`,
      message: `${what} 0x${
        range.start.toString(16)
      } of image ${image.name} is not in the crash region`,
      cite: citeOf(this, after),
    }));
  },
};
