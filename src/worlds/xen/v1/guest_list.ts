/**
 * The list of a v1 image as it lies in the guest's pages: words as wide as the guest's `long`, an
 * address and a flag each. Xen reads it by machine address, straight from memory.
 */
import { type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import type { Width } from "../abi/mod.ts";

export type GuestWord = {
  readonly kind: "destination" | "indirection" | "done" | "source" | "other";
  readonly word: bigint;
  /** Byte address, page aligned. */
  readonly address: bigint;
  /** Where the word stands, bytes. */
  readonly at: bigint;
};

/** What ends a walk that finds no end of the list. */
export type WalkEnd =
  | { readonly kind: "done" }
  /** The next word would be read where no memory is. */
  | { readonly kind: "no-memory"; readonly at: bigint }
  /** A page leads to itself, or round in a circle. */
  | { readonly kind: "endless"; readonly at: bigint };

const KINDS = { 1: "destination", 2: "indirection", 4: "done", 8: "source" } as const;

/** Xen looks at the low four bits, and at all of them at once. [xen:kimage_build_ind] */
export function wordAt(word: bigint, at: bigint): GuestWord {
  const kind = KINDS[Number(word & 15n) as keyof typeof KINDS] ?? "other";
  return { kind, word, address: word & ~0xfffn, at };
}

/** More than any list has: all pages of 64 GiB. */
const MOST_WORDS = 2 ** 24;

/**
 * Every word from the page of `start` on, and how the list ends. Words behind the end of a page are
 * those of the next page. Costs the words that it gives; a circle is noticed when a link is met
 * again.
 */
export function* guestWords(
  machine: Machine,
  start: bigint,
  width: Width,
  readable: (machine: Machine, at: bigint) => boolean,
): Generator<GuestWord, WalkEnd, void> {
  const size = width / 8;
  const seen = new Set<bigint>();
  let at = start & ~0xfffn;
  let page: DataView | undefined;
  for (let count = 0; count < MOST_WORDS; count++) {
    const offset = Number(at & 0xfffn);
    if (page === undefined || offset === 0) {
      if (!readable(machine, at)) return { kind: "no-memory", at };
      const bytes = readMemory(machine, Number(at & ~0xfffn), PAGE_SIZE);
      page = new DataView(bytes.buffer);
    }
    const value = size === 8
      ? page.getBigUint64(offset, true)
      : BigInt(page.getUint32(offset, true));
    const word = wordAt(value, at);
    yield word;
    at += BigInt(size);
    if (word.kind === "done") return { kind: "done" };
    if (word.kind !== "indirection") continue;
    if (seen.has(word.at)) return { kind: "endless", at: word.at };
    seen.add(word.at);
    at = word.address;
    page = undefined;
  }
  return { kind: "endless", at };
}
