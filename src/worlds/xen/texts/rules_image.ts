/** Rules about the image: its segments, its memory, its architecture. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

export const IMAGE_RULES: readonly RuleText[] = [
  {
    rule: "crash-entry-outside",
    title: "The entry point of a crash image is outside the crash area",
    explanation:
      "Both ends count as inside, also the first byte behind the area. Without an area no entry point is inside. The entry point of a default image is not looked at.",
    example: example(
      "image c : crash { segment text at 0x0810_0000 size 4KiB fill 0x90; entry 256MiB }",
      "load c fails EADDRNOTAVAIL",
    ),
    cite: "xen:kimage_crash_alloc",
  },
  {
    rule: "segment-outside-crash-region",
    title: "Data of a crash image lies outside the crash area",
    explanation:
      "Only segments with a buffer are looked at: a range that is only to be mapped may lie anywhere, in Xen itself or where no RAM is. Ends are compared as they are, so a size that wraps around the end of memory passes.",
    example: example(
      "image c : crash { segment text at 256MiB size 4KiB fill 0x90; entry 0x0810_0000 }",
      "load c fails EADDRNOTAVAIL",
    ),
    cite: "xen:kimage_crash_alloc",
  },
  {
    rule: "segment-misaligned",
    title: "A segment does not begin and end on a page",
    explanation: "EADDRNOTAVAIL. The size of the destination counts, not that of the buffer.",
    example: example(
      "image a : default { segment text at 0x1000_0800 size 4KiB fill 0x90 }",
      "load a fails EADDRNOTAVAIL",
    ),
    cite: "xen:do_kimage_alloc",
  },
  {
    rule: "segments-overlap",
    title: "Two segments overlap",
    explanation:
      "Ranges that are only mapped count too. That is how kexec-tools of before 2019 failed: it mapped 0 to 1 MiB beside a segment that was there already. An empty segment overlaps one that it lies strictly inside of.",
    example: example(
      "image a : default { segment text at 256MiB size 8KiB fill 1; map more at 256MiB size 4KiB }",
      "load a fails EINVAL",
    ),
    cite: "xen:do_kimage_alloc",
  },
  {
    rule: "buffer-larger-than-segment",
    title: "A buffer is larger than its destination",
    explanation: "A smaller one is fine: the rest of the destination becomes zeros.",
    example: example(
      "image a : default { segment text at 256MiB size 4KiB buffer 8KiB fill 1 }",
      "load a fails EINVAL",
    ),
    cite: "xen:do_kimage_alloc",
  },
  {
    rule: "no-hole-for-control-pages",
    title: "The crash area has no room for control pages",
    explanation:
      "Relocation code, list and page tables of a crash image lie in holes between its segments, from the beginning of the area on. Tables have leaves of 4 KiB only, so that a mapped range of 1 GiB takes 513 pages. What was written by then stays: the image that was loaded before may be spoilt.",
    example: example(
      "image c : crash { segment text at 128MiB size 64MiB buffer 4KiB fill 1 }",
      "load c fails ENOMEM",
    ),
    cite: "xen:kimage_alloc_crash_control_page",
  },
  {
    rule: "no-memory",
    title: "Xen's heap is empty",
    explanation:
      "Source pages, page tables and lists of a default image come from Xen's own heap, which is what dom0 left of the machine. If only source pages were missing, and the destinations could be mapped, the error is lost: see copy-error-swallowed.",
    example: example("image a : default { map all at 4GiB size 512GiB }", "load a fails ENOMEM"),
    cite: "xen:kimage_alloc_page",
  },
  {
    rule: "empty-map",
    title: "A range to be mapped has no pages",
    explanation:
      "With neither data nor pages nothing is done for the segment, and the result is what it was set to at first: ENOMEM.",
    example: example("image a : default { map none at 256MiB size 0 }", "load a fails ENOMEM"),
    cite: "xen:kimage_load_segment",
  },
  {
    rule: "buffer-unreadable",
    title: "A buffer cannot be read",
    explanation:
      "The error reaches the caller only where the destination has no page to be mapped after it, as with a size that wraps. Otherwise it is lost: see copy-error-swallowed.",
    example: example(
      "hypercall load fails EFAULT { type 0; segment bufsz 4096 dest 0x1000_0000 size 0xffff_ffff_ffff_f000 buf unmapped }",
    ),
    cite: "xen:kimage_load_segment",
  },
  {
    rule: "unknown-arch",
    title: "The architecture is neither x86-64 nor i386",
    explanation:
      "ELF machine 62 or 3. It is looked at last, when all data is in place: a crash image that was loaded before is spoilt by then, and still counts as loaded.",
    example: example(
      "hypercall load fails EINVAL { type 1; arch 9; entry 0x0810_0000 }",
    ),
    cite: "xen:machine_kexec_load",
  },
];
