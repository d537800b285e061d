/** What `kx explain` says of dom0, its memory and its kernel's ways to load. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

const MACHINE = "machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }";

/** Images, a booted Xen with dom0, then the lines. */
function story(
  options: { readonly xen?: string; readonly dom0?: string; readonly patch?: string },
  ...lines: readonly string[]
): string {
  return [
    MACHINE,
    ...lines.filter((l) => l.startsWith("image ")),
    `boot xen ${options.xen ?? "4.17"} on m {`,
    '  cmdline "crashkernel=64M@128M"',
    `  dom0 ${options.dom0 ?? "linux 3.6"} {`,
    "    memory 256MiB",
    ...options.patch === undefined ? [] : [`    ${options.patch}`],
    "  }",
    "}",
    ...lines.filter((l) => !l.startsWith("image ")),
  ].join("\n");
}

const TEXT = "image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 }";

/** A load by hooks that dom0's kernel refuses. */
function refused(errno: string, image: string): string {
  return story({ patch: "patch hooks" }, image, `load a via hooks fails ${errno}`);
}

const CHECKS = "linux-uek:do_kimage_alloc";

export const DOM0_RULES: readonly RuleText[] = [
  {
    rule: "dom0-too-many-segments",
    title: "dom0's kernel takes 1 to 16 segments",
    explanation: "With hooks the list of segments is checked by dom0's kernel, as on bare metal.",
    example: refused("EINVAL", "image a : default { entry 0x1000_0000 }"),
    cite: CHECKS,
  },
  {
    rule: "dom0-segment-misaligned",
    title: "A segment does not begin and end at a page",
    explanation: "Destinations are whole pages, and end where a machine can have memory.",
    example: refused(
      "EADDRNOTAVAIL",
      "image a : default { segment text at 0x1000_0010 size 4KiB fill 0x90 }",
    ),
    cite: CHECKS,
  },
  {
    rule: "dom0-segments-overlap",
    title: "Two segments overlap",
    explanation: "Each pair is compared.",
    example: refused(
      "EINVAL",
      "image a : default { segment x at 0x1000_0000 size 8KiB fill 1; segment y at 0x1000_1000 size 8KiB fill 2 }"
        .replace("; ", "\n"),
    ),
    cite: CHECKS,
  },
  {
    rule: "dom0-buffer-too-large",
    title: "A buffer is larger than its segment",
    explanation: "What does not fit is not cut off, but refused.",
    example: refused(
      "EINVAL",
      "image a : default { segment text at 0x1000_0000 size 4KiB buffer 8KiB fill 0x90 }",
    ),
    cite: CHECKS,
  },
  {
    rule: "dom0-outside-crash-region",
    title: "A crash image goes outside the region that Xen told dom0",
    explanation:
      "dom0 asks Xen for the region once, at boot, and keeps machine addresses. Its own `crashkernel=` is not looked at.",
    example: refused(
      "EADDRNOTAVAIL",
      "image a : crash { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
    ),
    cite: CHECKS,
  },
  {
    rule: "dom0-out-of-memory",
    title: "dom0 has not enough pages for its image",
    explanation:
      "With hooks everything waits in pages of dom0, crash images too. Pages that lie in a destination do not count, compared in machine frames.",
    example: refused(
      "ENOMEM",
      "image a : default { segment text at 0x1000_0000 size 300MiB fill 0x90 }",
    ),
    cite: "linux-uek:kimage_alloc_pages",
  },
  {
    rule: "dom0-buffer-unreadable",
    title: "A buffer cannot be read",
    explanation: "dom0's kernel copies the segments itself, and an error ends the load.",
    example: refused(
      "EFAULT",
      "image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 readable 100 }",
    ),
    cite: "linux-uek:kimage_load_segment",
  },
  {
    rule: "dom0-has-no-image",
    title: "dom0's own kexec has nothing to start",
    explanation: "reboot(KEXEC) in dom0 looks for dom0's own image, and not for one of Xen's.",
    example: story({}, TEXT, "load a via tools", "exec default via native fails EINVAL"),
    cite: "linux:xen_machine_power_off",
  },
  {
    rule: "dom0-unknown-flag",
    title: "No kernel knows KEXEC_HYPERVISOR",
    explanation:
      "A flag for loading into the hypervisor was proposed when hooks were refused, and nobody wrote it. kx can show what it would have done: `patch flag` in the block of dom0.",
    example: story({}, TEXT, "load a via flag fails EINVAL"),
    cite: "thread:KEXEC_HYPERVISOR",
  },
  {
    rule: "dom0-lacks-pages",
    title: "dom0 has not as many pages to give",
    explanation:
      "Without an address only pages that dom0 does not use are given back; with one, those that have a frame.",
    example: story({}, "balloon out 1GiB fails EINVAL"),
    cite: "xen:decrease_reservation",
  },
  {
    rule: "dom0-is-whole",
    title: "dom0 lacks no frames",
    explanation: "Only pages that were ballooned out can be ballooned in.",
    example: story({}, "balloon in 4KiB fails EINVAL"),
    cite: "xen:populate_physmap",
  },
  {
    rule: "no-adjoining-frames",
    title: "Xen has no adjoining frames of that size there",
    explanation:
      "An exchange needs free frames that adjoin, begin at a multiple of their number and lie below the limit.",
    example: story(
      {},
      "exchange 64KiB at 0x0400_0000 below 0x0010_0000 fails ENOMEM",
    ),
    cite: "xen:memory_exchange",
  },
  {
    rule: "no-memory-for-domain",
    title: "Xen's heap is too small for another domain",
    explanation: "A domain's memory is what dom0 and images have left.",
    example: story({}, "domain web memory 8GiB fails ENOMEM"),
    cite: "xen:populate_physmap",
  },
];

