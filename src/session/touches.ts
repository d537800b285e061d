/** Which bytes an event is about: breakpoints and the search for a page's history ask. */
import type { Event, FrameList, MoveList } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import type { QuietKind } from "./event_kinds.ts";

/** Whether an event writes, moves or hands over a byte of `[start, end)`. Costs the event's runs. */
export function touches(event: Event, start: number, end: number): boolean {
  if (event.kind === "bytes-written" || event.kind === "bytes-stored") {
    return event.at < end && event.at + event.bytes.length > start;
  }
  const [from, to] = [Math.floor(start / PAGE_SIZE), Math.ceil(end / PAGE_SIZE)];
  return event.kind === "frames-copied" || event.kind === "frames-swapped"
    ? areMoved(event.moves, event.kind === "frames-swapped", from, to)
    : meets(touchedFrames(event), from, to);
}

/** Whether a move writes a frame of `[from, to)`. */
function areMoved(moves: MoveList, both: boolean, from: number, to: number): boolean {
  for (let i = 0; i < moves.length; i += 3) {
    const [source, target, count] = [moves[i]!, moves[i + 1]!, moves[i + 2]!];
    if (target < to && target + count > from) return true;
    if (both && source < to && source + count > from) return true;
  }
  return false;
}

/** A copy can have as many moves as an image has pages, and a screen asks for them at every key. */
const sorted = new WeakMap<MoveList, FrameList>();

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
      return sortedTargets(event.moves, event.kind === "frames-swapped");
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
function targetsOf(moves: MoveList, both: boolean): number[] {
  const runs: number[] = [];
  for (let i = 0; i < moves.length; i += 3) {
    const [source, target, count] = [moves[i]!, moves[i + 1]!, moves[i + 2]!];
    runs.push(target, target + count);
    if (both) runs.push(source, source + count);
  }
  return runs;
}

function sortedTargets(moves: MoveList, both: boolean): FrameList {
  const known = sorted.get(moves);
  if (known !== undefined) return known;
  const runs = targetsOf(moves, both);
  const order = Array.from({ length: runs.length / 2 }, (_, i) => 2 * i)
    .sort((a, b) => runs[a]! - runs[b]!);
  const made = order.flatMap((i) => [runs[i]!, runs[i + 1]!]);
  sorted.set(moves, made);
  return made;
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
