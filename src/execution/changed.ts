/**
 * Which bytes of a segment are not as they were loaded: exactly, and who wrote them. Costs nothing
 * where the segment's own recipe is in its place, and a comparison of bytes elsewhere.
 */
import {
  type ChangedBytes,
  type Content,
  type Machine,
  readMemoryInto,
  readRecipeInto,
  type Segment,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

/** Bytes compared one by one in a segment; pieces behind them are taken to differ as a whole. */
const MOST_COMPARED = 1 << 28;

/** Bytes that are compared at a time. */
const STRIDE = 1 << 18;

/**
 * One run for each piece of memory with a writer of its own. Only the first `length` bytes of the
 * segment are looked at. A gap, where nothing was ever written, reads as zeros. A range that is only
 * mapped has nothing that could differ.
 */
export function* changedBytes(
  machine: Machine,
  segment: Segment,
  length = segment.destSize,
): Generator<ChangedBytes, void, void> {
  if (segment.mapOnly === true) return;
  const first = segment.dest / PAGE_SIZE;
  const end = Math.ceil((segment.dest + length) / PAGE_SIZE);
  let budget = MOST_COMPARED;
  const reader = machine.contents.reader();
  for (let at = first; at < end;) {
    reader.seek(at);
    const to = Math.min(end, reader.end);
    const content = reader.value;
    if (content === undefined || !isAsLoaded(segment, content, reader.shift, at, to)) {
      const limit = Math.min(to * PAGE_SIZE, segment.dest + length);
      const start = at * PAGE_SIZE;
      budget -= limit - start;
      const range = budget < 0 ? { start, end: limit } : differing(machine, segment, start, limit);
      if (range !== undefined) {
        yield {
          segment: segment.name,
          ...range,
          ...(content === undefined
            ? {}
            : { writer: { what: content.what, step: content.writer } }),
        };
      }
    }
    at = to;
  }
}

/** Without looking at bytes: the buffer itself in its place, or zeros where zeros belong. */
export function isAsLoaded(
  segment: Segment,
  { recipe }: Content,
  shift: number,
  from: number,
  to: number,
): boolean {
  const first = segment.dest / PAGE_SIZE;
  if (recipe.kind === "zeros" && (from - first) * PAGE_SIZE >= segment.sourceSize) return true;
  return recipe.kind === "padded" && recipe.source === segment.buffer.recipe && shift === first &&
    to > from;
}

/** From the first byte that differs to behind the last. */
function differing(
  machine: Machine,
  segment: Segment,
  from: number,
  to: number,
): { start: number; end: number } | undefined {
  const length = Math.min(segment.sourceSize, segment.buffer.readable);
  const wanted = { kind: "padded", source: segment.buffer.recipe, length } as const;
  const found = new Uint8Array(Math.min(STRIDE, to - from));
  const expected = new Uint8Array(found.length);
  let start: number | undefined;
  let end = 0;
  for (let at = from; at < to; at += STRIDE) {
    const size = Math.min(STRIDE, to - at);
    readMemoryInto(machine, at, found.subarray(0, size));
    readRecipeInto(wanted, at - segment.dest, expected.subarray(0, size));
    for (let i = 0; i < size; i++) {
      if (found[i] === expected[i]) continue;
      start ??= at + i;
      end = at + i + 1;
    }
  }
  return start === undefined ? undefined : { start, end };
}
