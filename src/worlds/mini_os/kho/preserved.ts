/**
 * How Linux' kexec handover would record the same pages: blocks of a power of two, aligned to their
 * own size, as bits of a radix tree ("kho-v2") or of bitmaps that are linked into lists ("kho-v1").
 * [linux:kho_preserve_folio]
 */

/** 2^order pages from frame `pfn` on. */
export interface Block {
  readonly pfn: number;
  readonly order: number;
}

/** Splits frames as a preserve call does: the largest block that is aligned and fits, again and again. */
export function blocksOf(start: number, end: number): Block[] {
  const blocks: Block[] = [];
  for (let pfn = start; pfn < end;) {
    let order = 0;
    while (pfn % 2 ** (order + 1) === 0 && 2 ** (order + 1) <= end - pfn) order++;
    blocks.push({ pfn, order });
    pfn += 2 ** order;
  }
  return blocks;
}

/** Where a block stands in the tree: the position of the highest bit is its order, the rest its number. */
export function radixKey({ pfn, order }: Block): bigint {
  return (1n << BigInt(52 - order)) | (BigInt(pfn) >> BigInt(order));
}

/** Bits in one leaf: a page. */
const LEAF_BITS = 15n;
/** Entries of a table, as bits of the key. */
const TABLE_BITS = 9n;
const TABLES = 5n;

/** Pages of the tree: leaves, and the tables of five levels above them. */
export function radixPages(blocks: readonly Block[]): number {
  if (blocks.length === 0) return 1;
  let pages = 0;
  for (let level = 0n; level <= TABLES; level++) {
    const shift = LEAF_BITS + TABLE_BITS * level;
    pages += new Set(blocks.map((block) => radixKey(block) >> shift)).size;
  }
  return pages;
}

/** One bitmap page covers this many blocks of one order; a list page links 255 bitmaps. */
const BITMAP_BLOCKS = 32768;
const LIST_ENTRIES = 255;

/** Pages of the older form: bitmaps, and the list pages of each order. */
export function bitmapPages(blocks: readonly Block[]): number {
  const perOrder = new Map<number, Set<number>>();
  for (const { pfn, order } of blocks) {
    const chunks = perOrder.get(order) ?? new Set<number>();
    chunks.add(Math.floor(pfn / 2 ** order / BITMAP_BLOCKS));
    perOrder.set(order, chunks);
  }
  let pages = 0;
  for (const chunks of perOrder.values()) {
    pages += chunks.size + Math.ceil(chunks.size / LIST_ENTRIES);
  }
  return pages;
}
