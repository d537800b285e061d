/**
 * Where the bitmap of the page allocator ends: nothing asks whether a page has a bit in it, neither
 * when its size is chosen nor when a chunk is joined with its neighbour.
 */
import { type Decision, type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { fault, isReachable, type Run, tell } from "../steps.ts";
import type { Features } from "../version.ts";
import { type Buddy, type Chunk, neighbourBeyond, ORDER_OFFSET, PAGES_IN_PAGE } from "./buddy.ts";

const PAGE = BigInt(PAGE_SIZE);

/** Pages of the bitmap for so many pages of memory, which the posted releases round down to bytes. */
export function bitmapPages({ coversAllPages }: Features, pages: number): number {
  const bytes = coversAllPages ? Math.ceil(pages / 8) : Math.floor(pages / 8);
  return Math.ceil(bytes / PAGE_SIZE);
}

/** The posted releases forget pages that do not fill a byte, and the bitmap may end right there. */
export function* tellOfShortBitmap(run: Run, pages: number, covered: number): Decision<void> {
  if (pages <= covered) return;
  yield* tell(
    run,
    "bitmap-too-short",
    `the bitmap has a bit for ${covered} of ${pages} pages: those of the last ${
      pages - covered
    } are in the first page behind it, which is handed out`,
    "minios:init_page_allocator",
  );
}

/**
 * Joining a chunk asks the bitmap for its neighbour without looking whether it has a bit for it: what
 * lies behind the bitmap answers, mostly 0, which means free. Then the neighbour's head is believed.
 * `machine` is the one before the chunk was freed.
 */
export function* joinBeyond(
  run: Run,
  buddy: Buddy,
  machine: Machine,
  chunk: Chunk,
): Decision<void> {
  const neighbour = neighbourBeyond(buddy, chunk);
  if (neighbour === undefined || run.features.coversAllPages) return;
  const bit = neighbour.pfn - (buddy.bitmap.end - buddy.bitmap.start) * PAGES_IN_PAGE;
  const answers = buddy.bitmap.end * PAGE_SIZE + Math.floor(bit / 8);
  if (machine.free.get(buddy.bitmap.end) === true) {
    // The head of a free chunk begins with a link: eight bytes aligned, and more of it kx does not know.
    if (bit > 2) return;
  } else if ((readMemory(machine, answers, 1)[0]! & 1 << bit % 8) !== 0) return;
  const head = BigInt(neighbour.pfn) * PAGE;
  const doing = `head of a chunk at ${hex(head)}, which has no bit in the bitmap`;
  if (!isReachable(machine, head + ORDER_OFFSET)) {
    return yield* fault(run, "read", head + ORDER_OFFSET, doing);
  }
  const bytes = readMemory(machine, Number(head), 24);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(16, true) !== neighbour.order) return;
  // It is taken out of its list: the link before it is written through the link behind it.
  const [next, previous] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  for (const at of [previous, BigInt.asUintN(64, next + 8n)]) {
    if (!isReachable(machine, at)) return yield* fault(run, "write", at, doing);
  }
}
