/**
 * What memory holds: a recipe that can produce bytes on demand, and who put it there. What the
 * machine itself reads back (indirection lists, page tables) is `literal`; the rest need never
 * become bytes.
 */

import { type ExtentMap, PAGE_SIZE } from "../memory/mod.ts";

/** A file that a script may read. `read` must give exactly `length` bytes or fewer at its end. */
export interface FileBytes {
  readonly name: string;
  /** Size in bytes when the script opened it. */
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
  /** As `read`, into an array that can be used again; all of it must be inside the file. */
  readInto?(offset: number, into: Uint8Array): void;
}

/** How to make bytes. Offsets count bytes from the recipe's own start; past its end it gives zeros. */
export type Recipe =
  | { readonly kind: "zeros" }
  | { readonly kind: "fill"; readonly byte: number }
  /** Bytes that follow from `seed` and the offset alone: different at every word, the same in every run. */
  | { readonly kind: "pattern"; readonly seed: bigint }
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  /** 64-bit little-endian words `first`, `first + step`, …: page tables that map memory in order. */
  | { readonly kind: "words"; readonly first: bigint; readonly step: bigint }
  | {
    readonly kind: "file";
    readonly file: FileBytes;
    readonly offset: number;
    readonly length: number;
  }
  /** The first `length` bytes of `source`, then zeros: a segment whose buffer is shorter than it. */
  | { readonly kind: "padded"; readonly source: Recipe; readonly length: number }
  /** Bytes that follow from other recipes and cost much to make: made when they are first asked for. */
  | {
    readonly kind: "computed";
    readonly length: number;
    /** For transcripts: `purgatory with its table`. */
    readonly label: string;
    readonly bytes: () => Uint8Array;
  }
  /** Memory from address `start` on, as it was when it was dumped. */
  | {
    readonly kind: "memory";
    readonly dump: string;
    readonly contents: () => ExtentMap<Content>;
    readonly start: number;
  }
  /** Whatever the hardware left there. Reads as zeros; views say that nobody wrote it. */
  | { readonly kind: "unwritten" };

export const ZEROS: Recipe = { kind: "zeros" };
export const UNWRITTEN: Recipe = { kind: "unwritten" };

/** A recipe in memory with its provenance. */
export interface Content {
  readonly recipe: Recipe;
  /** In a few words, what was written: `segment kernel of image old`. */
  readonly what: string;
  /** The step (1-based) whose event wrote it; 0 for what was there at power-on. */
  readonly writer: number;
}

/** Makes `length` bytes of `recipe` from byte `offset` on. Costs what it returns, never more. */
export function readRecipe(recipe: Recipe, offset: number, length: number): Uint8Array {
  switch (recipe.kind) {
    case "zeros":
    case "unwritten":
      return new Uint8Array(length);
    case "fill":
      return new Uint8Array(length).fill(recipe.byte);
    case "pattern":
      return patternBytes(recipe.seed, offset, length);
    case "words":
      return countingWords(recipe.first, recipe.step, offset, length);
    case "literal":
      return fitted(recipe.bytes.subarray(offset, offset + length), length);
    case "computed":
      return fitted(recipe.bytes().slice(offset, offset + length), length);
    case "memory":
      return readContents(recipe.contents(), recipe.start + offset, length);
    case "file": {
      const wanted = Math.max(0, Math.min(length, recipe.length - offset));
      return fitted(
        wanted === 0 ? new Uint8Array(0) : recipe.file.read(recipe.offset + offset, wanted),
        length,
      );
    }
    case "padded": {
      const wanted = Math.max(0, Math.min(length, recipe.length - offset));
      return fitted(
        wanted === 0 ? new Uint8Array(0) : readRecipe(recipe.source, offset, wanted),
        length,
      );
    }
  }
}

/** Bytes of memory that holds `contents`; zeros where nothing was written. */
export function readContents(
  contents: ExtentMap<Content>,
  at: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  const firstFrame = Math.floor(at / PAGE_SIZE);
  const endFrame = Math.ceil((at + length) / PAGE_SIZE);
  for (const extent of contents.within(firstFrame, endFrame)) {
    const from = Math.max(at, extent.start * PAGE_SIZE);
    const to = Math.min(at + length, extent.end * PAGE_SIZE);
    bytes.set(
      readRecipe(extent.value.recipe, from - extent.shift * PAGE_SIZE, to - from),
      from - at,
    );
  }
  return bytes;
}

