/** What of a segment's buffer arrives at its pages. */
import type { Recipe, SegmentSpec } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";

/** Pages of a segment that hold at least one byte of its buffer. */
export function dataPageCount(spec: SegmentSpec): number {
  return Math.ceil(Math.min(Number(spec.bufferSize), Number(spec.destSize)) / PAGE_SIZE);
}

/** The buffer as the copy sees it: what cannot be read, and what is behind it, becomes zeros. */
export function readableRecipe(spec: SegmentSpec): Recipe {
  const length = Math.min(Number(spec.bufferSize), spec.buffer.readable);
  return { kind: "padded", source: spec.buffer.recipe, length };
}

/** Index of the page of the segment on which reading the buffer faults; Infinity if none does. */
export function firstUnreadablePage(spec: SegmentSpec): number {
  const { buffer, bufferSize } = spec;
  if (BigInt(buffer.readable) >= bufferSize) return Infinity;
  return Math.floor(buffer.readable / PAGE_SIZE);
}
