/**
 * The memory of whoever calls, as far as the hypercall can reach it: pieces at guest addresses.
 * Xen copies its arguments from there and faults where there is nothing. [xen:copy_from_guest]
 */
import {
  type FileBytes,
  type Image,
  readRecipe,
  type Recipe,
  UNWRITTEN,
  type UserBuffer,
} from "../../machine/mod.ts";
import type { Width } from "./abi/mod.ts";

/** `size` bytes at a guest address. */
export interface GuestPiece {
  readonly at: bigint;
  readonly size: number;
  readonly recipe: Recipe;
  /** For transcripts. */
  readonly label: string;
}

export interface Guest {
  readonly width: Width;
  /** `dom0` may; a domain without privilege gets EPERM, one that is not PV has no such call. */
  readonly caller: "dom0" | "domU" | "hvm";
  readonly pieces: readonly GuestPiece[];
  /** What a script calls the image and its segments; Xen never sees it. */
  readonly names?: {
    readonly image: Image["name"];
    readonly segments: readonly string[];
    readonly purgatory?: Image["purgatory"];
  };
}

/** The hole in the middle of the address space, and behind it what Xen keeps for itself. */
const HOLE_START = 1n << 47n;
const XEN_END = 0xffff880000000000n;

function pieceAt(guest: Guest, at: bigint): GuestPiece | undefined {
  if (at >= HOLE_START && at < XEN_END) return undefined;
  if (guest.width === 32 && at >= 1n << 32n) return undefined;
  return guest.pieces.find((p) => at >= p.at && at < p.at + BigInt(p.size));
}

/** All of `length` bytes, or undefined: EFAULT. Nothing is read where `length` is 0. */
export function copyFromGuest(guest: Guest, at: bigint, length: number): Uint8Array | undefined {
  if (length === 0) return new Uint8Array(0);
  const piece = pieceAt(guest, at);
  if (piece === undefined) return undefined;
  const offset = Number(at - piece.at);
  if (offset + length > piece.size) return undefined;
  return readRecipe(piece.recipe, offset, length);
}

/** Whether `length` bytes at a guest address can be written. */
export function canWriteGuest(guest: Guest, at: bigint, length: number): boolean {
  return copyFromGuest(guest, at, length) !== undefined;
}

/** What lies at a pointer, to be read page by page later. A null pointer has the label `null`. */
export function bufferAt(guest: Guest, at: bigint): UserBuffer {
  if (at === 0n) return { recipe: UNWRITTEN, readable: 0, label: "null", pointer: 0n };
  const piece = pieceAt(guest, at);
  if (piece === undefined) {
    return { recipe: UNWRITTEN, readable: 0, label: "unmapped", pointer: at };
  }
  const offset = Number(at - piece.at);
  const { label, recipe } = piece;
  const readable = piece.size - offset;
  if (offset === 0) return { recipe, readable, label, pointer: at };
  // A piece may be larger than any array: only what is asked for is read.
  const rest: FileBytes = {
    name: label,
    size: readable,
    read: (from, length) => readRecipe(recipe, offset + from, Math.min(length, readable - from)),
  };
  return {
    recipe: { kind: "file", file: rest, offset: 0, length: readable },
    readable,
    label,
    pointer: at,
  };
}
