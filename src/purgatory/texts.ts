/** Hazards of purgatories, for `kx explain`. */
import type { HazardText } from "../machine/mod.ts";

const MACHINE =
  'machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }\nboot linux 6.1 on vm { cmdline "crashkernel=64M" }\n';
const NEXT =
  "image next : default {\n  segment kernel at 16MiB size 64KiB fill 0x90\n  purgatory kexec_tools at 128MiB\n}\nload next\n";

export const PURGATORY_HAZARDS: readonly HazardText[] = [
  {
    code: "digest-mismatch",
    title: "Purgatory finds that the image was changed, and loops for ever",
    explanation:
      "Before it enters the kernel a purgatory hashes every segment and compares with what the loader stored. Where they differ it goes round in a loop, with interrupts off: the one of kexec-tools prints a line if a console was asked for, the kernel's own nothing. kx names the bytes that differ, their segment and who wrote them. Common causes are a device that was not stopped, the running kernel writing into a crash region, and a core header that was updated when a processor or memory came or went. `kexec --no-checks` (`skip_checks`) leaves the check out; kexec_file_load has no such option.",
    example:
      `${MACHINE}${NEXT}let source = first of first source of default\ndma at source size 16 fill 0xee\nexec`,
    cite: "kexec-tools:purgatory",
  },
  {
    code: "purgatory-touches-unmapped",
    title: "Purgatory will touch what the identity map leaves out",
    explanation:
      "A purgatory in long mode sees what the page tables of the system before it map. Linux maps its RAM, the first MiB and the segments; a hole, a device or an entry point elsewhere is a page fault that nothing handles. Told when the image is loaded, before it is too late.",
    example:
      `${MACHINE}image next : default {\n  segment kernel at 16MiB size 64KiB fill 0x90\n  entry 3GiB\n  purgatory kexec_tools at 128MiB\n}\nload next`,
    cite: "linux:init_pgtable",
  },
  {
    code: "jump-back-entry-garbage",
    title: "Purgatory takes garbage for a jump-back entry",
    explanation:
      "The purgatory of kexec-tools reads the word on top of its stack: a return address if the image may come back, zero if not. From 6.14 until 7.1 (6.18.28) Linux leaves the stack pointer behind its control page, so that the word is whatever lies in the next page; a command line then ends in `kexec_jump_back_entry=` and a number that means nothing. Xen enters every image by a call, so that under Xen it is the address behind that call.",
    cite: "kexec-tools:jump_back_entry",
  },
  {
    code: "entry32-out-of-reach",
    title: "A kernel that is entered in protected mode cannot be above 4 GiB",
    explanation:
      "With `--entry-32bit` purgatory leaves long mode before it enters the kernel. From there on an address has 32 bits: of a purgatory, a kernel or boot parameters above 4 GiB the low half is left, and something else is there. kexec-tools keeps all of them low for such a kernel: purgatory below 2 GiB, the kernel and its initrd below 0x38000000.",
    example:
      `machine vm { memory 0 .. 639KiB, 1MiB .. 3GiB, 4GiB .. 8GiB }\nboot linux 6.1 on vm {}\nimage next : default {\n  segment kernel at 5GiB size 64KiB fill 0x90\n  purgatory kexec_tools at 6GiB { entry32 }\n}\nload next`,
    cite: "kexec-tools:entry32",
  },
  {
    code: "low-memory-not-saved",
    title: "The crash kernel will use low memory that nobody saved",
    explanation:
      "A crash kernel gets the first 640 KiB to start its processors and for old devices. The purgatory of kexec-tools copies them into the crash region before, and the core header tells readers to look there. Without a backup the dump shows the crash kernel's own bytes in their place.",
    example:
      `${MACHINE}let base = start of crash region\nimage kdump : crash {\n  segment kernel at base + 1MiB size 64KiB fill 0x90\n  purgatory kexec_tools at base + 2MiB\n}\nload kdump`,
    cite: "kexec-tools:load_crashdump_segments",
  },
];
