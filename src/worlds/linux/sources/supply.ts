/** Frames that were allocated together and are looked at one after the other. */
import type { FrameList } from "../../../machine/mod.ts";

export class Supply {
  #frames: FrameList = [];
  /** Index of the present run, and the next frame in it. */
  #run = 0;
  #at = 0;

  refill(frames: FrameList): void {
    this.#frames = frames;
    this.#run = 0;
    this.#at = frames[0] ?? 0;
  }

  /** The present run of frames that were not taken yet. */
  peek(): { readonly start: number; readonly end: number } | undefined {
    while (this.#run < this.#frames.length) {
      const end = this.#frames[this.#run + 1]!;
      if (this.#at < end) return { start: this.#at, end };
      this.#run += 2;
      this.#at = this.#frames[this.#run] ?? 0;
    }
    return undefined;
  }

  /** Takes `count` frames of the present run. */
  take(count: number): void {
    this.#at += count;
  }

  /** What is left: start, end, start, end, … */
  rest(): number[] {
    const run = this.peek();
    return run === undefined ? [] : [run.start, run.end, ...this.#frames.slice(this.#run + 2)];
  }
}
