/**
 * The page tables of an image: four levels, leaves of 4 KiB only, built entry by entry while the
 * image is loaded. Each table that is missing is one control page, taken when the first page that
 * needs it is mapped. An entry that is there is overwritten. [xen:machine_kexec_add_page]
 *
 * The tables are read back from memory, as Xen does. Pages in a row are mapped in one go: first the
 * tables of one directory that are missing, then their entries.
 */
import { type Decision, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change, imageOf } from "./building.ts";
import { takeControlPages } from "./control_pages.ts";
import { pushRun } from "./runs.ts";

/** PRESENT, RW, ACCESSED and DIRTY, at every level. */
const FLAGS = 0x63n;
const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const ENTRIES = 512;
/** A large range is mapped so many times at most: forks strike between the steps. */
const STEPS = 64;

/** Maps `pages` pages from `vaddr` to `maddr` on. False: memory ended, what was mapped stays so. */
export function* mapPages(
  run: Run,
  building: Building,
  vaddr: bigint,
  maddr: bigint,
  pages: number,
): Decision<boolean> {
  const most = Math.max(1, Math.ceil(pages / ENTRIES / STEPS));
  for (let done = 0; done < pages;) {
    const at = vaddr + BigInt(done) * 4096n;
    const directory = yield* directoryOf(run, building, at);
    if (directory === undefined) return false;
    const first = indexOf(at, 2);
    const from = indexOf(at, 1);
    const tables = Math.min(most, ENTRIES - first, Math.ceil((from + pages - done) / ENTRIES));
    const frames = yield* tablesOf(run, building, directory, first, tables);
    const room = frames.length * ENTRIES - from;
    const count = Math.min(pages - done, room);
    if (count > 0) yield* fill(run, building, frames, from, maddr + BigInt(done) * 4096n, count);
    if (frames.length < tables) return false;
    done += count;
  }
  return true;
}

/** The second-level table for an address; the root and what lies between is made where missing. */
function* directoryOf(run: Run, building: Building, vaddr: bigint): Decision<number | undefined> {
  const root = imageOf(run, building).pageTableRoot ?? (yield* makeRoot(run, building));
  if (root === undefined) return undefined;
  const [upper] = yield* tablesOf(run, building, root, indexOf(vaddr, 4), 1);
  if (upper === undefined) return undefined;
  return (yield* tablesOf(run, building, upper, indexOf(vaddr, 3), 1))[0];
}

function* makeRoot(run: Run, building: Building): Decision<number | undefined> {
  const [root] = yield* takeTables(run, building, 1);
  if (root !== undefined) yield* change(run, building, { pageTableRoot: root });
  return root;
}

/**
 * Frames of the tables that `count` entries of `table` point to, from entry `first` on; fewer where
 * memory ends.
 */
function* tablesOf(
  run: Run,
  building: Building,
  table: number,
  first: number,
  count: number,
): Decision<number[]> {
  const frames: number[] = [];
  const at = table * PAGE_SIZE + first * 8;
  const entries = new BigUint64Array(readMemory(run.machine, at, count * 8).buffer);
  for (let i = 0; i < count;) {
    const entry = entries[i]!;
    if ((entry & 1n) !== 0n) {
      frames.push(Number(entry & ADDRESS_BITS) / PAGE_SIZE);
      i++;
      continue;
    }
    let missing = 1;
    while (i + missing < count && (entries[i + missing]! & 1n) === 0n) missing++;
    const made = yield* takeTables(run, building, missing);
    if (made.length > 0) {
      yield* emit(run, {
        kind: "bytes-written",
        at: at + i * 8,
        bytes: words(made.map((frame) => BigInt(frame * PAGE_SIZE) | FLAGS)),
        what: `page tables of image ${building.name}`,
      });
    }
    frames.push(...made);
    if (made.length < missing) break;
    i += missing;
  }
  return frames;
}

function* takeTables(run: Run, building: Building, count: number): Decision<number[]> {
  const frames = yield* takeControlPages(run, building, count, "page-table", "page table");
  if (frames.length > 0) {
    const all = [...imageOf(run, building).pageTableFrames];
    for (const frame of frames) pushRun(all, frame, frame + 1);
    yield* change(run, building, {
      pageTableFrames: all,
      ...(building.type === 1 ? { controlCursor: Number(building.cursor) } : {}),
    });
  }
  return frames;
}

/** Entries of `count` pages, from entry `from` of the first table on. */
function* fill(
  run: Run,
  building: Building,
  tables: readonly number[],
  from: number,
  maddr: bigint,
  count: number,
): Decision<void> {
  const what = `page tables of image ${building.name}`;
  let done = 0;
  const entryAt = (page: number) => ((maddr + BigInt(page) * 4096n) & ADDRESS_BITS) | FLAGS;
  while (done < count) {
    const index = Math.floor((from + done) / ENTRIES);
    const slot = (from + done) % ENTRIES;
    let whole = slot === 0 ? 1 : 0;
    while (
      whole > 0 && tables[index + whole] === tables[index]! + whole &&
      done + (whole + 1) * ENTRIES <= count
    ) whole++;
    if (whole > 0 && done + whole * ENTRIES <= count) {
      const start = tables[index]!;
      yield* emit(run, {
        kind: "frames-written",
        frames: [start, start + whole],
        recipe: { kind: "words", first: entryAt(done), step: 4096n },
        shifts: [start],
        what,
      });
      done += whole * ENTRIES;
      continue;
    }
    const some = Math.min(ENTRIES - slot, count - done);
    yield* emit(run, {
      kind: "bytes-written",
      at: tables[index]! * PAGE_SIZE + slot * 8,
      bytes: entriesFrom(entryAt(done), some),
      what,
    });
    done += some;
  }
}

/** Entries of pages in a row. As numbers, which is faster: they have 52 bits. */
function entriesFrom(first: bigint, count: number): Uint8Array {
  const halves = new Uint32Array(2 * count);
  let entry = Number(first);
  for (let i = 0; i < count; i++) {
    halves[2 * i] = entry;
    halves[2 * i + 1] = Math.floor(entry / 2 ** 32) & 0xf_ffff;
    entry += PAGE_SIZE;
  }
  return new Uint8Array(halves.buffer);
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}

/** Nine bits of the address for each level, 4 to 1. Bits above the 48th are not looked at. */
function indexOf(vaddr: bigint, level: number): number {
  return Number((vaddr >> BigInt(12 + 9 * (level - 1))) & 511n);
}
