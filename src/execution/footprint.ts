/**
 * What a segment overwrites once it runs: a compressed kernel unpacks itself over far more than it was
 * loaded to (`init_size`), and a command line or an initrd that lies there is gone before it is read.
 */
import type { Hazard, SegmentSpec } from "../machine/mod.ts";
import { type Range, subtract } from "../memory/mod.ts";
import { hex, span } from "../routine/mod.ts";

const CITE = "linux:bzImage64_load";

/** Memory that an image may use, bytes. */
export interface Room {
  readonly name: string;
  readonly ranges: readonly Range[];
}

/**
 * Each other segment that lies in the way, with how much room there is before it; and where `room` is
 * known, what lies outside of it.
 */
export function footprintHazards(
  image: string,
  segments: readonly SegmentSpec[],
  room?: Room,
): Hazard[] {
  return segments.flatMap((s) => {
    if (s.runsTo === undefined || s.runsTo <= s.destSize) return [];
    const end = s.dest + s.runsTo;
    const hazards: Hazard[] = segments
      .filter((v) => v !== s && v.destSize > 0n && v.dest < end && s.dest < v.dest + v.destSize)
      .toSorted((a, b) => a.dest < b.dest ? -1 : 1)
      .map((victim) => overSegment(image, s, end, victim));
    const outside = room === undefined ? undefined : outsideOf(room, s, end);
    if (room !== undefined && outside !== undefined) {
      hazards.push({
        code: "footprint-outside-memory",
        message: `segment \`${s.name}\` writes ${
          span(s.dest, end)
        } once it runs: that is outside ${room.name} from ${hex(outside)} on`,
        key: `footprint-outside-memory:${image}:${s.name}`,
        cite: CITE,
      });
    }
    return hazards;
  });
}

function overSegment(image: string, s: SegmentSpec, end: bigint, victim: SegmentSpec): Hazard {
  const from = victim.dest > s.dest ? victim.dest : s.dest;
  const to = victim.dest + victim.destSize < end ? victim.dest + victim.destSize : end;
  return {
    code: "footprint-over-segment",
    message: `segment \`${s.name}\` writes ${
      span(s.dest, end)
    } once it runs: that is over segment \`${victim.name}\` in ${span(from, to)}, ${
      hex(from - s.dest)
    } bytes behind its beginning`,
    key: `footprint-over-segment:${image}:${s.name}:${victim.name}`,
    cite: CITE,
  };
}

/**
 * First address behind the segment itself that is not in the room. What of the segment is outside is
 * told of the segment.
 */
function outsideOf({ ranges }: Room, s: SegmentSpec, end: bigint): number | undefined {
  const grown = { start: Number(s.dest + s.destSize), end: Number(end) };
  return subtract(grown, ranges)[0]?.start;
}
