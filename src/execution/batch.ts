/**
 * Pages that were decided to move and have not moved yet. One event moves a whole run of them, which
 * is right only as long as no page is used twice: what was touched is remembered in a bit map, and a
 * page that comes again ends the batch. Two frames that share a bit end it too, which costs an event
 * and nothing else.
 */
import type { Decision } from "../machine/mod.ts";
import { emit, type Run } from "../routine/mod.ts";

/** Exact for the first 64 GiB. */
const BITS = 2 ** 24;

export class Batch {
  readonly #how: "copy" | "swap";
  readonly #bits = new Uint8Array(BITS / 8);
  #moves: number[] = [];
  /** Frames behind which there is no memory: their sources get what a read of them gives. */
  #lost: number[] = [];

  constructor(how: "copy" | "swap") {
    this.#how = how;
  }

  /** Whether a page of the pair waits to be moved already. */
  meets(source: number, target: number): boolean {
    return this.touches(source) || this.touches(target);
  }

  touches(frame: number): boolean {
    const bit = frame % BITS;
    return (this.#bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
  }

  add(source: number, target: number): void {
    this.#mark(source);
    this.#mark(target);
    const moves = this.#moves;
    const last = moves.length - 3;
    if (last >= 0) {
      const count = moves[last + 2]!;
      if (moves[last]! + count === source && moves[last + 1]! + count === target) {
        moves[last + 2] = count + 1;
        return;
      }
    }
    moves.push(source, target, 1);
  }

  /** The target takes nothing; when swapping, the source gets what was read there. */
  lose(source: number, target: number): void {
    this.#mark(source);
    this.#mark(target);
    this.#lost.push(source, target);
  }

  #mark(frame: number): void {
    const bit = frame % BITS;
    this.#bits[bit >> 3]! |= 1 << (bit & 7);
  }

  /** Moves what waits. */
  *flush(run: Run, what: string): Decision<void> {
    const moves = this.#moves;
    const lost = this.#lost;
    if (moves.length > 0) {
      this.#clear(moves);
      this.#moves = [];
      yield* emit(run, {
        kind: this.#how === "copy" ? "frames-copied" : "frames-swapped",
        moves,
        what,
      });
    }
    if (lost.length === 0) return;
    this.#lost = [];
    const back: number[] = [];
    for (let i = 0; i < lost.length; i += 2) {
      this.#clear([lost[i]!, lost[i + 1]!, 1]);
      back.push(lost[i + 1]!, lost[i]!, 1);
    }
    const first = lost[1]! * 4096;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "destination-not-memory",
        message: `${what}: there is no memory at 0x${
          first.toString(16)
        }: what was written there is lost`,
        key: `destination-not-memory:${first}`,
        cite: run.cites.loop,
      },
    });
    if (this.#how === "swap") {
      yield* emit(run, {
        kind: "frames-copied",
        moves: back,
        what: `${what}, read from where no memory is`,
      });
    }
  }

  #clear(moves: readonly number[]): void {
    for (let i = 0; i < moves.length; i += 3) {
      for (let k = 0; k < moves[i + 2]!; k++) {
        for (const frame of [moves[i]! + k, moves[i + 1]! + k]) {
          const bit = frame % BITS;
          this.#bits[bit >> 3]! &= ~(1 << (bit & 7));
        }
      }
    }
  }
}
