/** What `kx explain` says of kexec() in Mini-OS: the ways in which it fails, and what it lets happen. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

function booted(release: string, ...lines: readonly string[]): string {
  return [
    "machine stubdom { memory 0 .. 128MiB }",
    `boot mini_os "${release}" on stubdom { module_pages 4 }`,
    ...lines,
  ].join("\n");
}

const B = `image b : mini_os {
  segment text at 0x10_0000 size 256KiB buffer 8KiB fill 0x90
  entry 0x10_0000
}`;
const BUG = "minios:kexec";

/** A file of a few bytes in place of an ELF file: only tests have one. */
const NO_EXAMPLE = "";

export const KEXEC_RULES: readonly RuleText[] = [
  {
    rule: "elf-magic",
    title: "The file begins as every ELF file",
    explanation:
      "The first four bytes are 0x7f and ELF. kexec() gives back ENOEXEC as a positive 8, like all its errors of form.",
    example: NO_EXAMPLE,
    cite: "minios:analyze_kernel",
  },
  {
    rule: "elf-endian",
    title: "The file is little endian",
    explanation: "EI_DATA is 1. The version in the identification is not looked at.",
    example: NO_EXAMPLE,
    cite: "minios:analyze_kernel",
  },
  {
    rule: "elf-class",
    title: "The file has 32 or 64 bits",
    explanation: "EI_CLASS says how wide every field behind it is. Either may name either machine.",
    example: NO_EXAMPLE,
    cite: "minios:analyze_kernel",
  },
  {
    rule: "elf-machine",
    title: "The file is for x86",
    explanation:
      "e_machine is EM_386 or EM_X86_64, whichever class the file has. e_type is not read.",
    example: NO_EXAMPLE,
    cite: "minios:kexec_chk_arch",
  },
  {
    rule: "elf-outside-file",
    title: "Headers, notes and loads lie in the file",
    explanation:
      "Asked by `fixed` alone. No posted release holds anything against the size of the file: it reads on behind it.",
    example: NO_EXAMPLE,
    cite: "minios:analyze_phdrs",
  },
  {
    rule: "elf-load-range",
    title: "A load fits below 4 GiB and holds what the file gives it",
    explanation:
      "Asked by `fixed` alone. A posted release copies all bytes of the file even where memory is given for fewer, and lets addresses wrap.",
    example: booted(
      "fixed",
      "image b : mini_os {",
      "  segment text at 0xffff_f000 size 8KiB fill 0x90",
      "  entry 0xffff_f000",
      "}",
      "kexec b fails ENOEXEC",
    ),
    cite: "minios:analyze_phdrs",
  },
  {
    rule: "kexec-list-full",
    title: "The list of actions has room for 16",
    explanation:
      "A load needs one action, two if its end is cleared; start info and call need one each. Filled by program headers it is -28, filled by the last two it is +28.",
    example: booted(
      "v2",
      "image b : mini_os {",
      ...Array.from(
        { length: 17 },
        (_, i) => `  segment s${i} at 0x${(0x100000 + i * 4096).toString(16)} size 4KiB fill 0x90`,
      ),
      "  entry 0x10_0000",
      "}",
      "kexec b fails ENOSPC",
    ),
    cite: "minios:kexec_add_action",
  },
  {
    rule: "kexec-no-entry",
    title: "A note gives the entry point",
    explanation:
      "The ELF header's own entry point is not used. A note with the owner Xen and type 18 is looked for in program headers, then in sections; its value has 1, 2, 4 or 8 bytes, and all ones mean none.",
    example: NO_EXAMPLE,
    cite: "minios:kexec_get_entry",
  },
  {
    rule: "kexec-no-memory",
    title: "There are pages for what kexec() needs",
    explanation:
      "The new start info, GDT, IDT, each page table and page of the file below the end of the new kernel, and the final stage need a page each. 12, and what was done is undone but for moved page tables.",
    example: booted("v2", B, "at every failure of allocation in kexec b {", "  show why", "}"),
    cite: BUG,
  },
  {
    rule: "kexec-callback",
    title: "All callbacks agree",
    explanation:
      "Whatever a callback answers is what kexec() gives back, sign and all. Those that ran before it run again with undo, the last first.",
    example: booted("v2", B, "kexec b fails EIO { callback first; callback second returns 5 }"),
    cite: BUG,
  },
  {
    rule: "kexec-move",
    title: "What is in the way can be moved",
    explanation: "The script itself says what moving the pages answered.",
    example: booted("v2", B, "kexec b fails ENOMEM { move_used_pages returns 12 }"),
    cite: "minios:kexec_move_used_pages",
  },
  {
    rule: "kexec-large-page",
    title: "The file is mapped by small pages",
    explanation:
      "Pages of the file are moved one by one. A large page or a hole in its mapping is EINVAL, even where nothing would have to be moved.",
    example: booted("v2", B, "kexec b file apart fails EINVAL"),
    cite: "minios:kexec_move_used_pages",
  },
  {
    rule: "kexec-over-module",
    title: "The new kernel ends below the module",
    explanation:
      "Asked by `fixed` alone. In a posted release a kernel that grew is copied over the memory that is handed over.",
    example: booted(
      "fixed",
      "image b : mini_os {",
      "  segment text at 0x10_0000 size 127MiB buffer 4KiB fill 0x90",
      "  entry 0x10_0000",
      "}",
      "kexec b fails ENOEXEC",
    ),
    cite: BUG,
  },
  {
    rule: "no-final-stage",
    title: "A final stage waits",
    explanation: "`final_stage` goes on where `kexec IMAGE until final` stopped.",
    example: booted("v2", "final_stage fails EINVAL"),
    cite: "minios:do_kexec",
  },
];

