/** The arguments of kexec_file_load: what stands behind the two file descriptors, and the rest. */
import type {
  ArgValue,
  Clause,
  FileBytes,
  ImageSpec,
  SegmentSpec,
  Slot,
} from "../../machine/mod.ts";
import type { Laid } from "../../purgatory/mod.ts";
import { fileOf, PLAUSIBLE_KERNEL, syntheticBzImage } from "./bzimage.ts";

export const FILE_UNLOAD = 1n;
export const FILE_ON_CRASH = 2n;
export const FILE_NO_INITRAMFS = 4n;
export const FILE_DEBUG = 8n;
export const FILE_NO_CMA = 0x10n;
export const FILE_FORCE_DTB = 0x20n;

/** What a descriptor leads to. */
export type OpenFile =
  | { readonly kind: "file"; readonly file: FileBytes }
  | { readonly kind: "none" | "dir" | "wronly" };

export interface FileLoadCall {
  readonly name: string;
  readonly slot: Slot;
  readonly asRoot: boolean;
  readonly kernel: OpenFile;
  readonly initrd: OpenFile;
  /** Bytes as they lie in the caller's memory, zeros behind. */
  readonly cmdline: Uint8Array;
  readonly cmdlineLength: bigint;
  readonly cmdlineReadable: boolean;
  /** The limit of 64 bits; bits that nobody knows are refused. */
  readonly flags: bigint;
  /** An image whose placement the script gives: reading and placing are then left out. */
  readonly laid?: Laid;
  readonly placed?: { readonly segments: readonly SegmentSpec[]; readonly entryPoint: bigint };
}

/** Bytes of the initrd that the word `initrd` stands for. */
const PLAUSIBLE_INITRD = 16 * 2 ** 20;

export function openFileOf(value: ArgValue | undefined, size?: ArgValue): OpenFile {
  if (typeof value === "object" && "read" in value) return { kind: "file", file: value };
  switch (value) {
    case "bzImage":
      return { kind: "file", file: syntheticBzImage("bzImage", PLAUSIBLE_KERNEL) };
    case "initrd": {
      const bytes = typeof size === "bigint" ? Number(size) : PLAUSIBLE_INITRD;
      return { kind: "file", file: fileOf("initrd", bytes, new Uint8Array(0), 0x1f) };
    }
    case "garbage":
      return { kind: "file", file: fileOf("garbage", 8192, new Uint8Array(0), 0x67) };
    case "empty":
      return { kind: "file", file: fileOf("empty", 0, new Uint8Array(0), 0) };
    case "dir":
    case "wronly":
      return { kind: value };
    default:
      return { kind: "none" };
  }
}

export function fileCallOfClauses(operation: Clause, asRoot: boolean): FileLoadCall {
  const args = (head: string) => operation.clauses.find((c) => c.head === head)?.args;
  const number = (head: string) => {
    const value = args(head)?.value;
    return typeof value === "bigint" ? value : undefined;
  };
  const text = args("cmdline")?.text;
  const cmdline = typeof text === "string" ? new TextEncoder().encode(text) : new Uint8Array(0);
  const flags = number("flags") ?? 0n;
  return {
    name: typeof operation.args.image_name === "string" ? operation.args.image_name : "file",
    slot: (flags & FILE_ON_CRASH) !== 0n ? "crash" : "default",
    asRoot,
    kernel: openFileOf(args("kernel")?.file),
    initrd: openFileOf(args("initrd")?.file, args("initrd")?.size),
    cmdline,
    // With its NUL; without any text there is none to pass.
    cmdlineLength: number("cmdline_len") ??
      (typeof text === "string" ? BigInt(cmdline.length) + 1n : 0n),
    cmdlineReadable: args("cmdline_pointer")?.value !== "bad",
    flags,
  };
}

const NO_FILE: OpenFile = { kind: "none" };

export function fileCallOfImage(image: ImageSpec, asRoot: boolean): FileLoadCall {
  return {
    name: image.name,
    slot: image.slot,
    asRoot,
    kernel: NO_FILE,
    initrd: NO_FILE,
    cmdline: new Uint8Array(0),
    cmdlineLength: 0n,
    cmdlineReadable: true,
    flags: image.slot === "crash" ? FILE_ON_CRASH : 0n,
    placed: { segments: image.segments, entryPoint: image.entryPoint },
  };
}

export function unloadFileCall(slot: Slot, asRoot: boolean): FileLoadCall {
  return {
    name: slot,
    slot,
    asRoot,
    kernel: NO_FILE,
    initrd: NO_FILE,
    cmdline: new Uint8Array(0),
    cmdlineLength: 0n,
    cmdlineReadable: true,
    flags: FILE_UNLOAD | (slot === "crash" ? FILE_ON_CRASH : 0n),
  };
}
