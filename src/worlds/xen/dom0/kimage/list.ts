/**
 * The list of dom0's own image: words as wide as its `long`, the last word of each page leading to
 * the next, and a head that leads to the first. There is no word for a page of zeros: those are real
 * pages. [linux-uek:kimage_add_entry]
 */
import { type Machine, pfnOfFrame } from "../../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../../memory/mod.ts";
import {
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
} from "../../../../execution/mod.ts";
import { eachFrame } from "../pages.ts";
import { forgets } from "../settings.ts";

/** What goes to one destination: byte address, and the frames that hold it. */
export interface ListPiece {
  readonly dest: number;
  readonly frames: readonly number[];
}

/** Pages of a list of so many words, the end included. */
export function listPages(words: number, width: 64 | 32): number {
  return Math.max(1, Math.ceil(words / (PAGE_SIZE / (width / 8) - 1)));
}

export interface EncodedList {
  readonly head: bigint;
  /** Bytes of each page, in the order of the list. */
  readonly pages: readonly { readonly frame: number; readonly bytes: Uint8Array }[];
  readonly words: number;
}

/** `frames` are the pages of the list, in its order. */
export function encodeList(
  machine: Machine,
  pieces: readonly ListPiece[],
  frames: readonly number[],
  width: 64 | 32,
): EncodedList {
  // Addresses stay below 2^52, so the words are exact as numbers.
  const words: number[] = [];
  const sources = forgets(machine, "sources");
  for (const { dest, frames: runs } of pieces) {
    words.push(dest + IND_DESTINATION);
    for (const frame of eachFrame(runs)) words.push(placeOf(machine, frame, sources) + IND_SOURCE);
  }
  words.push(IND_DONE);
  const links = forgets(machine, "links");
  const link = (frame: number) => placeOf(machine, frame, links) + IND_INDIRECTION;
  const perPage = PAGE_SIZE / (width / 8) - 1;
  const pages = frames.map((frame, i) => {
    const own = words.slice(i * perPage, (i + 1) * perPage);
    const next = frames[i + 1];
    if (next !== undefined) own.push(link(next));
    return { frame, bytes: encodeWords(own, width) };
  });
  return { head: BigInt(link(frames[0]!)), pages, words: words.length };
}

/** One page, zeros behind the words; of a 32-bit guest's words the low half. */
function encodeWords(words: readonly number[], width: 64 | 32): Uint8Array {
  const halves = new Uint32Array(PAGE_SIZE / 4);
  const step = width / 32;
  for (let i = 0; i < words.length; i++) {
    halves[i * step] = words[i]! % 2 ** 32;
    if (step === 2) halves[2 * i + 1] = Math.floor(words[i]! / 2 ** 32);
  }
  return new Uint8Array(halves.buffer);
}

/** The machine's address of a frame; dom0's own where the translation was forgotten. */
export function addressOf(machine: Machine, frame: number, forgotten: boolean): bigint {
  return BigInt(placeOf(machine, frame, forgotten));
}

function placeOf(machine: Machine, frame: number, forgotten: boolean): number {
  const pfn = forgotten ? pfnOfFrame(machine.p2m, frame) : undefined;
  return (pfn ?? frame) * PAGE_SIZE;
}
