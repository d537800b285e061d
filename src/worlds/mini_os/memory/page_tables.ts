/**
 * The page tables of a PVH Mini-OS on x86-64: those that are built into its image and map the first
 * GiB, and those that it adds for the rest of its memory at boot. [minios:build_pagetable]
 */
import { type Decision, isRam, type Machine, readWord } from "../../../machine/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { kernelOf } from "../state.ts";
import { emit, fault, isReachable, printRoutine, type Run, tell } from "../steps.ts";

const GIB = 2 ** 30;
const LARGE = 2 ** 21;
/** Present, writable, accessed and, but for the lowest level, dirty; no page is the user's. */
const PAGE_PROT = 0x23n;
const TABLE_PROT = 0x63n;
const LARGE_PROT = 0xe3n;
const PRESENT = 1n;

/** A page table as words: what is to be written, and where. */
export interface TableWrite {
  /** Bytes. */
  readonly at: number;
  readonly words: readonly bigint[];
  readonly what: string;
}

/** The tables as the image has them: the first GiB maps to itself, its first 2 MiB in small pages. */
function imageTables(root: number): TableWrite[] {
  const l3 = root - 0x1000;
  const l2 = root - 0x2000;
  const l1 = lowestTable(root);
  const count = Array.from({ length: 512 }, (_, i) => BigInt(i));
  return [
    {
      at: l2,
      words: count.map((i) => i === 0n ? BigInt(l1) | TABLE_PROT : i * 0x20_0000n | LARGE_PROT),
      what: "page table, level 2",
    },
    { at: l3, words: [BigInt(l2) | TABLE_PROT], what: "page table, level 3" },
    { at: root, words: [BigInt(l3) | TABLE_PROT], what: "page table, level 4" },
  ];
}

interface Built {
  /** First page behind the new tables. */
  readonly startPfn: number;
  readonly writes: readonly TableWrite[];
  /** The first and last byte that the loop was asked to map, for the log. */
  readonly from: number;
  readonly to: number;
}

/** Maps memory from `startPfn` up to `maxPfn` in pages of 2 MiB; new tables are taken from `startPfn` on. */
function tablesFor(
  machine: Machine,
  root: number,
  startPfn: number,
  maxPfn: number,
): Built {
  const from = Math.ceil(startPfn / 512) * LARGE;
  const to = maxPfn * 4096;
  const tables = new Map<number, Map<number, bigint>>();
  const entry = (table: number, index: number): bigint =>
    tables.get(table)?.get(index) ??
      (tables.has(table) && table >= startPfn * 4096 && fresh.has(table)
        ? 0n
        : readWord(machine, table + index * 8));
  const fresh = new Set<number>();
  const set = (table: number, index: number, word: bigint): void => {
    let written = tables.get(table);
    if (written === undefined) tables.set(table, written = new Map());
    written.set(index, word);
  };
  let next = startPfn;
  const below = (table: number, index: number): number => {
    const word = entry(table, index);
    if ((word & PRESENT) !== 0n) return Number(word & 0x000f_ffff_ffff_f000n);
    const page = next++ * 4096;
    fresh.add(page);
    tables.set(page, new Map());
    set(table, index, BigInt(page) | TABLE_PROT);
    return page;
  };
  for (let gib = Math.floor(from / GIB); gib * GIB < to; gib++) {
    const l3 = below(root, Math.floor(gib / 512) % 512);
    const l2 = below(l3, gib % 512);
    const first = Math.max(from, gib * GIB);
    for (let at = first; at < Math.min(to, (gib + 1) * GIB); at += LARGE) {
      const index = (at / LARGE) % 512;
      if ((entry(l2, index) & PRESENT) === 0n) set(l2, index, BigInt(at) | LARGE_PROT);
    }
  }
  return { startPfn: next, writes: [...writesOf(tables, fresh)], from, to };
}

function* writesOf(
  tables: ReadonlyMap<number, ReadonlyMap<number, bigint>>,
  fresh: ReadonlySet<number>,
): Generator<TableWrite> {
  for (const [table, entries] of tables) {
    if (fresh.has(table)) {
      const words = Array.from({ length: 512 }, (_, i) => entries.get(i) ?? 0n);
      yield { at: table, words, what: "page table for memory above the first GiB" };
    } else {
      for (const [index, word] of entries) {
        yield { at: table + index * 8, words: [word], what: "entry of a page table" };
      }
    }
  }
}

function bytesOf(words: readonly bigint[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(words).buffer);
}

/** Three tables of the image lie right below the top one. */
const BELOW_ROOT = 0x3000;

/** Where the top table of an image can be: a page with room for three below it. */
export function rootOf(address: number): number {
  return Math.max(BELOW_ROOT, Math.floor(address / 4096) * 4096);
}

/** The table for the first 2 MiB: the lowest of the image's. */
function lowestTable(root: number): number {
  return root - BELOW_ROOT;
}

/** Puts the tables of the image into memory, as loading it does. */
export function* writeImageTables(run: Run, root: number): Decision<void> {
  const lowest = lowestTable(root) / 4096;
  for (let frame = lowest; frame <= root / 4096; frame++) {
    if (isRam(run.machine, frame)) continue;
    // The processor cannot walk its tables: the first access with paging on ends it.
    return yield* fault(run, "read", BigInt(frame) * 4096n, "page tables of the image");
  }
  yield* emit(run, {
    kind: "frames-written",
    frames: [lowest, lowest + 1],
    recipe: { kind: "words", first: PAGE_PROT, step: 0x1000n },
    shifts: [lowest],
    what: "page table, level 1",
  });
  for (const { at, words, what } of imageTables(root)) {
    yield* emit(run, { kind: "bytes-written", at, bytes: bytesOf(words), what });
  }
}

/**
 * Maps the memory behind the first GiB; one more page of tables for each further GiB. Gives back the
 * first frame behind them. [minios:build_pagetable]
 *
 * Differs: each entry that the posted code writes has the same frame, since it never counts that on;
 * the recordings, made without paging, have memory where it should be, and so has kx.
 */
export function* buildPageTable(run: Run, startPfn: number, maxPfn: number): Decision<number> {
  const root = kernelOf(run.machine)?.pageTableBase ?? 0;
  const built = tablesFor(run.machine, root, startPfn, maxPfn);
  yield* printRoutine(run, `Mapping memory range ${hex(built.from)} - ${hex(built.to)}`);
  if (built.to > GIB && !run.features.mapsHighMemory) {
    yield* tell(
      run,
      "high-memory-mapped-wrong",
      `memory from ${hex(Math.max(GIB, built.from))} on is mapped to the 2 MiB at ${
        hex(built.from)
      }, again and again`,
      "minios:build_pagetable",
    );
  }
  for (let pfn = startPfn; pfn < built.startPfn; pfn++) {
    const at = BigInt(pfn) * 4096n;
    if (!isReachable(run.machine, at)) yield* fault(run, "write", at, "page table");
  }
  if (built.startPfn > startPfn) {
    yield* emit(run, {
      kind: "frames-claimed",
      frames: [startPfn, built.startPfn],
      owner: { kind: "page-table", label: "page tables" },
    });
  }
  for (const { at, words, what } of built.writes) {
    yield* emit(run, { kind: "bytes-written", at, bytes: bytesOf(words), what });
  }
  return built.startPfn;
}
