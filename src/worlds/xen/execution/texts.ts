/** Rules and hazards of starting an image, for `kx explain`. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

const MACHINE = `machine vm {
  cpus 2
  memory 0 .. 639KiB, 1MiB .. 1023MiB
}
boot xen 4.17 on vm { cmdline "crashkernel=64M@128M" }
`;

export const EXECUTION_RULES: readonly RuleText[] = [
  {
    rule: "exec-argument-unreadable",
    title: "The argument of exec cannot be read",
    explanation: "Op 0 copies four bytes from the caller: the type of the image.",
    example: `${MACHINE}hypercall exec pointer null`,
    cite: "xen:kexec_exec",
  },
  {
    rule: "exec-type-unknown",
    title: "exec knows two types",
    explanation:
      "0 is the default image, 1 the crash image. All 32 bits count, unlike the 8 bits of load and unload: 256 is refused here and taken for 0 there.",
    example: `${MACHINE}hypercall exec { type 2 }`,
    cite: "xen:kexec_exec",
  },
  {
    rule: "nothing-to-exec",
    title: "exec without an image",
    explanation:
      "exec looks at the bit of the slot, so it answers ENOENT where nothing is loaded, also where status says 1 because something was unloaded once too often.",
    example: `${MACHINE}exec default`,
    cite: "xen:kexec_exec",
  },
];

export const EXECUTION_HAZARDS: readonly HazardText[] = [
  {
    code: "triple-fault",
    title: "The processor shuts down",
    explanation:
      "Xen's stacks, its handlers and, before 4.22, the table that leads to them are not mapped by an image's page tables. An exception past the load of CR3 cannot be delivered; the third in a row resets the machine, silently. kx tells which access failed, at which level of the walk, what the entry holds and who wrote its page.",
    example:
      `${MACHINE}image a : crash { segment code at 0x8100000 size 4KiB zeros }\nload a\npanic`,
    cite: "xen:machine_kexec",
  },
  {
    code: "list-without-end",
    title: "The copy loop never ends",
    explanation:
      "The relocation code follows the indirection list that is in memory when it runs. A list that leads back to one of its own pages has no end: the machine is silent for ever.",
    cite: "xen:kexec_reloc",
  },
  {
    code: "destination-not-memory",
    title: "A destination has no memory behind it",
    explanation:
      "Xen does not look at the memory map for a default image, nor for a segment without a buffer. What is copied into ROM, into a hole or over a device is lost without a word.",
    example:
      `${MACHINE}image a : default {\n  segment code at 0xf0000000 size 4KiB fill 0x90\n}\nload a\nexec default`,
    cite: "xen:kexec_reloc",
  },
  {
    code: "destination-mismatch",
    title: "A segment is not what was loaded",
    explanation:
      "After the copying each destination must hold the segment's bytes and then zeros. It does not where a copy failed while loading and nobody said so, where a page of the list or of a crash segment was overwritten since, or where a source page was swapped away.",
    cite: "xen:kexec_reloc",
  },
  {
    code: "entry-without-code",
    title: "Nothing was ever put at the entry point",
    explanation:
      "The processor runs whatever is there. Two zeros add AL to the byte at [RAX], which is no page of most images: a triple fault.",
    example:
      `${MACHINE}image a : crash {\n  map room at 0x8100000 size 4KiB\n  entry 0x8100000\n}\nload a\npanic`,
    cite: "xen:kimage_crash_alloc",
  },
  {
    code: "crash-386-above-4gib",
    title: "A 32-bit crash kernel above 4 GiB",
    explanation:
      "Control pages of a crash image come from the crash region, and Xen puts that as high as it fits. The far jump into 32-bit code takes the lower half of the code page's address. Give `crashkernel=` an address, or a limit with `<4G` or `,below=4G`.",
    example: `machine vm { memory 0 .. 639KiB, 1MiB .. 3GiB, 4GiB .. 6GiB }
boot xen 4.17 on vm { cmdline "crashkernel=64M" }
let base = start of crash region
image a : crash {
  segment code at base + 1MiB size 4KiB fill 0x90
  entry base + 1MiB
}
load a arch 3`,
    cite: "xen:kexec_reloc",
  },
  {
    code: "entry-truncated",
    title: "A 32-bit image has 32 bits of its entry point",
    explanation:
      "The entry point is a number of 64 bits for either kind of image, and is not checked for a default image. For a 32-bit one the relocation code jumps to its lower half.",
    example:
      `${MACHINE}image a : default {\n  segment code at 0x10000000 size 4KiB fill 0x90\n  entry 0x1_1000_0000\n}\nload a arch 3\nexec default`,
    cite: "xen:kexec_reloc",
  },
];
