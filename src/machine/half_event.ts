/**
 * The first half of what an event writes, so that a fork can strike in the middle of it: a long copy
 * is one event, and a panic does not wait for its end.
 */
import type { Event, FrameList } from "./event.ts";
import type { MoveList } from "./move_frames.ts";

/** Undefined for an event that is done at once: one word, one page, or no memory at all. */
export function firstHalf(event: Event): Event | undefined {
  switch (event.kind) {
    case "frames-written": {
      const frames = halfOfRuns(event.frames);
      if (frames === undefined) return undefined;
      const shifts = event.shifts.slice(0, frames.length / 2);
      return { ...event, frames, shifts, what: halfOf(event.what) };
    }
    case "frames-copied":
    case "frames-swapped": {
      const moves = halfOfMoves(event.moves);
      return moves === undefined ? undefined : { ...event, moves, what: halfOf(event.what) };
    }
    case "bytes-written":
    case "bytes-stored": {
      const length = Math.floor(event.bytes.length / 2 / WORD) * WORD;
      if (length === 0) return undefined;
      return { ...event, bytes: event.bytes.subarray(0, length), what: halfOf(event.what) };
    }
    default:
      return undefined;
  }
}

/** Bytes that a processor stores at once. */
const WORD = 8;

function halfOf(what: string): string {
  return `the first half of ${what}`;
}

function halfOfRuns(frames: FrameList): FrameList | undefined {
  let total = 0;
  for (let i = 0; i < frames.length; i += 2) total += frames[i + 1]! - frames[i]!;
  let left = Math.floor(total / 2);
  if (left === 0) return undefined;
  const half: number[] = [];
  for (let i = 0; left > 0; i += 2) {
    const start = frames[i]!;
    const end = Math.min(frames[i + 1]!, start + left);
    half.push(start, end);
    left -= end - start;
  }
  return half;
}

function halfOfMoves(moves: MoveList): MoveList | undefined {
  let total = 0;
  for (let i = 2; i < moves.length; i += 3) total += moves[i]!;
  let left = Math.floor(total / 2);
  if (left === 0) return undefined;
  const half: number[] = [];
  for (let i = 0; left > 0; i += 3) {
    const count = Math.min(moves[i + 2]!, left);
    half.push(moves[i]!, moves[i + 1]!, count);
    left -= count;
  }
  return half;
}
