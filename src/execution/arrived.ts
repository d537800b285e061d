/**
 * What should be at the destinations once the copying is done, and what is there: each segment's bytes,
 * then zeros. Told where they differ, and who wrote what is there instead.
 */
import {
  type Content,
  type Decision,
  type Image,
  type Machine,
  readMemory,
  readRecipe,
  type Segment,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { emit, type Run, span } from "../routine/mod.ts";

/** Bytes compared one by one where the recipes differ; more is taken to differ. */
const MOST_COMPARED = 1 << 24;

/** A run of bytes that are not the segment's. */
export interface Mismatch {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  readonly content: Content | undefined;
}

export function* tellMismatches(run: Run, image: Image): Decision<void> {
  for (const segment of image.segments) {
    const found = firstMismatch(run.machine, segment);
    if (found === undefined) continue;
    const who = found.content === undefined
      ? "nothing was ever written there"
      : `it holds ${found.content.what}, written by step ${found.content.writer}`;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "destination-mismatch",
        message: `segment ${segment.name} of image ${image.name} is not what was loaded in ${
          span(found.start, found.end)
        }: ${who}`,
        key: `destination-mismatch:${image.id}:${segment.name}`,
        cite: run.cites.loop,
      },
    });
  }
}

/** The first run of a segment's destination that does not hold its bytes. */
export function firstMismatch(machine: Machine, segment: Segment): Mismatch | undefined {
  const first = segment.dest / PAGE_SIZE;
  const end = (segment.dest + segment.destSize) / PAGE_SIZE;
  let budget = MOST_COMPARED;
  for (let at = first; at < end;) {
    const extent = machine.contents.firstFrom(at);
    const from = Math.max(at, Math.min(end, extent?.start ?? end));
    // A gap holds zeros as far as anyone knows: wrong where the segment has bytes.
    if (from > at && (at - first) * PAGE_SIZE < segment.sourceSize) {
      return { segment, start: at * PAGE_SIZE, end: from * PAGE_SIZE, content: undefined };
    }
    if (extent === undefined || from >= end) return undefined;
    const to = Math.min(end, extent.end);
    if (!isExpected(segment, extent.value, extent.shift, from, to, first)) {
      const length = (to - from) * PAGE_SIZE;
      budget -= length;
      const start = budget < 0 ? from * PAGE_SIZE : differing(machine, segment, from, to);
      if (start !== undefined) {
        return { segment, start, end: to * PAGE_SIZE, content: extent.value };
      }
    }
    at = to;
  }
  return undefined;
}

/** Without looking at bytes: it is the buffer itself, in its place, or zeros where zeros belong. */
function isExpected(
  segment: Segment,
  content: Content,
  shift: number,
  from: number,
  to: number,
  first: number,
): boolean {
  const { recipe } = content;
  if (recipe.kind === "zeros" && (from - first) * PAGE_SIZE >= segment.sourceSize) return true;
  return recipe.kind === "padded" && recipe.source === segment.buffer.recipe && shift === first &&
    to > from;
}

function differing(
  machine: Machine,
  segment: Segment,
  from: number,
  to: number,
): number | undefined {
  for (let frame = from; frame < to; frame++) {
    const found = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
    const offset = frame * PAGE_SIZE - segment.dest;
    const length = Math.min(segment.sourceSize, segment.buffer.readable);
    const wanted = readRecipe(
      { kind: "padded", source: segment.buffer.recipe, length },
      offset,
      PAGE_SIZE,
    );
    const index = found.findIndex((byte, i) => byte !== wanted[i]);
    if (index >= 0) return frame * PAGE_SIZE + index;
  }
  return undefined;
}
