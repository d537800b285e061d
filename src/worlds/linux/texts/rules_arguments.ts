/** Rules about the arguments of kexec_load. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

export const ARGUMENT_RULES: readonly RuleText[] = [
  {
    rule: "unknown-flags",
    title: "A flag is unknown",
    explanation:
      "Of the flags only bits 0 to 15 are compared with those that this kernel knows: 1 (crash image), 2 (preserve context, if built with KEXEC_JUMP), 4 (since 6.5) and 8 (since 6.10). The upper 32 bits get lost in the comparison.",
    example: example("kexec_load fails EINVAL { flags 0x3e_8000 }"),
    cite: "linux:kexec_load_check",
  },
  {
    rule: "too-many-segments",
    title: "More than 16 segments",
    explanation:
      "The number is checked before the array is read, so a wild pointer does not matter then.",
    example: example("kexec_load fails EINVAL { nr_segments 17 }"),
    cite: "linux:kexec_load_check",
  },
  {
    rule: "wrong-architecture",
    title: "The architecture in the flags is not this one",
    explanation:
      "The upper half of the low 32 bits of the flags holds an ELF machine number. The native call takes 62 (x86_64) and 0; the call of a 32-bit program takes anything but 0.",
    example: example("kexec_load fails EINVAL { flags 0x3_0000 }"),
    cite: "linux:SYSCALL kexec_load",
  },
  {
    rule: "segments-unreadable",
    title: "The array of segments cannot be read",
    explanation:
      "EFAULT, before the lock is taken (since 5.15), so a loaded crash image stays. The 32-bit call gives 16, the number of bytes that it could not copy, which looks like success with a number.",
    example: example("kexec_load fails EFAULT { nr_segments 1; segments_pointer unmapped }"),
    cite: "linux:SYSCALL kexec_load",
  },
  {
    rule: "crash-entry-outside",
    title: "The entry point of a crash image is outside the crash region",
    explanation:
      "It must lie in the main region, both ends included; it need not be aligned nor lie in a segment. Without a region only 0 passes. The old crash image is gone by then.",
    example: example(
      "image c : crash { segment text at 0x3800_0000 size 4KiB fill 0x90; entry 128MiB }",
      "load c fails EADDRNOTAVAIL",
    ),
    cite: "linux:kimage_alloc_init",
  },
  {
    rule: "buffer-unreadable",
    title: "A segment's buffer cannot be read",
    explanation:
      "Buffers are read last of all. The page on which reading failed is zeroed from there on, segments before it are written: of a crash image that was in the region, pieces may be gone.",
    example: example(
      "kexec_load fails EFAULT { segment bufsz 4KiB mem 128MiB memsz 4KiB buf unmapped }",
    ),
    cite: "linux:kimage_load_segment",
  },
];