export const KEXEC_HAZARDS: readonly HazardText[] = [
  {
    code: "reserve-walks-off",
    title: "Free memory below the end of the new kernel ends the running one",
    explanation:
      "Taking a chunk out of its free list puts it into another list and overwrites its link. The loop then follows that link to the null pointer and faults at 0x10. So a new kernel must end below the first free page of the old one.",
    example: booted(
      "v2",
      "image b : mini_os {",
      "  segment text at 0x10_0000 size 1MiB buffer 4KiB fill 0x90",
      "  entry 0x10_0000",
      "}",
      "try kexec b",
    ),
    cite: "minios:reserve_memory_below",
  },
  {
    code: "stale-actions",
    title: "A failed attempt is still in the list of actions",
    explanation:
      "The list, its end and the entry point are static and never reset. The next call appends to them: its start info moves up, and an old entry point wins over the new one.",
    example: booted("v2", B, "kexec b fails EIO { callback c returns 5 }", "try kexec b"),
    cite: BUG,
  },
  {
    code: "old-call-first",
    title: "The call of a failed attempt is executed",
    explanation:
      "The final stage ends with the first CALL of its list. After a failure that is the old one: the old entry point with the old start info, and nothing of the new attempt is copied.",
    example: booted(
      "v2",
      B.replace("256KiB", "128KiB"),
      "kexec b fails EIO { callback c returns 5 }",
      "try kexec b",
    ),
    cite: "minios:kexec_final",
  },
  {
    code: "errno-sign",
    title: "An error with the other sign",
    explanation:
      "kexec() mostly gives back positive numbers. A list that is filled by program headers is -28, one that is filled by the last two actions +28.",
    example: booted(
      "v2",
      "image b : mini_os {",
      ...Array.from(
        { length: 17 },
        (_, i) => `  segment s${i} at 0x${(0x100000 + i * 4096).toString(16)} size 4KiB fill 0x90`,
      ),
      "  entry 0x10_0000",
      "}",
      "kexec b fails ENOSPC",
    ),
    cite: "minios:kexec_add_action",
  },
  {
    code: "final-page-uninitialised",
    title: "A page that was never allocated is freed",
    explanation:
      "If kexec() fails before the page of the final stage is allocated, its error path frees whatever the variable held: seen were 0x1cd2e and 0x100000000000. kx takes it to be 0, which frees nothing.",
    example: booted("v2", B, "kexec b fails ENOMEM { move_used_pages returns 12 }"),
    cite: BUG,
  },
  {
    code: "closed-files-stay-closed",
    title: "Files that were closed are not opened again",
    explanation:
      "A callback closes files with O_CLOEXEC. When a later one refuses, it is told to undo and cannot.",
    cite: BUG,
  },
  {
    code: "kernel-over-module",
    title: "The new kernel reaches into the module",
    explanation:
      "Nothing compares the end of the new kernel with the memory that is handed over. Only the free memory between both, which ends the attempt with a fault, keeps the module whole.",
    example: booted(
      "v2",
      "image b : mini_os {",
      "  segment text at 0x10_0000 size 127MiB buffer 4KiB fill 0x90",
      "  entry 0x10_0000",
      "}",
      "try kexec b",
    ),
    cite: BUG,
  },
  {
    code: "freed-twice",
    title: "Pages are freed that are free",
    explanation:
      "The page allocator does not look: the chunk is in its list twice, and its links lead in a circle or out of it. kx says so and leaves the list as it was.",
    example: booted("v2", "free_pages at 0x20_0000 order 0"),
    cite: "minios:free_pages",
  },
  {
    code: "needed-page-overwritten",
    title: "An action goes over what a later one needs",
    explanation:
      "Everything that the final stage reads lies above the end of the new kernel; but sums wrap, and a load may copy more bytes than it says it has in memory: such a header hides a destination from that end.",
    cite: "minios:kexec_final",
  },
  {
    code: "start-info-in-buffer",
    title: "The start info points to where it was built",
    explanation:
      "Before the series its pointers are addresses in the temporary buffer. They still lead to the same bytes while nobody uses that page again.",
    example: booted("2d3b22f8", B, "kexec b"),
    cite: "minios:kexec_get_entry",
  },
  {
    code: "entry-outside",
    title: "The entry point is in nothing that is loaded",
    explanation: "The value of the note is used as it is.",
    example: booted("v2", B.replace("entry 0x10_0000", "entry 0x8000"), "try kexec b"),
    cite: "minios:read_note_entry",
  },
  {
    code: "entry-cut",
    title: "The entry point loses its upper half",
    explanation:
      "A note of 8 bytes may name an address above 4 GiB; the jump is made in 32-bit mode with the lower half.",
    example: booted("v2", B.replace("entry 0x10_0000", "entry 0x1_0010_0000"), "kexec b"),
    cite: "minios:kexec_final",
  },
  {
    code: "entry-without-code",
    title: "Nothing that can run is at the entry point",
    explanation: "No load put bytes there, or what it put there was cleared or overwritten.",
    example: booted("v2", B.replace("entry 0x10_0000", "entry 0x12_0000"), "try kexec b"),
    cite: "minios:kexec_final",
  },
  {
    code: "elf-beyond-file",
    title: "A load takes bytes from behind the file",
    explanation: "Nothing holds a program header against the size of the file.",
    cite: "minios:analyze_phdrs",
  },
  {
    code: "destination-mismatch",
    title: "Part of the new kernel is not what its file says",
    explanation:
      "Program headers may overlap, the start info may lie over them, or an earlier CALL ended the list before they were copied.",
    example: booted(
      "v2",
      "image b : mini_os {",
      "  segment text at 0x10_0000 size 8KiB fill 0x90",
      "  segment more at 0x10_1000 size 4KiB fill 0xcc",
      "  segment rest at 0x11_0000 size 128KiB buffer 4KiB fill 0x90",
      "  entry 0x10_0000",
      "}",
      "kexec b",
    ),
    cite: "minios:kexec_final",
  },
  {
    code: "final-page-above-4g",
    title: "The final stage lies above 4 GiB",
    explanation:
      "It switches to 32 bits and goes on at the lower half of its own address, where it is not. Nothing keeps its page below 4 GiB; `fixed` gives back ENOMEM.",
    cite: "minios:do_kexec",
  },
];
