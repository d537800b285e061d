/** What `kx explain` says of kexec-tools under Xen. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

function story(xen: string, image: string, ...lines: readonly string[]): string {
  return [
    "machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }",
    image,
    `boot xen ${xen} on m {`,
    "  dom0 linux 6.1 {",
    "    memory 256MiB",
    "  }",
    "}",
    ...lines,
  ].join("\n");
}

export const TOOLS_RULES: readonly RuleText[] = [
  {
    rule: "tool-misaligned",
    title: "kexec-tools wants whole pages",
    explanation: "It rounds sizes up to a page, and gives up where a base address is none.",
    example: story(
      "4.17",
      "image a : default { segment text at 0x1000_0010 size 4KiB fill 0x90 }",
      "load a via tools fails EINVAL",
    ),
    cite: "kexec-tools:add_segment",
  },
  {
    rule: "tool-overlap",
    title: "kexec-tools finds overlapping segments itself",
    explanation: "Segments are sorted by address before they are handed over, and compared.",
    example: story(
      "4.17",
      "image a : default { segment x at 0x1000_0000 size 8KiB fill 1\nsegment y at 0x1000_1000 size 8KiB fill 2 }",
      "load a via tools fails EINVAL",
    ),
    cite: "kexec-tools:sort_segments",
  },
  {
    rule: "no-hole-for-loader",
    title: "kexec-tools finds no room for what it adds",
    explanation:
      "A purgatory, and a backup of low memory for a crash image, go to the highest free memory that holds them: by the machine's map that Xen gives, or the crash region, less the image's segments. Where nothing is left the tool gives up before it calls Xen; what is loaded stays.",
    example: story(
      "4.17",
      "image full : default {\n  segment low at 0 size 636KiB zeros\n  segment rest at 1MiB size 1023MiB buffer 0 zeros\n  purgatory kexec_tools\n}",
      "load full via tools fails EADDRNOTAVAIL",
    ),
    cite: "kexec-tools:locate_hole",
  },
];

export const TOOLS_HAZARDS: readonly HazardText[] = [
  {
    code: "no-area-read-as-all",
    title: "Without a crash area kexec-tools sees all memory as one",
    explanation:
      "Xen answers start 0 and size 0; the tool makes an inclusive end of it, 2^64 - 1, and finds that memory is reserved. The load then fails in Xen, with an error that names no crash area.",
    example: story(
      "4.17",
      "image a : crash { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
      "load a via tools fails EADDRNOTAVAIL",
    ),
    cite: "kexec-tools:xen_get_kexec_range",
  },
  {
    code: "load-without-effect",
    title: "Tools of today on Xen 4.3: loaded, they say",
    explanation:
      "Up to 4.21 an op that Xen does not know answers 0. Before 4.4 there is no op 4, so the tool is told of success and nothing is loaded; the image is missed when it is to run.",
    example: story(
      "4.3",
      "image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
      "load a via tools",
    ),
    cite: "kexec-tools:xen_kexec_load",
  },
];
