/**
 * The bitmap of the page allocator as it lies in memory: a bit for each page, set while the page is
 * allocated. The allocator puts it on the first pages behind the page tables, whatever lies there, and
 * the next kernel finds what is left of it: the start info that it builds passes stale bytes on.
 * [minios:init_page_allocator]
 */
import type { Recipe } from "../../../machine/mod.ts";
import type { Buddy } from "./buddy.ts";

/** The bitmap of `size` bytes; pages that it has no bit for are left out. Made when it is asked for. */
export function bitmapOf(buddy: Buddy, size: number): Recipe {
  let made: Uint8Array | undefined;
  return {
    kind: "computed",
    length: size,
    label: "a bit for each page, set while it is allocated",
    bytes: () => made ??= bytesOf(buddy, size),
  };
}

function bytesOf({ lists }: Buddy, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0xff);
  for (const [order, list] of lists.entries()) {
    for (const pfn of list) clear(bytes, pfn, pfn + 2 ** order);
  }
  return bytes;
}

/** Pages `[start, end)` are free. A chunk is a part of one byte, or whole bytes. */
function clear(bytes: Uint8Array, start: number, end: number): void {
  const first = Math.floor(start / 8);
  if (end - start >= 8) return void bytes.fill(0, first, end / 8);
  if (first >= bytes.length) return;
  for (let page = start; page < end; page++) bytes[first]! &= ~(1 << page % 8);
}
