/**
 * What of a core must be written: pages that are not zeros, in ascending order, a window at a time.
 * Everything else is a hole of the file. Costs what was written into memory, whatever its size.
 */
import { type Machine, readRecipe, type Recipe } from "../machine/mod.ts";
import { intersect, PAGE_SIZE, type Range } from "../memory/mod.ts";
import type { Core } from "./layout.ts";

export interface Piece {
  /** In the file. */
  readonly offset: number;
  /** Only to read, since they may be the machine's own, and only until the next piece is asked for. */
  readonly bytes: Uint8Array;
}

/** Memory is made into bytes in aligned windows of this size: never more than one at a time. */
const WINDOW = 2 ** 20;

/** A part of one recipe inside one window. */
interface Part {
  readonly at: number;
  readonly length: number;
  readonly recipe: Recipe;
  /** Where in the recipe it begins. */
  readonly from: number;
}

/** The bytes in `core`'s ranges that a recipe makes: how much there is to look at. */
export function contentBytes(machine: Machine, core: Core): number {
  let total = 0;
  for (const { range } of core.loads) {
    for (const { bytes } of runs(machine, range)) total += bytes.end - bytes.start;
  }
  return total;
}

/** `looked` is told how many bytes of content were looked at, as often as a window is done. */
export function* pieces(
  machine: Machine,
  core: Core,
  looked: (bytes: number) => void = () => {},
): Generator<Piece, void, void> {
  yield { offset: 0, bytes: core.head };
  // One for all windows: fresh memory would cost as much as reading a file into it.
  const buffer = new Uint8Array(WINDOW);
  for (const { range, offset } of core.loads) {
    let waiting: Part[] = [];
    for (const part of parts(machine, range)) {
      if (waiting.length > 0 && windowOf(waiting[0]!) !== windowOf(part)) {
        yield* filledPages(waiting, buffer, offset - range.start);
        looked(lengthOf(waiting));
        waiting = [];
      }
      waiting.push(part);
    }
    if (waiting.length === 0) continue;
    yield* filledPages(waiting, buffer, offset - range.start);
    looked(lengthOf(waiting));
  }
}

function windowOf(part: Part): number {
  return Math.floor(part.at / WINDOW);
}

function lengthOf(window: readonly Part[]): number {
  return window.reduce((sum, { length }) => sum + length, 0);
}

function* parts(machine: Machine, range: Range): Generator<Part, void, void> {
  for (const { recipe, base, bytes } of runs(machine, range)) {
    for (let at = bytes.start; at < bytes.end;) {
      const end = Math.min(bytes.end, (Math.floor(at / WINDOW) + 1) * WINDOW);
      yield { at, length: end - at, recipe, from: at - base };
      at = end;
    }
  }
}

interface Run {
  readonly recipe: Recipe;
  /** The address of the recipe's first byte. */
  readonly base: number;
  readonly bytes: Range;
}

/** Extents without the zeros that their recipes are known to end with. */
function* runs(machine: Machine, range: Range): Generator<Run, void, void> {
  const frames = machine.contents.within(range.start / PAGE_SIZE, range.end / PAGE_SIZE);
  for (const { start, end, value: { recipe }, shift } of frames) {
    const base = shift * PAGE_SIZE;
    const bytes = intersect(
      { start: start * PAGE_SIZE, end: end * PAGE_SIZE },
      { start: 0, end: base + endOf(recipe) },
    );
    if (bytes.end > bytes.start) yield { recipe, base, bytes };
  }
}

/** From here on a recipe gives nothing but zeros. */
function endOf(recipe: Recipe): number {
  switch (recipe.kind) {
    case "zeros":
    case "unwritten":
      return 0;
    case "fill":
      return recipe.byte === 0 ? 0 : Infinity;
    case "words":
      return recipe.first === 0n && recipe.step === 0n ? 0 : Infinity;
    case "pattern":
    case "memory":
      return Infinity;
    case "literal":
      return recipe.bytes.length;
    case "file":
    case "computed":
      return recipe.length;
    case "padded":
      return Math.min(recipe.length, endOf(recipe.source));
  }
}

/** One window as bytes, without its pages of zeros. `shift` leads from addresses to the file. */
function* filledPages(
  window: readonly Part[],
  buffer: Uint8Array,
  shift: number,
): Generator<Piece, void, void> {
  const { at } = window[0]!;
  const bytes = bytesOf(window, buffer);
  const words = wordsOf(bytes);
  for (let start = 0; start < bytes.length;) {
    if (isZero(bytes, words, start)) {
      start += PAGE_SIZE;
      continue;
    }
    let end = start + PAGE_SIZE;
    while (end < bytes.length && !isZero(bytes, words, end)) end += PAGE_SIZE;
    yield { offset: at + shift + start, bytes: bytes.subarray(start, end) };
    start = end;
  }
}

function bytesOf(window: readonly Part[], buffer: Uint8Array): Uint8Array {
  const [first] = window;
  const last = window.at(-1)!;
  const bytes = buffer.subarray(0, last.at + last.length - first!.at);
  let filled = 0;
  for (const { at, length, recipe, from } of window) {
    const start = at - first!.at;
    bytes.fill(0, filled, start);
    filled = start + length;
    if (readFileInto(recipe, from, bytes.subarray(start, filled))) continue;
    const made = readRecipe(recipe, from, length);
    if (window.length === 1) return made;
    bytes.set(made, start);
  }
  return bytes;
}

/** Whether the bytes are a file's, which then are in `into`. Never called behind the recipe's end. */
function readFileInto(recipe: Recipe, from: number, into: Uint8Array): boolean {
  if (recipe.kind === "padded") return readFileInto(recipe.source, from, into);
  if (recipe.kind !== "file" || recipe.file.readInto === undefined) return false;
  const at = recipe.offset + from;
  if (at + into.length > recipe.file.size) return false;
  recipe.file.readInto(at, into);
  return true;
}

/** The bytes by fours, one view for all of them; undefined if they do not begin at such a place. */
function wordsOf(bytes: Uint8Array): Int32Array | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined;
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** Whether the page at `start`, or what is left of it, is zeros. Mostly its first bytes tell. */
function isZero(bytes: Uint8Array, words: Int32Array | undefined, start: number): boolean {
  const end = Math.min(bytes.length, start + PAGE_SIZE);
  let at = start;
  if (words !== undefined) {
    for (; at + 4 <= end; at += 4) if (words[at >> 2] !== 0) return false;
  }
  for (; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