export const DOM0_HAZARDS: readonly HazardText[] = [
  {
    code: "native-kexec-in-dom0",
    title: "kexec_load in dom0 loads an image that can never start",
    explanation:
      "A PV dom0 without hooks loads an image like any Linux: into its own pages, with its own physical addresses. Xen is not told. At reboot(KEXEC) the shutdown of a PV dom0 comes first, and asks Xen to switch the machine off.",
    example: story({}, TEXT, "load a via native"),
    cite: "linux:xen_machine_power_off",
  },
  {
    code: "dom0-crashkernel-ignored",
    title: "`crashkernel=` on dom0's command line",
    explanation:
      "The crash region is memory of the machine, which dom0 neither sees nor owns: Xen reserves it, by its own command line, and dom0 asks for it. The option does nothing on dom0's, and `kexec -p` then fails for want of a region.",
    example: [
      MACHINE,
      "image a : crash { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
      "boot xen 4.17 on m {",
      "  dom0 linux 6.1 {",
      "    memory 256MiB",
      '    cmdline "crashkernel=128M"',
      "  }",
      "}",
      "load a via tools fails EADDRNOTAVAIL",
    ].join("\n"),
    cite: "linux-uek:xen_kexec_ops",
  },
  {
    code: "freed-before-unload",
    title: "dom0 frees the pages of an image that Xen still has",
    explanation:
      "Op 2 must come before dom0 gives the pages back. In the other order, or without op 2, Xen 4.3 and older can be asked to run what is no longer an image; later releases keep their copy, and dom0 no longer knows of it.",
    example: story(
      { xen: "4.3", dom0: "classic 2.6.32", patch: "forgets unload" },
      TEXT,
      "load a via hooks",
      "unload default via hooks",
    ),
    cite: "linux-uek:machine_kexec_unload",
  },
  {
    code: "draft-argument",
    title: "The structure of a draft is handed to a Xen that reads another",
    explanation:
      "The patches of February 2013 had the entry point where the pointer to the segments is now. Xen cannot tell: it finds no segments, and the number of segments as an entry point. A default image is accepted like that.",
    example: story({ patch: "interface 0x00040300 draft" }, TEXT, "load a via hypercall"),
    cite: "thread:kexec load ABI, February 2013",
  },
];
