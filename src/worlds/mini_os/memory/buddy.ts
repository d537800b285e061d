/**
 * Mini-OS's page allocator: lists of free chunks, one for each power of two. A chunk is taken from
 * the front of a list and put back at the front, the lower half of a split chunk is the one that is
 * handed out, and a freed chunk is joined with its neighbour as often as that is free. Pure values:
 * each operation gives a new state. [minios:alloc_pages] [minios:free_pages]
 *
 * Simplified: the head of a chunk is not written into its first 24 bytes.
 */
import type { Range } from "../../../memory/mod.ts";

/** Lists: orders 0 to 51. */
export const FREE_LISTS = 52;

/** A run of `2^order` pages, aligned to its own size. `pfn` is its first page. */
export interface Chunk {
  readonly pfn: number;
  readonly order: number;
}

export interface Buddy {
  /** First pages of the free chunks of each order; the last of a list is handed out next. */
  readonly lists: readonly (readonly number[])[];
  /** What the allocator counts, in pages. */
  readonly freePages: number;
  /** No page below is handed out or joined: set while a kexec is prepared, else 0. */
  readonly boundaryPfn: number;
  /** Pages below the boundary that were freed, or taken out; the last goes back first. */
  readonly reserved: readonly Chunk[];
  /** The frames of the bitmap, which is written at boot. */
  readonly bitmap: Range;
}

export const NO_BUDDY: Buddy = {
  lists: Array.from({ length: FREE_LISTS }, () => []),
  freePages: 0,
  boundaryPfn: 0,
  reserved: [],
  bitmap: { start: 0, end: 0 },
};

/** Adds free pages at boot, from low to high, in the largest aligned chunks. */
export function addRange(buddy: Buddy, startPfn: number, endPfn: number): Buddy {
  const lists = buddy.lists.map((list) => [...list]);
  for (let pfn = startPfn; pfn < endPfn;) {
    let order = 0;
    while (2 ** (order + 1) <= endPfn - pfn && pfn % 2 ** (order + 1) === 0) order++;
    lists[order]!.push(pfn);
    pfn += 2 ** order;
  }
  return { ...buddy, lists, freePages: buddy.freePages + Math.max(0, endPfn - startPfn) };
}

/** The chunk that a request gets, or undefined: too few pages, or no chunk is large enough. */
export function takeChunk(buddy: Buddy, order: number): { pfn: number; buddy: Buddy } | undefined {
  if (order < 0 || order >= FREE_LISTS || 2 ** order > buddy.freePages) return undefined;
  let from = order;
  while (from < FREE_LISTS && buddy.lists[from]!.length === 0) from++;
  if (from === FREE_LISTS) return undefined;
  const lists = [...buddy.lists];
  const pfn = lists[from]!.at(-1)!;
  lists[from] = lists[from]!.slice(0, -1);
  while (from > order) {
    from--;
    lists[from] = [...lists[from]!, pfn + 2 ** from];
  }
  return { pfn, buddy: { ...buddy, lists, freePages: buddy.freePages - 2 ** order } };
}

/** What a freed chunk became: `freed` are the pages that can be handed out again. */
export interface Given {
  readonly buddy: Buddy;
  readonly freed: readonly Chunk[];
}

/** Frees a chunk; its pages below the boundary are only kept in mind. */
export function giveChunk(buddy: Buddy, { pfn, order }: Chunk): Given {
  if (pfn >= buddy.boundaryPfn) {
    return { buddy: joined(buddy, { pfn, order }), freed: [{ pfn, order }] };
  }
  return keepBelow(buddy, { pfn, order });
}

/** [minios:free_pages_below] */
function keepBelow(buddy: Buddy, { pfn, order }: Chunk): Given {
  const end = pfn + 2 ** order;
  if (end <= buddy.boundaryPfn) {
    return { buddy: { ...buddy, reserved: [...buddy.reserved, { pfn, order }] }, freed: [] };
  }
  const reserved = [...buddy.reserved];
  const freed: Chunk[] = [];
  let page = pfn;
  for (; page < buddy.boundaryPfn; page++) reserved.push({ pfn: page, order: 0 });
  let after: Buddy = { ...buddy, reserved };
  for (; page < end; page++) {
    const chunk = { pfn: page, order: 0 };
    after = joined(after, chunk);
    freed.push(chunk);
  }
  return { buddy: after, freed };
}

