/** What an image says of the purgatory that its loader puts before the kernel. Data only. */
import type { ClauseShape } from "../machine/mod.ts";

const place = (head: string, summary: string, required = false): ClauseShape => ({
  head,
  summary,
  positional: [{ name: "address", type: "address", required }],
  once: true,
});

export const PURGATORY: ClauseShape = {
  head: "purgatory",
  summary: "runs before the entry point: verifies digests, sets registers; the loader writes it",
  positional: [{
    name: "kind",
    type: "word",
    choices: ["kexec_tools", "in_kernel"],
    required: true,
    summary:
      "that of kexec-tools, or the kernel's own for an image with the flag `file`, which gets one anyway",
  }],
  labels: [{
    name: "at",
    type: "address",
    summary: "where its segment goes; where the loader would put it if absent",
  }],
  clauses: [
    { head: "skip_checks", summary: "no digest is verified: `kexec --no-checks`", once: true },
    {
      head: "entry32",
      summary: "the kernel is entered in protected mode without paging: `kexec --entry-32bit`",
      once: true,
    },
    {
      head: "register",
      summary: "what a register holds at the kernel's entry point, in place of the loader's choice",
      positional: [
        { name: "name", type: "name", required: true },
        { name: "value", type: "integer", required: true },
      ],
    },
    place(
      "backup",
      "low memory is saved for a crash kernel: adds a segment, there or at the loader's choice",
    ),
    place(
      "elfcorehdr",
      "the ELF core header for readers of the dump: adds a segment, there or at its choice",
    ),
    place("cmdline_end", "where `kexec_jump_back_entry=` is appended to the command line", true),
  ],
  once: true,
};
