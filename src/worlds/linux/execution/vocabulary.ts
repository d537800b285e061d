/** The words that starting an image and coming back from it add. Data only. */
import type { ClauseShape, ImageFlag, Param } from "../../../machine/mod.ts";
import { JUMP_SEMANTICS, PROPOSED_FLAGS } from "./rules.ts";
import { SUSPEND_STEPS } from "./suspend.ts";

export const CPU: Param = {
  name: "cpu",
  type: "integer",
  summary: "the processor that does it: 0 unless said otherwise",
};

export const SUSPEND_FAILS: Param = {
  name: "suspend_fails",
  type: "word",
  choices: SUSPEND_STEPS,
  summary: "which step fails before an image that may come back is left for",
};

export const IMAGE_FLAGS: readonly ImageFlag[] = [
  {
    name: "preserve",
    summary: "it may come back: KEXEC_PRESERVE_CONTEXT, needs `config KEXEC_JUMP on`",
  },
  { name: "file", summary: "loaded by kexec_file_load" },
  ...PROPOSED_FLAGS,
];

export const EXECUTION_BOOT_CLAUSES: readonly ClauseShape[] = [
  {
    head: JUMP_SEMANTICS,
    summary: "which kexec jump: what mainline does, or what was proposed in December 2007",
    positional: [{
      name: "which",
      type: "word",
      choices: ["mainline", "proposal_2007"],
      required: true,
    }],
    once: true,
  },
];

export const EXECUTION_OPERATIONS: readonly ClauseShape[] = [
  {
    head: "call",
    summary: "starts a preserved image as a function and takes what it gives back",
    positional: [{ name: "image", type: "image", required: true }],
    labels: [
      { name: "with", type: "integers", summary: "arguments, with commas between" },
      {
        name: "at",
        type: "address",
        summary: "in place of the entry point; only with `jump_semantics proposal_2007`",
      },
      SUSPEND_FAILS,
    ],
  },
];
