/**
 * Programs: behaviour of code in an image, written in kx itself or built in. A processor finds one by
 * the bytes at its instruction pointer, read through its page tables like any code: where they were
 * overwritten or never copied, the program does not run. Variables are words of memory, so they
 * persist or are lost exactly as memory is.
 */

/** Bytes by which code is known again. */
export const CODE_BYTES = 16;

/** A 64-bit word at `offset` bytes from the program's first byte. */
export interface ProgramVariable {
  readonly name: string;
  readonly offset: number;
  /** What a freshly loaded image holds there. */
  readonly initial: bigint;
}

/** What a program sees of the processor that runs it. Reads fault as a processor's do: they throw. */
export interface ProgramCpu {
  /** Address of its first byte. */
  readonly base: bigint;
  readonly args: readonly bigint[];
  read(vaddr: bigint, length: number): Uint8Array;
  register(name: string): bigint | undefined;
}

/** What a program does before it ends. */
export type ProgramStep =
  | {
    readonly kind: "store";
    readonly vaddr: bigint;
    readonly bytes: Uint8Array;
    readonly what: string;
  }
  /** It loads a descriptor table in which the caller's selectors can be loaded. */
  | { readonly kind: "load-gdt" }
  | { readonly kind: "say"; readonly text: string };

export type ProgramEnd =
  /** `leaving`: a word that it leaves on top of the stack, for whoever called it. */
  | { readonly kind: "return"; readonly value: bigint; readonly leaving?: bigint }
  | { readonly kind: "jump"; readonly vaddr: bigint }
  | { readonly kind: "fault"; readonly why: string }
  | { readonly kind: "halt" }
  | { readonly kind: "power-off" }
  /** It did more than a program may: kx stopped looking. */
  | { readonly kind: "endless"; readonly steps: number };

export interface Program {
  readonly name: string;
  readonly params: readonly string[];
  /** Where each argument is kept, bytes from the first byte, for a caller that hands them over in memory. */
  readonly argumentOffsets: readonly number[];
  /** Where the value that it gives back is kept, for the same caller. */
  readonly resultOffset: number;
  readonly variables: readonly ProgramVariable[];
  /** `CODE_BYTES` bytes at its entry point. */
  readonly code: Uint8Array;
  /** Everything from its first byte on as a loader places it: code, then variables. */
  readonly bytes: Uint8Array;
  run(cpu: ProgramCpu): Generator<ProgramStep, ProgramEnd, void>;
}

/** The key under which a machine knows a program. */
export function codeKey(code: Uint8Array): string {
  return [...code.subarray(0, CODE_BYTES)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
