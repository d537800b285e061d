/** Which bytes an event is about: breakpoints and the search for a page's history ask. */
import type { Event, FrameList, MoveList } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import type { QuietKind } from "./event_kinds.ts";

/** Whether an event writes, moves or hands over a byte of `[start, end)`. Costs the event's runs. */
export function touches(event: Event, start: number, end: number): boolean {
  if (event.kind === "bytes-written" || event.kind === "bytes-stored") {
    return event.at < end && event.at + event.bytes.length > start;
  }
  return meets(touchedFrames(event), Math.floor(start / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
}

/** Frames that an event writes, moves or hands over, as start, end, …: ascending. */
export function touchedFrames(event: Event): FrameList {
  switch (event.kind) {
    case "frames-written":
    case "frames-claimed":
    case "frames-allocated":
    case "frames-reassigned":
    case "frames-freed":
      return event.frames;
    case "bytes-written":
    case "bytes-stored":
      return [
        Math.floor(event.at / PAGE_SIZE),
        Math.ceil((event.at + event.bytes.length) / PAGE_SIZE),
      ];
    case "frames-copied":
    case "frames-swapped":
      return targetsOf(event.moves, event.kind === "frames-swapped")
        .sort((a, b) => a[0] - b[0]).flat();
    default:
      return nothingOf(event.kind);
  }
}

function nothingOf(_: QuietKind): FrameList {
  return [];
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
