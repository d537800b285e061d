/**
 * What the relocation code and the way back do, by version. A version without a patch level means the
 * newest stable release of its series, as in version.ts.
 */
import { type ImageFlag, isAtLeast, type Version } from "../../../machine/mod.ts";

export interface ExecutionRules {
  /**
   * Pages change places even for an image that never comes back, so what was at a destination is
   * found in its source page: before 6.14. Later only a preserving image swaps. [linux:swap_pages]
   */
  readonly swapsAlways: boolean;
  /**
   * A zero lies on top of the stack of an image that never comes back. From 6.14 until it was mended
   * in 7.1 (and 6.18.28) the stack pointer is the first byte behind the control page, so that whoever
   * reads [RSP] reads another page. [linux:identity_mapped]
   */
  readonly zeroOnStack: boolean;
  /**
   * The entry point is pushed before a preserving image is called, so that a plain `ret` leaves it
   * where the way back looks for the next entry point: since 6.14. [linux:identity_mapped]
   */
  readonly pushesEntry: boolean;
  /**
   * The way back loads the GDT of the kernel again: since 6.14, and 6.6.66, 6.12.5 and 6.13 by backports.
   * Before, a callee has to load one in which the kernel's selectors mean something.
   */
  readonly restoresGdt: boolean;
  /** A GDT of its own lies in the control page and is loaded before the image starts: since 6.14. */
  readonly privateGdt: boolean;
  /**
   * CR4 is cut down in the register that holds the old one, so that a preserving image sees the new
   * value there: since 6.11. [linux:identity_mapped]
   */
  readonly cutsSavedCr4: boolean;
  /** Offset in the control page of what follows the call of the copy loop. Depends on the code. */
  readonly afterCopyOffset: number;
  /** Offset in the control page to which a preserving image returns: its jump-back entry. */
  readonly jumpBackOffset: number;
  /**
   * Devices that were suspended when suspending another failed are resumed: after 6.16.
   * [linux:kernel_kexec]
   */
  readonly resumesAfterFailedStart: boolean;
}

export function executionRules(version: Version): ExecutionRules {
  const since = (major: number, minor: number, patch?: number) =>
    isAtLeast(version, major, minor, patch);
  const isSeries = (major: number, minor: number) =>
    version.major === major && version.minor === minor;
  const copies = since(6, 14);
  const mended = since(7, 1) || (isSeries(6, 18) && since(6, 18, 28));
  const backported = isSeries(6, 13) || (isSeries(6, 12) && since(6, 12, 5)) ||
    (isSeries(6, 6) && since(6, 6, 66));
  return {
    swapsAlways: !copies,
    zeroOnStack: !copies || mended,
    pushesEntry: copies,
    restoresGdt: copies || backported,
    privateGdt: copies,
    cutsSavedCr4: since(6, 11),
    afterCopyOffset: since(6, 11) ? 0xb5 : 0xbe,
    jumpBackOffset: since(6, 11) ? 0xf2 : 0xfb,
    resumesAfterFailedStart: since(6, 17),
  };
}

/** Which kexec jump: what mainline does, or what was proposed in December 2007. */
export type JumpSemantics = "mainline" | "proposal_2007";

export const JUMP_SEMANTICS = "jump_semantics";

/**
 * What each flag of the proposal asks for, beside `preserve`, which is the general registers and the
 * swapped memory: `devices` are put to sleep with all that uses them, and `cpu_ext` is what else a
 * processor holds: FPU, descriptor tables, segments. Without the flag the kernel does nothing about
 * it, and the image promises to leave it alone. [thread:kexec jump, December 2007]
 */
export const PROPOSED_FLAGS: readonly ImageFlag[] = [
  {
    name: "devices",
    summary: "with `jump_semantics proposal_2007`: devices and processes are put to sleep for it",
  },
  {
    name: "cpu_ext",
    summary: "with `jump_semantics proposal_2007`: FPU, GDT, IDT and segments are saved for it",
  },
];
