/**
 * Beginnings of what an event writes, so that a fork can strike inside of it: a long copy is one event,
 * and a panic does not wait for its end.
 */
import type { Event, FrameList } from "./event.ts";
import type { MoveList } from "./move_frames.ts";

/**
 * What is written when it has just begun, when half is done, and when all but the end is: of pages, or
 * of words that a processor stores at once. Fewer for what is short; none for an event that is done at
 * once: one word, one page, or no memory at all.
 */
export function beginnings(event: Event): Event[] {
  const total = unitsOf(event);
  const counts = new Set([1, Math.floor(total / 2), total - 1].filter((n) => n > 0 && n < total));
  return [...counts].map((count) => beginning(event, count));
}

/** Bytes that a processor stores at once. */
const WORD = 8;

/** How many pages or words an event writes; 0 if it is none that writes. */
function unitsOf(event: Event): number {
  let total = 0;
  switch (event.kind) {
    case "frames-written":
      for (let i = 0; i < event.frames.length; i += 2) {
        total += event.frames[i + 1]! - event.frames[i]!;
      }
      return total;
    case "frames-copied":
    case "frames-swapped":
      for (let i = 2; i < event.moves.length; i += 3) total += event.moves[i]!;
      return total;
    case "bytes-written":
    case "bytes-stored":
      return Math.ceil(event.bytes.length / WORD);
    default:
      return 0;
  }
}

function beginning(event: Event, count: number): Event {
  switch (event.kind) {
    case "frames-written": {
      const frames = firstOfRuns(event.frames, count);
      const shifts = event.shifts.slice(0, frames.length / 2);
      return { ...event, frames, shifts, what: partOf(event.what) };
    }
    case "frames-copied":
    case "frames-swapped":
      return { ...event, moves: firstOfMoves(event.moves, count), what: partOf(event.what) };
    case "bytes-written":
    case "bytes-stored":
      return { ...event, bytes: event.bytes.subarray(0, count * WORD), what: partOf(event.what) };
    default:
      return event;
  }
}

function partOf(what: string): string {
  return `the beginning of ${what}`;
}

function firstOfRuns(frames: FrameList, count: number): FrameList {
  const first: number[] = [];
  for (let i = 0, left = count; left > 0; i += 2) {
    const start = frames[i]!;
    const end = Math.min(frames[i + 1]!, start + left);
    first.push(start, end);
    left -= end - start;
  }
  return first;
}

function firstOfMoves(moves: MoveList, count: number): MoveList {
  const first: number[] = [];
  for (let i = 0, left = count; left > 0; i += 3) {
    const here = Math.min(moves[i + 2]!, left);
    first.push(moves[i]!, moves[i + 1]!, here);
    left -= here;
  }
  return first;
}
