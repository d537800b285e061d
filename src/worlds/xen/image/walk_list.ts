/**
 * The walk that frees a list: through the words as they are in memory now, whoever wrote them. It ends
 * at a zero word or one with the bit of the end; it goes on behind the end of a page, since Xen has
 * all memory mapped in a row. [xen:for_each_kimage_entry]
 */
import { isRam, type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";

const INDIRECTION = 2;
const DONE = 4;
const SOURCE = 8;
/** Pages looked at before the walk counts as endless. */
const MOST_PAGES = 1 << 20;

export type Stop =
  | { readonly kind: "page"; readonly frame: number; readonly word: bigint; readonly at: number }
  /** A link or a page end led where there is no RAM. */
  | { readonly kind: "no-ram"; readonly frame: number }
  | { readonly kind: "endless" };

/** Pages to be freed, in order; then where it ran off, if it did. */
export function* walkList(machine: Machine, head: bigint): Generator<Stop, void, void> {
  let frame = Number(head >> 12n);
  let previous: Extract<Stop, { kind: "page" }> | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    if (!isRam(machine, frame)) return yield { kind: "no-ram", frame };
    const bytes = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
    const halves = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE_SIZE / 4);
    let next = frame + 1;
    for (let i = 0; i < halves.length; i += 2) {
      const low = halves[i]!;
      const high = halves[i + 1]!;
      if ((low === 0 && high === 0) || (low & DONE) !== 0) {
        if (previous !== undefined) yield previous;
        return;
      }
      if ((low & (INDIRECTION | SOURCE)) === 0) continue;
      const target = high * 2 ** 20 + (low >>> 12);
      const word = (BigInt(high) << 32n) | BigInt(low);
      const page = { kind: "page", frame: target, word, at: frame * PAGE_SIZE + i * 4 } as const;
      if ((low & INDIRECTION) === 0) {
        yield page;
        continue;
      }
      // A page of the list is freed when the next one is reached, so that it can still be read.
      if (previous !== undefined) yield previous;
      previous = page;
      next = target;
      break;
    }
    frame = next;
  }
  yield { kind: "endless" };
}
