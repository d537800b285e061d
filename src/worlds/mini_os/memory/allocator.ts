/**
 * The page allocator in the machine: its lists are a record, its free pages are the machine's free
 * frames. Every page that is handed out or given back goes through here.
 */
import {
  type Decision,
  flatten,
  type FrameList,
  type Machine,
  type Owner,
} from "../../../machine/mod.ts";
import { normalize, PAGE_SIZE, type Range, subtract } from "../../../memory/mod.ts";
import { failed, hex, isMadeToFail } from "../../../routine/mod.ts";
import { keep, memoryMapOf } from "../state.ts";
import { bug, emit, fault, isReachable, print, printRoutine, type Run } from "../steps.ts";
import { bitmapOf } from "./bitmap.ts";
import { bitmapPages, joinBeyond, tellOfShortBitmap } from "./bitmap_end.ts";
import {
  addRange,
  type Buddy,
  type Chunk,
  giveChunk,
  NO_BUDDY,
  reserveBelow,
  takeChunk,
  unreserve,
} from "./buddy.ts";
import { freeRanges, type Piece, reachesLastAddress } from "./ranges.ts";

/** The record with the lists. */
export const PAGE_ALLOCATOR = "mini_os.page_allocator";

const PAGE = BigInt(PAGE_SIZE);
/** What is written into the head of a free chunk, in order: its order, then two links. */
const HEAD_WRITES: readonly (readonly [offset: bigint, length: bigint])[] = [
  [0x10n, 4n],
  [0n, 8n],
  [8n, 8n],
];
/** The bitmap is written by words of 64 pages. */
const WORD = 8n;

export function allocatorOf(machine: Machine): Buddy {
  return machine.records.get(PAGE_ALLOCATOR) as Buddy | undefined ?? NO_BUDDY;
}

/** Pages that the allocator counts as free. */
export function freePages(machine: Machine): number {
  return allocatorOf(machine).freePages;
}

/**
 * Takes the pages of RAM in `[min, max)` (bytes) but for those `excluded` tells, behind its own bitmap,
 * which has one bit for each page up to `max`. [minios:init_page_allocator]
 */
export function* initPageAllocator(
  run: Run,
  min: number,
  max: number,
  excluded: () => Decision<readonly Piece[] | undefined>,
): Decision<void> {
  yield* printRoutine(run, `MM: Initialise page allocator for ${range(min, max)}`);
  const start = Math.ceil(min / PAGE_SIZE) * PAGE_SIZE;
  const end = Math.floor(max / PAGE_SIZE) * PAGE_SIZE;
  const bitmapSize = bitmapPages(run.features, end / PAGE_SIZE) * PAGE_SIZE;
  const firstPage = start + bitmapSize;
  yield* tellOfShortBitmap(run, end / PAGE_SIZE, bitmapSize * 8);
  for (let at = start; at < firstPage; at += PAGE_SIZE) {
    if (!isReachable(run.machine, BigInt(at))) {
      return yield* fault(run, "write", BigInt(at), "bitmap of the page allocator");
    }
  }
  const map = memoryMapOf(run.machine);
  if (reachesLastAddress(map.entries)) return yield* bug(run, "RAM reaches the last address");
  let buddy = NO_BUDDY;
  const kept = yield* excluded();
  for (const piece of freeRanges(map, BigInt(firstPage), BigInt(end), kept)) {
    yield* printRoutine(run, `    Adding memory range ${digits(piece.from)}-${digits(piece.to)}`);
    if (piece.from > piece.to) {
      const behind = behindReachable(run.machine, BigInt(start) + piece.from / PAGE / 64n * WORD);
      return yield* fault(run, "write", behind, "bitmap of the page allocator, which it runs past");
    }
    const lost = unreachableHead(run.machine, piece);
    if (lost !== undefined) {
      return yield* fault(run, "write", lost, "head of a free chunk of the page allocator");
    }
    buddy = addRange(buddy, Number(piece.from / PAGE), Number(piece.to / PAGE));
  }
  buddy = { ...buddy, bitmap: { start: start / PAGE_SIZE, end: firstPage / PAGE_SIZE } };
  yield* keep(run, PAGE_ALLOCATOR, buddy, `page allocator: ${buddy.freePages} pages are free`);
  yield* settleFrames(run, buddy);
  yield* writeBitmap(run);
}

/**
 * Puts the bitmap into memory as it is now.
 * Simplified: only at boot and when the kernel is left, not at each request.
 */
export function* writeBitmap(run: Run): Decision<void> {
  const buddy = allocatorOf(run.machine);
  const { start, end } = buddy.bitmap;
  if (start === end) return;
  yield* emit(run, {
    kind: "frames-written",
    frames: [start, end],
    recipe: bitmapOf(buddy, (end - start) * PAGE_SIZE),
    shifts: [start],
    what: "bitmap of the page allocator",
  });
}

