/** Hazards of Xen's `crashkernel=`, for `kx explain`. */
import type { HazardText } from "../../../machine/mod.ts";

const CITE = "xen:parse_crashkernel";

function example(option: string): string {
  return `machine vm { memory 0 .. 639KiB, 1MiB .. 1023MiB }\nboot xen 4.17 on vm { cmdline "crashkernel=${option}" }`;
}

const LARGE = `machine vm { memory 0 .. 639KiB, 1MiB .. 1023MiB, 4GiB .. 16GiB }
boot xen 4.17 on vm { cmdline "crashkernel=5G" }`;

export const CRASHKERNEL_HAZARDS: readonly HazardText[] = [
  {
    code: "crashkernel-rejected",
    title: "An option of crashkernel= was not read to its end",
    explanation:
      "Xen complains before its serial console is up, so that only its ring buffer has the line. What was read before the mistake stays: `64Mfoo` reserves 64 MiB, and `,below=` behind ranges is lost while the ranges count.",
    example: example("64Mfoo"),
    cite: CITE,
  },
  {
    code: "crashkernel-without-unit",
    title: "A size without a unit counts KiB",
    explanation:
      "`crashkernel=128` asks Xen for 128 KiB; `crashkernel=64M@128` for a region at 128 KiB, which lies in no RAM of that size. Write the unit; `B` is bytes.",
    example: example("131072"),
    cite: "xen:parse_size_and_unit",
  },
  {
    code: "crashkernel-tiny",
    title: "The crash region is smaller than any kernel",
    explanation:
      "Xen reserves whatever it is asked for. A region of some KiB is what a size without a unit gives.",
    example: example("64"),
    cite: CITE,
  },
  {
    code: "crashkernel-size-truncated",
    title: "4 GiB or more without an address",
    explanation:
      "The routine that looks for a gap takes the size as a number of 32 bits. A region of 5 GiB is put at the top of a gap of 1 GiB and reaches out of it at the bottom, over modules or out of RAM.",
    example: LARGE,
    cite: "xen:consider_modules",
  },
  {
    code: "crashkernel-phantom",
    title: "A region with a size and no place",
    explanation:
      "Where no gap is large enough nothing is said. get_range answers 0 and 0, but the size stays: a crash image is checked against [0, size), accepted there, and written over memory that is in use.",
    example: example("64M,below=32M"),
    cite: "xen:__start_xen",
  },
  {
    code: "crashkernel-disabled",
    title: "Kdump: DISABLED",
    explanation:
      "A region with an address has to lie in one usable entry of the e820, whole. Otherwise Xen logs this line, drops the region and goes on booting.",
    example: example("64M@1000M"),
    cite: "xen:kexec_reserve_area",
  },
  {
    code: "crashkernel-wraps",
    title: "A region larger than RAM is taken, and Xen does not boot",
    explanation:
      "A gap is looked for with the size's low 32 bits, and the start is the gap's end less all of the size: below address 0, so near 2^64. The check adds the two up again and finds an end in RAM. The entry of the e820 is cut where the region begins, and now goes on to there: Xen's own image counts as free memory.",
    example:
      `machine vm { memory 0 .. 639KiB, 1MiB .. 1023MiB }\nboot xen 4.17 on vm fails XEN_PANIC { cmdline "crashkernel=4G" }`,
    cite: "xen:kexec_reserve_area",
  },
  {
    code: "crashkernel-unaligned",
    title: "The crash region is not made of whole pages",
    explanation:
      "An address or a size that was given is kept as it is. get_range tells it so, and a loader that fills the region to its last byte is refused: every segment has to end on a page.",
    example: example("65000001B@128M"),
    cite: "xen:__start_xen",
  },
];
