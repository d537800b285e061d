/** Memory as Mini-OS sees it: its map, its page tables, its page allocator. */
export { currentPages, readMemoryMap } from "./map.ts";
export {
  E820_MAX,
  type E820Entry,
  endOf,
  maxPfn,
  type MemoryMap,
  pageUp,
  sanitize,
} from "./e820.ts";
export { freeRanges, type Piece, reachesLastAddress } from "./ranges.ts";
export { buildPageTable, rootOf, writeImageTables } from "./page_tables.ts";
export {
  allocatePages,
  allocatorOf,
  allocPages,
  freeChunk,
  freePages,
  initPageAllocator,
  PAGE_ALLOCATOR,
  reserveMemoryBelow,
  unreserveMemoryBelow,
  writeBitmap,
} from "./allocator.ts";
export { bitmapPages } from "./bitmap_end.ts";
export { type Buddy, type Chunk, ORDER_OFFSET, orderOf, reservedPages } from "./buddy.ts";