/** The first page of the chunk with which a chunk makes a larger one. */
function neighbourOf({ pfn, order }: Chunk): number {
  const size = 2 ** order;
  return Math.floor(pfn / size) % 2 === 1 ? pfn - size : pfn + size;
}

/**
 * The neighbour with which a freed chunk, joined as far as it goes, would be joined next and that has no
 * bit in the bitmap; undefined: all neighbours that are looked at have one.
 */
export function neighbourBeyond(buddy: Buddy, chunk: Chunk): Chunk | undefined {
  const pages = (buddy.bitmap.end - buddy.bitmap.start) * PAGES_IN_PAGE;
  let { pfn, order } = chunk;
  for (; order < FREE_LISTS; order++) {
    const neighbour = neighbourOf({ pfn, order });
    if (neighbour >= pages) return { pfn: neighbour, order };
    if (!buddy.lists[order]!.includes(neighbour)) return undefined;
    pfn = Math.min(pfn, neighbour);
  }
  return undefined;
}

/** Bits in a page of the bitmap. */
export const PAGES_IN_PAGE = 32768;

function joined(buddy: Buddy, chunk: Chunk): Buddy {
  let { pfn, order } = chunk;
  const lists = [...buddy.lists];
  for (; order < FREE_LISTS - 1; order++) {
    const neighbour = neighbourOf({ pfn, order });
    if (!lists[order]!.includes(neighbour)) break;
    lists[order] = lists[order]!.filter((head) => head !== neighbour);
    pfn = Math.min(pfn, neighbour);
  }
  lists[order] = [...lists[order]!, pfn];
  return { ...buddy, lists, freePages: buddy.freePages + 2 ** chunk.order };
}

/** How taking the pages below a boundary out of the allocator ended. */
export type Reserved =
  | { readonly kind: "done"; readonly buddy: Buddy; readonly taken: readonly Chunk[] }
  /** A boundary was set already: an assertion fails. */
  | { readonly kind: "already-set" }
  /** The walk went on from a chunk whose link had been overwritten: it read its order at this address. */
  | { readonly kind: "fault"; readonly address: bigint; readonly chunk: Chunk };

/**
 * Takes every free page below `boundary` (bytes) out of the allocator. The walk over a list goes on
 * from the chunk that it has just taken out; by then the chunk's link leads into the list of reserved
 * chunks, which is empty, so the next chunk is the null pointer and reading its order faults. `walksOn`
 * keeps the link first, as the authors meant. [minios:reserve_memory_below]
 */
export function reserveBelow(buddy: Buddy, boundary: number, walksOn: boolean): Reserved {
  if (buddy.boundaryPfn !== 0) return { kind: "already-set" };
  let after: Buddy = { ...buddy, boundaryPfn: Math.floor(boundary / 4096) };
  const taken: Chunk[] = [];
  for (let order = 0; order < FREE_LISTS; order++) {
    for (const pfn of [...after.lists[order]!].reverse()) {
      if (pfn >= after.boundaryPfn) continue;
      const chunk = { pfn, order };
      if (!walksOn) return { kind: "fault", address: ORDER_OFFSET, chunk };
      // Pieces above the boundary go into lists of lower orders, which were walked already.
      const lists = [...after.lists];
      lists[order] = lists[order]!.filter((head) => head !== pfn);
      after = { ...after, lists, freePages: after.freePages - 2 ** order };
      after = keepBelow(after, chunk).buddy;
      taken.push({ pfn, order });
    }
  }
  return { kind: "done", buddy: after, taken };
}

/** Where the order stands in the head of a chunk, after two links; it is written first. */
export const ORDER_OFFSET = 0x10n;

/** Puts back what was kept below the boundary, the last first. [minios:unreserve_memory_below] */
export function unreserve(buddy: Buddy): Given {
  let after: Buddy = { ...buddy, boundaryPfn: 0, reserved: [] };
  const freed: Chunk[] = [];
  for (const chunk of [...buddy.reserved].reverse()) {
    after = joined(after, chunk);
    freed.push(chunk);
  }
  return { buddy: after, freed };
}

/** Pages in the list of reserved chunks. */
export function reservedPages(buddy: Buddy): number {
  return buddy.reserved.reduce((sum, { order }) => sum + 2 ** order, 0);
}

/** The order of a request for `bytes`. [minios:get_order] */
export function orderOf(bytes: number): number {
  let order = 0;
  while (2 ** order * 4096 < bytes) order++;
  return order;
}
