/**
 * The indirection list of a default image: words in indirection pages, as the relocation code reads
 * them. A page holds 511 words and in its last place the way to the next page.
 *
 * One word with a destination for each segment, an empty one too, then one word with a source for
 * each page; the destination moves on by itself. [linux:kimage_add_entry] [linux:for_each_kimage_entry]
 */
import { type Machine, readMemory } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

export const IND_DESTINATION = 1;
export const IND_INDIRECTION = 2;
export const IND_DONE = 4;
export const IND_SOURCE = 8;
/** A page of zeros, without a source: Xen's alone. */
export const IND_ZERO = 16;

/** Words of a page before the one that leads on. */
export const WORDS_PER_PAGE = PAGE_SIZE / 8 - 1;

export interface ListEntry {
  readonly kind: "destination" | "indirection" | "source" | "done" | "zero" | "none";
  /** Byte address. */
  readonly address: number;
}

/** What a walk through the list found. Flat lists, in the order of the list. */
export interface DecodedList {
  /** Byte addresses of destinations, the number of sources before each, and its pages of zeros if any. */
  readonly destinations: readonly {
    readonly dest: number;
    readonly firstSource: number;
    readonly zeros?: number;
  }[];
  /** Frames. */
  readonly sources: readonly number[];
  /** Frames. */
  readonly indirections: readonly number[];
  /** Sources that are their own destination. */
  readonly inPlace: number;
  /** Words from the first indirection page on, links and the terminator included. */
  readonly words: number;
  /** Why the walk ended where it did, if not at a terminator. */
  readonly problem?: string;
}

/** Kinds are tested in the order in which the relocation code tests them. */
export function entryOf(low: number, high: number): ListEntry {
  const address = high * 2 ** 32 + ((low & 0xffff_f000) >>> 0);
  if (low & IND_DESTINATION) return { kind: "destination", address };
  if (low & IND_INDIRECTION) return { kind: "indirection", address };
  if (low & IND_DONE) return { kind: "done", address };
  if (low & IND_SOURCE) return { kind: "source", address };
  if (low & IND_ZERO) return { kind: "zero", address };
  return { kind: "none", address };
}

/** More words than any list can have: all pages of the largest machine, and then a loop. */
const MOST_WORDS = 2 ** 30;

/** The list that was decoded last from some memory: a view asks for it many times in a row. */
const lastDecoded = new WeakMap<Machine["contents"], { head: bigint; list: DecodedList }>();

/**
 * Walks the list in memory from `head` on: what is there now, not what was written once. A head
 * without any flag is the address of the first page of the list, as Xen keeps it.
 */
export function decodeList(machine: Machine, head: bigint): DecodedList {
  const last = lastDecoded.get(machine.contents);
  if (last !== undefined && last.head === head) return last.list;
  const list = walkList(machine, head);
  lastDecoded.set(machine.contents, { head, list });
  return list;
}

function walkList(machine: Machine, head: bigint): DecodedList {
  const destinations: { dest: number; firstSource: number; zeros?: number }[] = [];
  const sources: number[] = [];
  const indirections: number[] = [];
  let inPlace = 0;
  let words = 0;
  let dest = 0;
  let problem: string | undefined;
  let entry = entryOf(Number(head & 0xffff_ffffn), Number(head >> 32n));
  const plainHead = isPageAddress(head);
  if (plainHead) entry = { kind: "indirection", address: entry.address };
  let page: Uint32Array = new Uint32Array(0);
  let at = 0;
  const seen = new Set<number>();
  for (; entry.kind !== "done"; words++) {
    if (entry.kind === "indirection") {
      const frame = entry.address / PAGE_SIZE;
      if (seen.has(frame)) {
        problem = `the list comes back to 0x${entry.address.toString(16)}`;
        break;
      }
      seen.add(frame);
      indirections.push(frame);
      page = new Uint32Array(readMemory(machine, entry.address, PAGE_SIZE).buffer);
      at = 0;
    } else if (entry.kind === "destination") {
      dest = entry.address;
      destinations.push({ dest, firstSource: sources.length });
    } else if (entry.kind === "source") {
      sources.push(entry.address / PAGE_SIZE);
      if (entry.address === dest) inPlace++;
      dest += PAGE_SIZE;
    } else if (entry.kind === "zero" && plainHead) {
      const last = destinations.at(-1);
      if (last !== undefined) last.zeros = (last.zeros ?? 0) + 1;
      dest += PAGE_SIZE;
    }
    if (at >= page.length || words > MOST_WORDS) {
      problem = "the list runs off the end of an indirection page";
      break;
    }
    const low = page[at]!;
    const high = page[at + 1]!;
    at += 2;
    // The kernel's own walk ends at a zero word too, which no finished list has.
    if (low === 0 && high === 0) {
      problem = "the list ends without a terminator";
      break;
    }
    entry = entryOf(low, high);
  }
  return {
    destinations,
    sources,
    indirections,
    inPlace,
    words,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Whether the head of a list is the bare address of its first page. */
export function isPageAddress(head: bigint): boolean {
  return head !== 0n && (head & 0xfffn) === 0n;
}

/** The words themselves as they are in memory, from `head` to the terminator. */
export function listWords(machine: Machine, head: bigint): bigint[] {
  const words = isPageAddress(head) ? [] : [head];
  const { indirections, words: count } = decodeList(machine, head);
  let left = count;
  for (const frame of indirections) {
    const page = new BigUint64Array(readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE).buffer);
    for (const word of page.subarray(0, left)) words.push(word);
    left -= page.length;
    if (left <= 0) break;
  }
  return words;
}

/** A word of the list: an address and what it is. Exact below 2^52, which bounds every address. */
export function wordOf(frame: number, kind: number): number {
  return frame * PAGE_SIZE + kind;
}

/** The bytes of one indirection page: its words, then the link or nothing yet. */
export function encodePage(
  words: readonly number[],
  from: number,
  next: number | undefined,
): Uint8Array {
  const halves = new Uint32Array(PAGE_SIZE / 4);
  // The terminator may stand in the place of the link.
  const room = next === undefined ? WORDS_PER_PAGE + 1 : WORDS_PER_PAGE;
  const end = Math.min(words.length, from + room);
  for (let i = from, at = 0; i < end; i++, at += 2) {
    const word = words[i]!;
    halves[at] = word % 2 ** 32;
    halves[at + 1] = Math.floor(word / 2 ** 32);
  }
  if (next !== undefined) {
    const link = wordOf(next, IND_INDIRECTION);
    halves[2 * WORDS_PER_PAGE] = link % 2 ** 32;
    halves[2 * WORDS_PER_PAGE + 1] = Math.floor(link / 2 ** 32);
  }
  return new Uint8Array(halves.buffer);
}
