/**
 * What a segment overwrites once it runs: a compressed kernel unpacks itself over far more than it was
 * loaded to (`init_size`), and a command line or an initrd that lies there is gone before it is read.
 */
import type { Hazard, SegmentSpec } from "../machine/mod.ts";
import { hex, span } from "../routine/mod.ts";

/** The first other segment that lies in the way, and how much room there is before it. */
export function footprintHazards(image: string, segments: readonly SegmentSpec[]): Hazard[] {
  return segments.flatMap((s) => {
    if (s.runsTo === undefined || s.runsTo <= s.destSize) return [];
    const end = s.dest + s.runsTo;
    const victims = segments.filter((v) =>
      v !== s && v.destSize > 0n && v.dest < end && s.dest < v.dest + v.destSize
    );
    const [victim] = victims.sort((a, b) => a.dest < b.dest ? -1 : 1);
    if (victim === undefined) return [];
    const from = victim.dest > s.dest ? victim.dest : s.dest;
    const to = victim.dest + victim.destSize < end ? victim.dest + victim.destSize : end;
    return [{
      code: "footprint-over-segment",
      message: `segment \`${s.name}\` writes ${
        span(s.dest, end)
      } once it runs: that is over segment \`${victim.name}\` in ${span(from, to)}, ${
        hex(from - s.dest)
      } bytes behind its beginning`,
      key: `footprint-over-segment:${image}:${s.name}`,
      cite: "linux:bzImage64_load",
    }];
  });
}