/** Frames are free as the allocator has them; nobody's memory is the kernel's that does not use it. */
function* settleFrames(run: Run, buddy: Buddy): Decision<void> {
  const { bitmap } = buddy;
  const free = buddy.lists.flatMap((list, order) =>
    list.map((pfn) => ({ start: pfn, end: pfn + 2 ** order }))
  ).sort((a, b) => a.start - b.start);
  const joined: Range[] = [];
  for (const piece of free) {
    const last = joined.at(-1);
    if (last !== undefined && last.end === piece.start) {
      joined[joined.length - 1] = { start: last.start, end: piece.end };
    } else joined.push(piece);
  }
  // With no memory at all the bitmap has no page.
  if (bitmap.end > bitmap.start) {
    yield* emit(run, {
      kind: "frames-claimed",
      frames: [bitmap.start, bitmap.end],
      owner: { kind: "kernel", label: "bitmap of the page allocator" },
    });
  }
  const left = [...run.machine.free.from()].flatMap(({ start, end }) =>
    subtract({ start, end }, joined)
  );
  if (left.length > 0) {
    yield* emit(run, {
      kind: "frames-claimed",
      frames: flatten(left),
      owner: { kind: "reserved", label: "not given to the page allocator" },
    });
  }
  const given = joined.flatMap((piece) =>
    subtract(piece, [...run.machine.free.within(piece.start, piece.end)])
  );
  if (given.length > 0) {
    yield* emit(run, {
      kind: "frames-freed",
      frames: flatten(given),
      why: "given to the page allocator",
    });
  }
}

/**
 * Where memory that is reachable from `at` on ends. A piece that ends before it begins (the kernel has
 * fewer pages than its image) has a length that wrapped: its pages are marked as free until the bitmap
 * runs out of memory. [minios:init_page_allocator]
 */
function behindReachable(machine: Machine, at: bigint): bigint {
  const page = Number(at / PAGE);
  const range = machine.ram.find((r) => r.start <= page && page < r.end);
  return range === undefined ? at : behindReachable(machine, BigInt(range.end) * PAGE);
}

/** The first byte of a chunk's head that is written and not there. */
function unreachableByte(machine: Machine, head: bigint): bigint | undefined {
  for (const [offset, length] of HEAD_WRITES) {
    const first = BigInt.asUintN(64, head + offset);
    if (!isReachable(machine, first)) return first;
    const last = BigInt.asUintN(64, first + length - 1n);
    if (!isReachable(machine, last)) return last / PAGE * PAGE;
  }
  return undefined;
}

/**
 * The first write of the allocator that meets no memory. A piece that does not end at a page makes the
 * number of bytes that are left wrap, and the loop goes on for ever.
 */
function unreachableHead(machine: Machine, { from, to }: Piece): bigint | undefined {
  let at = from;
  let left = BigInt.asUintN(64, to - from);
  if (from % PAGE === 0n && to % PAGE === 0n && from <= to) {
    // Whole pages: a head that lies in RAM is all that is asked.
    for (const hole of holes(machine, Number(from / PAGE), Number(to / PAGE))) {
      const head = headFrom(from, to, hole);
      if (head !== undefined) return unreachableByte(machine, head);
    }
    return undefined;
  }
  while (left !== 0n) {
    const lost = unreachableByte(machine, at);
    if (lost !== undefined) return lost;
    let shift = 12n;
    while (shift < 63n && 1n << (shift + 1n) <= left && (at >> shift & 1n) === 0n) shift++;
    at = BigInt.asUintN(64, at + (1n << shift));
    left = BigInt.asUintN(64, left - (1n << shift));
  }
  return undefined;
}

/** Frames of a range that are no RAM, as ranges. */
function holes(machine: Machine, start: number, end: number): Range[] {
  return subtract({ start, end }, machine.ram);
}

/** The first chunk of `[from, to)` whose head lies in the hole. */
function headFrom(from: bigint, to: bigint, hole: Range): bigint | undefined {
  let pfn = Number(from / PAGE);
  const end = Number(to / PAGE);
  while (pfn < end && pfn < hole.end) {
    if (pfn >= hole.start) return BigInt(pfn) * PAGE;
    let size = 1;
    while (size * 2 <= end - pfn && pfn % (size * 2) === 0) size *= 2;
    pfn += size;
  }
  return undefined;
}

/**
 * `2^order` pages in a row; the first page, or undefined: none are left, or the request was made to
 * fail. [minios:alloc_pages]
 */
export function* allocPages(run: Run, order: number, owner: Owner): Decision<number | undefined> {
  if (isMadeToFail(run)) return yield* failed(run, order, owner);
  const found = takeChunk(allocatorOf(run.machine), order);
  if (found === undefined) {
    yield* print(run, `Cannot handle page request order ${order}!`);
    return yield* failed(run, order, owner);
  }
  const { pfn, buddy } = found;
  const frames = [pfn, pfn + 2 ** order];
  yield* keep(run, PAGE_ALLOCATOR, buddy, `page allocator: ${buddy.freePages} pages are free`);
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor: 0 });
  return pfn;
}

