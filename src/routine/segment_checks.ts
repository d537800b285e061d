/**
 * What Linux and Xen ask of a list of segments in the same words: Xen's loader began as Linux's.
 * Addresses and sizes are bytes, unsigned 64 bits, and their sums wrap as they do there.
 * [linux:sanity_check_segment_list] [xen:do_kimage_alloc]
 */
import type { SegmentSpec } from "../machine/mod.ts";
import { hex, span, u64 } from "./numbers.ts";
import type { Check } from "./steps.ts";

const PAGE = 4096n;

/** Each with those before it. An empty one overlaps where it lies strictly inside another. */
export function overlappingSegments(segments: readonly SegmentSpec[], cite: string): Check {
  for (const [i, a] of segments.entries()) {
    for (let j = 0; j < i; j++) {
      const b = segments[j]!;
      const aEnd = u64(a.dest + a.destSize);
      const bEnd = u64(b.dest + b.destSize);
      if (!(aEnd > b.dest && a.dest < bEnd)) continue;
      return {
        rule: "segments-overlap",
        errno: "EINVAL",
        nature: "placement",
        message: `segment \`${a.name}\` ${span(a.dest, aEnd)} overlaps segment \`${b.name}\` ${
          span(b.dest, bEnd)
        }`,
        remedy: a.dest >= b.dest
          ? `Move \`${a.name}\` to ${hex(bEnd)} or above`
          : `End \`${a.name}\` at ${hex(b.dest)}`,
        segments: [j, i],
        cite,
      };
    }
  }
  return undefined;
}

/** The first that brings more bytes than it has memory. */
export function bufferTooLarge(segments: readonly SegmentSpec[], cite: string): Check {
  for (const [i, s] of segments.entries()) {
    if (s.bufferSize <= s.destSize) continue;
    return {
      rule: "buffer-larger-than-segment",
      errno: "EINVAL",
      nature: "arguments",
      message: `segment \`${s.name}\`: its buffer of ${
        hex(s.bufferSize)
      } bytes is larger than its ${hex(s.destSize)} bytes of memory`,
      remedy: `A segment size of ${hex((s.bufferSize + PAGE - 1n) & -PAGE)}`,
      segments: [i],
      cite,
    };
  }
  return undefined;
}