/** As `readRecipe`, into an array that can be used again: for what is too long to have at once. */
export function readRecipeInto(recipe: Recipe, offset: number, into: Uint8Array): void {
  switch (recipe.kind) {
    case "zeros":
    case "unwritten":
      into.fill(0);
      return;
    case "fill":
      into.fill(recipe.byte);
      return;
    case "padded": {
      const own = Math.max(0, Math.min(into.length, recipe.length - offset));
      if (own > 0) readRecipeInto(recipe.source, offset, into.subarray(0, own));
      into.fill(0, own);
      return;
    }
    case "file": {
      const own = Math.max(0, Math.min(into.length, recipe.length - offset));
      const at = recipe.offset + offset;
      if (own > 0 && recipe.file.readInto !== undefined && at + own <= recipe.file.size) {
        recipe.file.readInto(at, into.subarray(0, own));
        into.fill(0, own);
        return;
      }
    }
  }
  into.set(readRecipe(recipe, offset, into.length));
}

function fitted(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const whole = new Uint8Array(length);
  whole.set(bytes.subarray(0, length));
  return whole;
}

/** One 64-bit word at each multiple of eight: splitmix64 of the seed and the word's number. */
function patternBytes(seed: bigint, offset: number, length: number): Uint8Array {
  const firstWord = Math.floor(offset / 8);
  const words = Math.ceil((offset + length) / 8) - firstWord;
  const bytes = new Uint8Array(words * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words; i++) {
    view.setBigUint64(i * 8, splitmix64(seed + BigInt(firstWord + i)), true);
  }
  return bytes.subarray(offset - firstWord * 8, offset - firstWord * 8 + length);
}

function countingWords(first: bigint, step: bigint, offset: number, length: number): Uint8Array {
  const firstWord = Math.floor(offset / 8);
  const words = Math.ceil((offset + length) / 8) - firstWord;
  // Two halves for each word: BigInts would cost more than all the rest.
  const halves = new Uint32Array(2 * words);
  const value = BigInt.asUintN(64, first + BigInt(firstWord) * step);
  const stepLow = Number(BigInt.asUintN(32, step));
  const stepHigh = Number(BigInt.asUintN(32, step >> 32n));
  let low = Number(BigInt.asUintN(32, value));
  let high = Number(value >> 32n);
  for (let i = 0; i < halves.length; i += 2) {
    halves[i] = low;
    halves[i + 1] = high;
    low += stepLow;
    high = (high + stepHigh + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
    low >>>= 0;
  }
  const start = offset - firstWord * 8;
  return new Uint8Array(halves.buffer, start, length);
}

/** The aligned word at `offset` where it can be told without making bytes; else undefined. */
export function wordOfRecipe(recipe: Recipe, offset: number): bigint | undefined {
  switch (recipe.kind) {
    case "zeros":
    case "unwritten":
      return 0n;
    case "words":
      return BigInt.asUintN(64, recipe.first + BigInt(offset / 8) * recipe.step);
    case "literal": {
      const { bytes } = recipe;
      if (offset + 8 > bytes.length) return undefined;
      const low = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) |
        (bytes[offset + 3]! << 24);
      const high = bytes[offset + 4]! | (bytes[offset + 5]! << 8) | (bytes[offset + 6]! << 16) |
        (bytes[offset + 7]! << 24);
      return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    }
    default:
      return undefined;
  }
}

/** The finalizer of Vigna's splitmix64: every bit of the result depends on every bit of `x`. */
export function splitmix64(x: bigint): bigint {
  let z = BigInt.asUintN(64, (x + 1n) * 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** A few words for a person: `bytes of "initrd.img" from 0x1000`, `0xa1 repeated`. */
export function describeRecipe(recipe: Recipe): string {
  switch (recipe.kind) {
    case "zeros":
      return "zeros";
    case "unwritten":
      return "nothing written yet";
    case "fill":
      return `0x${recipe.byte.toString(16).padStart(2, "0")} repeated`;
    case "pattern":
      return `pattern with seed ${recipe.seed}`;
    case "words":
      return `words 0x${recipe.first.toString(16)}, 0x${
        (recipe.first + recipe.step).toString(16)
      }, …`;
    case "literal":
      return `${recipe.bytes.length} literal bytes`;
    case "file":
      return `file "${recipe.file.name}" from 0x${recipe.offset.toString(16)}`;
    case "computed":
      return recipe.label;
    case "memory":
      return `dump ${recipe.dump} from 0x${recipe.start.toString(16)}`;
    case "padded":
      return `${describeRecipe(recipe.source)}, then zeros from 0x${recipe.length.toString(16)}`;
  }
}