/**
 * `count` single pages, in the order in which they are handed out; undefined: not enough are left, or
 * the request was made to fail. Counts as one request.
 */
export function* allocatePages(
  run: Run,
  count: number,
  owner: Owner,
): Decision<readonly number[] | undefined> {
  if (isMadeToFail(run)) return yield* failed(run, 0, owner);
  const pages: number[] = [];
  let buddy = allocatorOf(run.machine);
  while (pages.length < count) {
    const found = takeChunk(buddy, 0);
    if (found === undefined) {
      yield* print(run, "Cannot handle page request order 0!");
      return yield* failed(run, 0, owner);
    }
    pages.push(found.pfn);
    buddy = found.buddy;
  }
  yield* keep(run, PAGE_ALLOCATOR, buddy, `page allocator: ${buddy.freePages} pages are free`);
  const frames = framesOf(pages.map((pfn) => ({ pfn, order: 0 })));
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor: 0 });
  return pages;
}

/** Gives a chunk back; below the boundary of a kexec it is only kept in mind. [minios:free_pages] */
export function* freeChunk(run: Run, chunk: Chunk, why: string): Decision<void> {
  const { machine } = run;
  const before = allocatorOf(machine);
  const { buddy, freed } = giveChunk(before, chunk);
  yield* keep(run, PAGE_ALLOCATOR, buddy, `page allocator: ${buddy.freePages} pages are free`);
  if (freed.length > 0) yield* emit(run, { kind: "frames-freed", frames: framesOf(freed), why });
  if (chunk.pfn >= before.boundaryPfn) yield* joinBeyond(run, allocatorOf(machine), machine, chunk);
  const kept = subtract(
    { start: chunk.pfn, end: chunk.pfn + 2 ** chunk.order },
    freed.map((c) => ({ start: c.pfn, end: c.pfn + 2 ** c.order })),
  );
  if (kept.length > 0) {
    yield* emit(run, { kind: "frames-reassigned", frames: flatten(kept), owner: BELOW });
  }
}

const BELOW: Owner = { kind: "parked", label: "below the end of the new kernel" };

/**
 * Takes every free page below `boundary` (bytes) out of the allocator, so that nothing that is
 * allocated from now on lies where the new kernel goes. In every posted release any free chunk below
 * the boundary is the end of the running kernel. [minios:reserve_memory_below]
 */
export function* reserveMemoryBelow(run: Run, boundary: number): Decision<void> {
  const reserved = reserveBelow(
    allocatorOf(run.machine),
    boundary,
    run.features.walksListSafely,
  );
  if (reserved.kind === "already-set") {
    const line = run.features.hasModule ? 310 : 275;
    return yield* bug(run, `ASSERTION FAILED: !boundary_pfn at mm.c:${line}.\n`);
  }
  if (reserved.kind === "fault") {
    const { pfn, order } = reserved.chunk;
    const pages = 2 ** order;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "reserve-walks-off",
        message: `${pages === 1 ? "page" : `${pages} pages from`} ${hex(pfn * PAGE_SIZE)} ${
          pages === 1 ? "is" : "are"
        } free and below ${
          hex(boundary)
        }: taking a chunk out of its list overwrites the link to the next`,
        key: "reserve-walks-off",
        cite: "minios:reserve_memory_below",
      },
    });
    return yield* fault(run, "read", reserved.address, "next chunk of a free list");
  }
  const { buddy, taken } = reserved;
  yield* keep(run, PAGE_ALLOCATOR, buddy, `page allocator: no page below ${hex(boundary)}`);
  if (taken.length === 0) return;
  const below = Math.floor(boundary / PAGE_SIZE);
  const frames = taken.map(({ pfn, order }) => ({
    start: pfn,
    end: Math.min(pfn + 2 ** order, below),
  })).sort((a, b) => a.start - b.start);
  yield* emit(run, { kind: "frames-reassigned", frames: flatten(frames), owner: BELOW });
}

/** [minios:unreserve_memory_below] */
export function* unreserveMemoryBelow(run: Run): Decision<void> {
  const { buddy, freed } = unreserve(allocatorOf(run.machine));
  yield* keep(run, PAGE_ALLOCATOR, buddy, "page allocator: no boundary");
  if (freed.length === 0) return;
  yield* emit(run, { kind: "frames-freed", frames: framesOf(freed), why: "no boundary any more" });
}

function framesOf(chunks: readonly Chunk[]): FrameList {
  return flatten(normalize(
    chunks.map(({ pfn, order }) => ({ start: pfn, end: pfn + 2 ** order })),
  ));
}

/** Addresses as printk's %lx writes them. */
function digits(value: number | bigint): string {
  return value.toString(16);
}

/** `171000(171000)-8000000(8000000)`: virtual and physical, which are the same here. */
function range(min: number, max: number): string {
  return `${digits(min)}(${digits(min)})-${digits(max)}(${digits(max)})`;
}
