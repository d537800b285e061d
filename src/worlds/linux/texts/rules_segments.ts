/** Rules about the segment list and the memory that an image needs. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

const CITE = "linux:sanity_check_segment_list";

function raw(errno: string, ...segments: readonly string[]): string {
  return example(`kexec_load fails ${errno} {`, ...segments.map((s) => `  segment ${s}`), "}");
}

export const SEGMENT_RULES: readonly RuleText[] = [
  {
    rule: "segment-wraps",
    title: "A segment ends beyond 2^64",
    explanation:
      "Start and length are added in 64 bits; an end below the start is refused first of all.",
    example: raw("EADDRNOTAVAIL", "mem 0xffff_ffff_ffff_f000 memsz 8KiB"),
    cite: CITE,
  },
  {
    rule: "segment-misaligned",
    title: "A segment does not begin and end at a page",
    explanation: "Destinations are whole pages. An empty segment must lie at a page too.",
    example: raw("EADDRNOTAVAIL", "mem 0x800_0010 memsz 4KiB"),
    cite: CITE,
  },
  {
    rule: "segment-beyond-limit",
    title: "A segment ends beyond what the kernel can address",
    explanation:
      "The limit is one byte below 2^46, or 2^52 with 5-level paging, so the last page before it cannot be used. Nothing asks whether there is RAM.",
    example: raw("EADDRNOTAVAIL", "mem 0x4000_0000_0000 memsz 4KiB"),
    cite: CITE,
  },
  {
    rule: "segments-overlap",
    title: "Two segments overlap",
    explanation:
      "Each pair is compared. Segments may adjoin and come in any order. An empty one overlaps where it lies strictly inside another, not at its edge.",
    example: raw("EINVAL", "mem 128MiB memsz 8KiB", "mem 0x800_1000 memsz 8KiB"),
    cite: CITE,
  },
  {
    rule: "buffer-larger-than-segment",
    title: "A buffer is larger than its segment",
    explanation:
      "The buffer fills the segment from its start, the rest becomes zeros; it cannot be longer.",
    example: raw("EINVAL", "bufsz 8KiB mem 128MiB memsz 4KiB fill 1"),
    cite: CITE,
  },
  {
    rule: "half-of-ram",
    title: "The image needs more than half of the RAM",
    explanation:
      "No segment, nor all together, may take more than half of the pages that the page allocator manages; the crash region is not among them. Crash images are measured too, though they need no such memory. Exactly half passes.",
    example: raw("EINVAL", "mem 128MiB memsz 600MiB"),
    cite: CITE,
  },
  {
    rule: "segment-outside-crash-region",
    title: "A segment of a crash image is outside the crash region",
    explanation:
      "Every segment must lie in the main region; the low one beside a region above 4 GiB does not count. This is the last check of the list, so all others win over it.",
    example: example(
      "image c : crash { segment text at 128MiB size 4KiB fill 0x90; entry 0x3700_0000 }",
      "load c fails EADDRNOTAVAIL",
    ),
    cite: CITE,
  },
  {
    rule: "no-hole-for-control-pages",
    title: "The crash region has no room for control pages",
    explanation:
      "The control code, the page tables and the copy of vmcoreinfo need holes between the segments: first fit, from the start of the region upward, never back. Up to 6.13 the first one needs two pages aligned to 8 KiB. Skipped holes are lost.",
    example: example(
      "image c : crash { segment text at 0x3700_0000 size 128MiB fill 0x90 }",
      "load c fails ENOMEM",
    ),
    cite: "linux:kimage_alloc_crash_control_pages",
  },
  {
    rule: "no-memory",
    title: "The page allocator has no memory left",
    explanation:
      "A default image needs a page for each page of its segments, besides control and indirection pages, while the one before it is still in memory. A real kernel may start the OOM killer before it says so.",
    example: `machine tiny { memory 0 .. 640KiB, 1MiB .. 128MiB }
boot linux 6.1 on tiny { total_ram_pages 100000 }
kexec_load fails ENOMEM { segment mem 16MiB memsz 110MiB }`,
    cite: "linux:kimage_alloc_normal_control_pages",
  },
];
