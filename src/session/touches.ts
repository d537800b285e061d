/** Which bytes an event is about: breakpoints and the search for a page's history ask. */
import type { Event, EventKind, FrameList, MoveList } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

/** Events that change what memory holds. */
export const WRITES: readonly EventKind[] = [
  "frames-written",
  "bytes-written",
  "bytes-stored",
  "frames-copied",
  "frames-swapped",
];

/** Events that give frames an owner, or take it. */
export const OWNS: readonly EventKind[] = [
  "frames-claimed",
  "frames-allocated",
  "frames-reassigned",
  "frames-freed",
];

/** Whether an event writes, moves or hands over a byte of `[start, end)`. Costs the event's runs. */
export function touches(event: Event, start: number, end: number): boolean {
  switch (event.kind) {
    case "bytes-written":
    case "bytes-stored":
      return event.at < end && event.at + event.bytes.length > start;
    case "frames-written":
    case "frames-claimed":
    case "frames-allocated":
    case "frames-reassigned":
    case "frames-freed":
      return meets(event.frames, Math.floor(start / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
    case "frames-copied":
    case "frames-swapped": {
      const from = Math.floor(start / PAGE_SIZE);
      const to = Math.ceil(end / PAGE_SIZE);
      return targetsOf(event.moves, event.kind === "frames-swapped")
        .some(([a, b]) => a < to && b > from);
    }
    default:
      return false;
  }
}

function meets(frames: FrameList, start: number, end: number): boolean {
  for (let i = 0; i < frames.length; i += 2) {
    if (frames[i]! < end && frames[i + 1]! > start) return true;
  }
  return false;
}

/** Runs of frames that get new content; a swap writes both sides. */
function targetsOf(moves: MoveList, both: boolean): [number, number][] {
  const runs: [number, number][] = [];
  for (let i = 0; i < moves.length; i += 3) {
    const [source, target, count] = [moves[i]!, moves[i + 1]!, moves[i + 2]!];
    runs.push([target, target + count]);
    if (both) runs.push([source, source + count]);
  }
  return runs;
}

/** The frame from which a move took what it put into `frame`. */
export function sourceOf(event: Event, frame: number): number | undefined {
  if (event.kind !== "frames-copied" && event.kind !== "frames-swapped") return undefined;
  const { moves } = event;
  for (let i = 0; i < moves.length; i += 3) {
    const [source, target, count] = [moves[i]!, moves[i + 1]!, moves[i + 2]!];
    if (frame >= target && frame < target + count) return source + frame - target;
    if (event.kind === "frames-swapped" && frame >= source && frame < source + count) {
      return target + frame - source;
    }
  }
  return undefined;
}
