/**
 * Which pages have memory behind them. A write elsewhere is lost, and a read gives whatever the bus
 * gives. Observed: page 0 and the page of the extended BIOS data area take what is written, a page of
 * ROM and one in an empty hole do not.
 */
import type { Machine } from "../machine/mod.ts";
import { normalize, PAGE_SIZE, type Range } from "../memory/mod.ts";

/** Below it a PC has memory throughout; from there to 1 MiB lie video memory and ROM. */
const LOW_MEMORY = 640 * 1024 / PAGE_SIZE;
const FIRST_MIB = 256;

/**
 * Frames, ascending and joined: RAM, what firmware keeps in RAM, and reserved regions that adjoin
 * them. Simplified: a firmware map does not say what a reserved region is made of.
 */
export function backedFrames(machine: Machine): Range[] {
  const ranges: Range[] = [];
  const undecided: Range[] = [];
  for (const { range, type } of machine.firmware) {
    const frames = {
      start: Math.floor(range.start / PAGE_SIZE),
      end: Math.ceil(range.end / PAGE_SIZE),
    };
    if (frames.start < FIRST_MIB) {
      const end = Math.min(frames.end, LOW_MEMORY);
      if (end > frames.start) ranges.push({ start: frames.start, end });
      if (frames.end > FIRST_MIB) ranges.push({ start: FIRST_MIB, end: frames.end });
    } else if (type === "reserved" || type === "other") undecided.push(frames);
    else ranges.push(frames);
  }
  for (const piece of undecided.sort((a, b) => a.start - b.start)) {
    if (ranges.some((r) => r.end === piece.start || piece.end === r.start)) ranges.push(piece);
  }
  return normalize(ranges);
}

/** Answers for one frame after the other; mostly the same range as before. */
export class BackedMemory {
  readonly #ranges: readonly Range[];
  #last: Range = { start: 0, end: 0 };

  constructor(machine: Machine) {
    this.#ranges = backedFrames(machine);
  }

  has(frame: number): boolean {
    if (frame >= this.#last.start && frame < this.#last.end) return true;
    const found = this.#ranges.find((r) => frame >= r.start && frame < r.end);
    if (found !== undefined) this.#last = found;
    return found !== undefined;
  }
}
