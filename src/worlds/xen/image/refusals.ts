/** Errors that building an image meets in several places. */
import type { Refusal, SegmentSpec } from "../../../machine/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { Type } from "../state.ts";

export function noMemory(type: Type, what: string): Refusal {
  return type === 1
    ? {
      rule: "no-hole-for-control-pages",
      errno: "ENOMEM",
      nature: "resources",
      message: `the crash area has no hole for ${what}`,
      remedy: "Leave more pages of the crash area free, at its beginning",
      cite: "xen:kimage_alloc_crash_control_page",
    }
    : {
      rule: "no-memory",
      errno: "ENOMEM",
      nature: "resources",
      message: `Xen's heap had no memory for ${what}`,
      remedy: "Give dom0 less memory, or load less",
      cite: "xen:kimage_alloc_page",
    };
}

export function unreadable(segment: SegmentSpec): Refusal {
  return {
    rule: "buffer-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: `the buffer of segment \`${segment.name}\` cannot be read from ${
      hex(Math.floor(segment.buffer.readable))
    } on`,
    remedy: "A buffer of as many bytes as are said",
    cite: "xen:kimage_load_segment",
  };
}
