/** What Linux accepts though it should not, or though it will most likely not work. */
import type { HazardText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

export const HAZARDS: readonly HazardText[] = [
  {
    code: "segment-outside-ram",
    title: "A destination is not RAM",
    explanation:
      "Nothing compares the destinations of a default image with the memory map. In a hole or in ROM the bytes do not appear; on a device's registers, anything may happen.",
    example: example("image a : default { segment text at 3GiB size 4KiB fill 0x90 }", "load a"),
    cite: "linux:sanity_check_segment_list",
  },
  {
    code: "segment-in-crash-region",
    title: "A default image will be copied over the crash region",
    explanation:
      "The crash region is RAM like any other to a default image, kexec_file_load places kernels there too. Once the copying has begun there is no crash image left to fall back to.",
    example: example(
      "image a : default { segment text at 0x3800_0000 size 4KiB fill 0x90 }",
      "load a",
    ),
    cite: "linux:sanity_check_segment_list",
  },
  {
    code: "segment-over-kernel",
    title: "A destination lies over the running kernel",
    explanation:
      "That is usual and works, since the relocation code and its tables lie elsewhere; but from the first page on there is no way back.",
    example: example("image a : default { segment text at 16MiB size 4KiB fill 0x90 }", "load a"),
    cite: "linux:machine_kexec",
  },
  {
    code: "segment-over-initrd",
    title: "A destination lies over the running kernel's initrd",
    explanation: "It is free by then unless it was kept with retain_initrd.",
    example: example("image a : default { segment text at 64MiB size 4KiB fill 0x90 }", "load a")
      .replace('crashkernel=128M"', 'crashkernel=128M"; initrd size 1MiB at 64MiB'),
    cite: "linux:machine_kexec",
  },
  {
    code: "entry-outside-segments",
    title: "The entry point lies in no segment",
    explanation:
      "Whatever is in memory there is run. For a default image the entry point is not checked at all.",
    example: example(
      "image a : default { segment text at 128MiB size 4KiB fill 0x90; entry 256MiB }",
      "load a",
    ),
    cite: "linux:kimage_alloc_init",
  },
  {
    code: "entry-not-mapped",
    title: "The identity map does not reach the entry point",
    explanation:
      "The map covers RAM, the first MiB and the segments. A jump elsewhere is a page fault without a handler: the machine resets.",
    example: example(
      "image a : default { segment text at 128MiB size 4KiB fill 0x90; entry 3GiB }",
      "load a",
    ),
    cite: "linux:kimage_alloc_init",
  },
  {
    code: "crash-region-without-low-memory",
    title: "The crash region is above 4 GiB and has no low companion",
    explanation:
      "A crash kernel that lives above 4 GiB has no memory for devices that reach only 32 bits.",
    example: `machine big { memory 0 .. 640KiB, 1MiB .. 3GiB, 4GiB .. 8GiB }
boot linux 6.1 on big { crash_region 5GiB .. 6GiB }
image c : crash { segment text at 5GiB + 1MiB size 4KiB fill 0x90 }
load c`,
    cite: "linux:reserve_crashkernel_generic",
  },
  {
    code: "crash-image-lost",
    title: "A refused load has thrown the old crash image away",
    explanation:
      "The loaded crash image is given up before the entry point and the segments of the new one are looked at, since both would lie in the same memory. After a refusal there is none, and a panic finds nothing to start.",
    example: example(
      "image c : crash { segment text at 0x3800_0000 size 4KiB fill 0x90 }",
      "image d : crash { segment text at 128MiB size 4KiB fill 0x90; entry 0x3700_0000 }",
      "load c",
      "load d fails EADDRNOTAVAIL",
    ),
    cite: "linux:do_kexec_load",
  },
  {
    code: "control-pages-over-old-image",
    title: "Control pages of the new crash image overwrite the old one",
    explanation:
      "Every crash image looks for control pages from the start of the region on. Two images at different places in the region still meet there: the first to go is what the old one had at the start.",
    example: example(
      "image c : crash { segment text at 0x3700_0000 size 64KiB fill 0x90 }",
      "image d : crash { segment text at 0x3800_0000 size 64KiB fill 0x90 }",
      "load c",
      "load d",
    ),
    cite: "linux:kimage_alloc_crash_control_pages",
  },
  {
    code: "crash-size-wraps",
    title: "Rounding the new crash size up wraps to 0",
    explanation:
      "A size within a page of 2^64 is rounded up to 0, which is smaller than the present one: the whole region is given back, and the write succeeds.",
    example: example('write "/sys/kernel/kexec_crash_size" "18446744073709551615"'),
    cite: "linux:crash_shrink_memory",
  },
];
