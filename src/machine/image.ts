/** Images: what a tool hands to a kernel, and what the kernel made of it. */
import type { Recipe } from "./content.ts";

export type Slot = "default" | "crash";

/**
 * A buffer in the caller's address space. The first `readable` bytes can be read and hold
 * `recipe`; touching anything beyond faults. A null or wild pointer has `readable` 0.
 */
export interface UserBuffer {
  readonly recipe: Recipe;
  readonly readable: number;
  /** For transcripts: `file "bzImage"`, `unmapped`. */
  readonly label: string;
  /** The pointer itself, where the caller chose it; 0 is null. Absent: some address that can be read. */
  readonly pointer?: bigint;
}

/** One segment as the caller gives it: any 64-bit values, checked by nobody yet. */
export interface SegmentSpec {
  readonly name: string;
  readonly buffer: UserBuffer;
  /** Bytes. */
  readonly bufferSize: bigint;
  /** Physical address. */
  readonly dest: bigint;
  /** Bytes. */
  readonly destSize: bigint;
  /** Bytes from `dest` on that it writes once it runs, if more than `destSize`. */
  readonly runsTo?: bigint;
}

/** Whose purgatory: that of kexec-tools, or the one inside Linux for kexec_file_load. */
export type PurgatoryKind = "kexec_tools" | "in_kernel";

/** A purgatory as a script asks for it. Its loader makes a segment of it when the image is loaded. */
export interface PurgatorySpec {
  readonly kind: PurgatoryKind;
  /** Physical address of its segment; absent: the loader's choice. */
  readonly at?: bigint;
  /** `kexec --no-checks`. */
  readonly skipChecks: boolean;
  /** `kexec --entry-32bit`. */
  readonly entry32: boolean;
  /** Registers at the entry point, in place of those that the loader would choose. */
  readonly registers: Readonly<Record<string, bigint>>;
  /** Where low memory is copied before the crash kernel starts. */
  readonly backupAt?: bigint | "chosen";
  /** Where the ELF core header goes. */
  readonly coreHeaderAt?: bigint | "chosen";
  /** Behind the last byte of the command line, where the jump-back entry is told. */
  readonly cmdlineEnd?: bigint;
}

/** A clause of a world about an image, evaluated: `elf FILE`, `module_pages 6`. */
export interface ImageClause {
  readonly head: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** An image as a script declares it. */
export interface ImageSpec {
  readonly name: string;
  readonly slot: Slot;
  readonly flags: readonly string[];
  readonly segments: readonly SegmentSpec[];
  /** With a purgatory: where that goes on. */
  readonly entryPoint: bigint;
  readonly purgatory?: PurgatorySpec;
  /** What a world lets an image say beyond segments and an entry point. */
  readonly clauses?: readonly ImageClause[];
}

/** A segment of an accepted image. `dest` is a byte address, exact: the checks bounded it. */
export interface Segment {
  readonly name: string;
  readonly buffer: UserBuffer;
  readonly sourceSize: number;
  readonly dest: number;
  readonly destSize: number;
  /** Bytes from its beginning that it writes once it runs. */
  readonly runsTo?: number;
  /** It has no data: its range is only mapped, and keeps what it holds. */
  readonly mapOnly?: boolean;
}

/** An image in the making or loaded; numbered, since two may have one name. */
export interface Image {
  readonly id: number;
  readonly name: string;
  readonly slot: Slot;
  readonly segments: readonly Segment[];
  /** May be any 64-bit value: Linux checks it only for crash images. */
  readonly entryPoint: bigint;
  readonly preserveContext: boolean;
  /** What the flags of the proposal of 2007 ask the kernel to keep for the caller; mainline has one flag for all. */
  readonly preserves?: readonly string[];
  readonly fileMode: boolean;
  /**
   * First word of the indirection list: an address with IND_INDIRECTION, or bare IND_DONE. Xen keeps
   * the bare address of the first indirection page.
   */
  readonly head: bigint;
  /** Frames. */
  readonly controlCodeFrame?: number;
  readonly swapFrame?: number;
  readonly vmcoreinfoFrame?: number;
  /** Root of the identity map that the relocation code switches to. */
  readonly pageTableRoot?: number;
  /** All page-table frames: start, end, start, end, … in the order of allocation. */
  readonly pageTableFrames: readonly number[];
  readonly indirectionFrames: readonly number[];
  /** Page tables in ordinary memory that only lead to the control code: start, end, start, end, … */
  readonly transitionFrames?: readonly number[];
  /** Taken because they lie in a destination, and not needed as a source: start, end, start, end, … */
  readonly parkedFrames?: readonly number[];
  /** The kernel may rewrite the ELF core header when processors or memory come or go. */
  readonly hotplugSupport?: boolean;
  /** What is entered first, and the address of its segment. */
  readonly purgatory?: { readonly kind: PurgatoryKind; readonly at: number };
  /** Where the next crash control page is looked for, bytes; absent for default images. */
  readonly controlCursor?: number;
  /** Words in the list, the terminator included; 0 for a crash image (its list is `head` alone). */
  readonly listWords: number;
  readonly sourcePages: number;
  /** Source pages that already lie at their own destination. */
  readonly sourcesInPlace: number;
  readonly complete: boolean;
  /** Addresses that the caller handed over and Xen 4.3 kept: the image is the guest's pages. */
  readonly pageList?: readonly bigint[];
  /** ELF machine that it is for, where the loader says: 62 x86-64, 3 i386. */
  readonly elfMachine?: number;
  /** Where the next word of the list goes, while it is being made: a frame and the number of the word. */
  readonly listEnd?: { readonly frame: number; readonly word: number };
  /** How often it was started and came back. */
  readonly jumps?: number;
}
