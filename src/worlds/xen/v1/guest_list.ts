/**
 * The list of a v1 image as it lies in the guest's pages: words as wide as the guest's `long`, an
 * address and a flag each. Xen reads it by machine address, straight from memory.
 */
import { type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import type { Width } from "../abi/mod.ts";

export interface GuestWord {
  readonly kind: "destination" | "indirection" | "done" | "source" | "other";
  /** Halves of the word. */
  readonly low: number;
  readonly high: number;
  /** Byte address of any 64 bits: a multiple of a page, so the number is exact. */
  readonly address: number;
  /** Where the word stands, bytes. */
  readonly at: number;
}

/** What ends a walk. `at` in bytes. */
export type WalkEnd =
  | { readonly kind: "done" }
  /** The next word would be read where no memory is. */
  | { readonly kind: "no-memory"; readonly at: number }
  /** A page leads to itself, or round in a circle. */
  | { readonly kind: "endless"; readonly at: number };

/** More than any list has: all pages of 64 GiB. */
const MOST_WORDS = 2 ** 24;

/** Xen looks at the low four bits, and at all of them at once. [xen:kimage_build_ind] */
function kindOf(low: number): GuestWord["kind"] {
  switch (low & 15) {
    case 1:
      return "destination";
    case 2:
      return "indirection";
    case 4:
      return "done";
    case 8:
      return "source";
    default:
      return "other";
  }
}

/** Whether a walk that comes by the link at `at` goes on; if not, it counts as endless. */
export type GoesOn = (at: number) => boolean;

/** A walk that changes nothing ends nowhere once it meets a link again. */
function onlyOnce(): GoesOn {
  const seen = new Set<number>();
  return (at) => {
    if (seen.has(at)) return false;
    seen.add(at);
    return true;
  };
}

/**
 * Every word from the page of `start` on, and how the list ends. Words behind the end of a page are
 * those of the next page. Costs the words that it gives; `goesOn` is asked at each link, so that a
 * circle can be noticed.
 */
export function* guestWords(
  machine: Machine,
  start: bigint,
  width: Width,
  goesOn: GoesOn = onlyOnce(),
): Generator<GuestWord, WalkEnd, void> {
  const step = width / 32;
  let page = Number(start & ~0xfffn);
  let halves: Uint32Array | undefined;
  let next = 0;
  for (let count = 0; count < MOST_WORDS; count++) {
    if (halves === undefined || next === halves.length) {
      if (halves !== undefined) page += PAGE_SIZE;
      if (!hasMemory(machine, page)) return { kind: "no-memory", at: page };
      halves = new Uint32Array(readMemory(machine, page, PAGE_SIZE).buffer);
      next = 0;
    }
    const low = halves[next]!;
    const high = step === 2 ? halves[next + 1]! : 0;
    const address = high * 2 ** 32 + ((low & ~0xfff) >>> 0);
    const at = page + next * 4;
    const kind = kindOf(low);
    yield { kind, low, high, address, at };
    if (kind === "done") return { kind: "done" };
    next += step;
    if (kind !== "indirection") continue;
    if (!goesOn(at)) return { kind: "endless", at };
    page = address;
    halves = undefined;
  }
  return { kind: "endless", at: page };
}

/** Whether Xen or the relocation code can read at a byte address: RAM, or the first MiB. */
export function hasMemory(machine: Machine, at: number): boolean {
  if (at >= 2 ** 52) return false;
  const frame = Math.floor(at / PAGE_SIZE);
  return frame < 256 || machine.ram.some((r) => frame >= r.start && frame < r.end);
}
