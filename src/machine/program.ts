/**
 * Programs: behaviour of code in an image, written in kx itself or built in. A processor finds one by
 * the bytes at its instruction pointer, read through its page tables like any code: where they were
 * overwritten or never copied, the program does not run. Variables are words of memory, so they
 * persist or are lost exactly as memory is.
 */

import type { Cpu } from "./cpu.ts";
import type { Hazard } from "./refusal.ts";

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
  /** Memory piece by piece, however long: each is valid until the next is asked for. */
  pieces(vaddr: bigint, length: bigint): Iterable<Uint8Array>;
  register(name: string): bigint | undefined;
  /** Where an image that may come back is expected to return to. */
  readonly jumpBack: bigint | undefined;
  /** What no program could know, and kx does: bytes of the image that are not as they were loaded. */
  changed(): readonly ChangedBytes[];
}

/** A run of bytes of a segment, from the first that differs from what was loaded to the last. */
export interface ChangedBytes {
  readonly segment: string;
  readonly start: number;
  readonly end: number;
  /** What was written there last, and by which step; absent: nothing ever was. */
  readonly writer?: { readonly what: string; readonly step: number };
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
  /** Bytes copied within memory. */
  | {
    readonly kind: "copy";
    readonly from: bigint;
    readonly to: bigint;
    /** Bytes. */
    readonly length: number;
    readonly what: string;
  }
  | {
    readonly kind: "set-cpu";
    readonly changes: Partial<Omit<Cpu, "segments" | "special">>;
    /** Segment registers that it loads; the others stay. */
    readonly segments?: Partial<Cpu["segments"]>;
    /** Bits of EFER that it clears. */
    readonly clearsEfer?: bigint;
    readonly what: string;
  }
  | { readonly kind: "hazard"; readonly hazard: Hazard }
  | { readonly kind: "say"; readonly text: string };

export type ProgramEnd =
  /** `leaving`: a word that it leaves on top of the stack, for whoever called it. */
  | { readonly kind: "return"; readonly value: bigint; readonly leaving?: bigint }
  /**
   * `leaving`: a word that it pushes before, as a call does. `unpaged`: it has left long mode, so that
   * addresses are physical from here on.
   */
  | {
    readonly kind: "jump";
    readonly vaddr: bigint;
    readonly leaving?: bigint;
    readonly unpaged?: boolean;
  }
  | { readonly kind: "fault"; readonly why: string }
  | { readonly kind: "halt" }
  /** It goes round for ever on purpose: the hazard that tells why. */
  | {
    readonly kind: "loop";
    readonly code: string;
    /** What it waits for, and what led to it. */
    readonly brief: string;
    readonly message: string;
    readonly cite: string;
  }
  | { readonly kind: "power-off" }
  /** It did more than a program may: kx stopped looking. */
  | { readonly kind: "endless"; readonly steps: number };

export interface Program {
  readonly name: string;
  /** It only prepares what runs next: it takes no arguments and gives nothing back. */
  readonly isStage?: boolean;
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
