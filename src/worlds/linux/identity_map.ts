/**
 * The identity map that the relocation code switches to: real page tables in control pages, entry
 * by entry as the kernel writes them, so that whoever overwrites one breaks the jump.
 *
 * In order: every range that the running kernel maps directly, every segment (it may lie outside
 * RAM), firmware tables, and last the control code at the address where the kernel runs it. For that
 * last mapping ordinary pages serve: they may lie in a destination, being dead before copying
 * begins. [linux:init_pgtable] [linux:kernel_ident_mapping_init]
 *
 * The tables are planned first, then their pages are taken in the order in which the kernel takes
 * them, then they are written. Where memory ends in between, what the kernel had written by then is
 * written, and no more.
 */
import type { Decision, Owner } from "../../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../../memory/mod.ts";
import { compact } from "./compact.ts";
import { emit, type Run } from "./steps.ts";

/** Bytes that one entry of a level maps; level 1 are the tables of 4 KiB pages. */
const SPAN = [0, 2 ** 12, 2 ** 21, 2 ** 30, 2 ** 39, 2 ** 48] as const;
const ENTRIES = 512;

/** Present, writable, accessed, dirty: an entry that points to a table. [linux:_KERNPG_TABLE] */
export const TABLE_FLAGS = 0x63;
/** The same, large and global: a 2 MiB or 1 GiB page. [linux:__PAGE_KERNEL_LARGE_EXEC] */
export const LARGE_FLAGS = 0x1e3;
/** A 4 KiB page, global. [linux:PAGE_KERNEL_EXEC] */
export const PAGE_FLAGS = 0x163;
/** High half of bit 58, which keeps a root entry out of the user half. [linux:_PAGE_NOPTISHADOW] */
const MARKED = 0x0400_0000;

/** A table in the making. `order` is its place in the order of allocation. */
interface Table {
  readonly order: number;
  readonly level: number;
  /** First address that it maps. */
  readonly base: number;
  /** By index: a table below. */
  readonly children: Map<number, Table>;
  /** Large pages: index of the first entry and of the one behind the last, in runs. */
  leaves: number[];
}

export interface MapPlan {
  readonly root: Table;
  /** In the order of allocation, the root not among them. */
  readonly tables: readonly Table[];
}

export interface MapRules {
  /** 5, with 5-level paging, or 4. */
  readonly levels: number;
  readonly gigapages: boolean;
  readonly wholeGigapagesOnly: boolean;
  /** Entries of the root that point to tables of `kernel_ident_mapping_init` are marked. */
  readonly marked: boolean;
}

/** Which tables are needed to map `ranges` (bytes), in the order in which they will be allocated. */
export function planMap(ranges: readonly Range[], rules: MapRules): MapPlan {
  const tables: Table[] = [];
  const root = newTable(-1, rules.levels, 0);
  for (const range of ranges) mapRange(root, range.start, range.end, rules, tables);
  return { root, tables };
}

function newTable(order: number, level: number, base: number): Table {
  return { order, level, base, children: new Map(), leaves: [] };
}

function mapRange(
  table: Table,
  start: number,
  end: number,
  rules: MapRules,
  tables: Table[],
): void {
  const size = SPAN[table.level]!;
  if (table.level === 2 && table.leaves.length === 0) {
    const first = Math.floor((start - table.base) / size);
    table.leaves.push(first, Math.ceil((end - table.base) / size));
    return;
  }
  for (let at = start; at < end;) {
    const index = Math.floor((at - table.base) / size);
    let next = Math.min(end, table.base + (index + 1) * size);
    if (!isLeaf(table, index)) {
      if (table.level === 2) setLeaves(table, index, index + 1);
      else if (table.level === 3 && mayBeGigapage(table, index, at, next, rules)) {
        const behind = wholeGigapages(table, index, at, end);
        setLeaves(table, index, behind);
        next = Math.min(end, table.base + behind * size);
      } else {
        let child = table.children.get(index);
        if (child === undefined) {
          child = newTable(tables.length, table.level - 1, table.base + index * size);
          table.children.set(index, child);
          tables.push(child);
        }
        mapRange(child, at, next, rules, tables);
      }
    }
    at = next;
  }
}

/** The entry behind the last of those that begin at `index` and are one GiB of the range each. */
function wholeGigapages(table: Table, index: number, at: number, end: number): number {
  if (table.children.size > 0 || at % SPAN[3] !== 0) return index + 1;
  return Math.max(index + 1, Math.min(ENTRIES, index + Math.floor((end - at) / SPAN[3])));
}

/** [linux:ident_pud_init] */
function mayBeGigapage(
  table: Table,
  index: number,
  at: number,
  next: number,
  rules: MapRules,
): boolean {
  if (!rules.gigapages || table.children.has(index)) return false;
  return !rules.wholeGigapagesOnly || (at % SPAN[3] === 0 && next % SPAN[3] === 0);
}

function isLeaf(table: Table, index: number): boolean {
  const { leaves } = table;
  for (let i = 0; i < leaves.length; i += 2) {
    if (index >= leaves[i]! && index < leaves[i + 1]!) return true;
  }
  return false;
}

function setLeaves(table: Table, first: number, behind: number): void {
  const { leaves } = table;
  if (leaves[leaves.length - 1] === first) leaves[leaves.length - 1] = behind;
  else leaves.push(first, behind);
}

/**
 * Writes the tables. `frames[i]` is the frame of table `i`; where it is shorter than the plan, memory
 * ended there: the kernel linked no table that it did not have, and, where errors count, none on
 * the way to it.
 */
export function* writeMap(
  run: Run,
  plan: MapPlan,
  rootFrame: number,
  frames: readonly number[],
  rules: MapRules,
): Decision<void> {
  const missing = plan.tables[frames.length];
  yield* writeTable(run, plan.root, rootFrame, frames, rules, missing);
  // Runs of full tables of large pages, one after the other, are one recipe and one event.
  for (let i = 0; i < frames.length;) {
    const table = plan.tables[i]!;
    let end = i + 1;
    if (isFull(table)) {
      while (
        end < frames.length && isFull(plan.tables[end]!) &&
        plan.tables[end]!.level === table.level &&
        frames[end] === frames[i]! + (end - i) &&
        plan.tables[end]!.base === table.base + (end - i) * SPAN[table.level + 1]!
      ) end++;
      yield* emit(run, {
        kind: "frames-written",
        frames: [frames[i]!, frames[i]! + (end - i)],
        recipe: {
          kind: "words",
          first: BigInt(table.base + LARGE_FLAGS),
          step: BigInt(SPAN[table.level]!),
        },
        shifts: [frames[i]!],
        what: `page tables of the identity map from 0x${table.base.toString(16)} on`,
      });
    } else yield* writeTable(run, table, frames[i]!, frames, rules, missing);
    i = end;
  }
}

function isFull(table: Table): boolean {
  return table.leaves[0] === 0 && table.leaves[1] === ENTRIES;
}

function* writeTable(
  run: Run,
  table: Table,
  frame: number,
  frames: readonly number[],
  rules: MapRules,
  missing: Table | undefined,
): Decision<void> {
  // With 32-bit halves no entry needs a bigint: a machine may have many thousands of them.
  const words = new Uint32Array(PAGE_SIZE / 4);
  for (let i = 0; i < table.leaves.length; i += 2) {
    for (let index = table.leaves[i]!; index < table.leaves[i + 1]!; index++) {
      const at = table.base + index * SPAN[table.level]!;
      setEntry(words, index, at, LARGE_FLAGS, 0);
    }
  }
  for (const [index, child] of table.children) {
    const childFrame = frames[child.order];
    if (childFrame === undefined) continue;
    if (missing !== undefined && run.features.tableErrorsCount && leadsTo(child, missing)) continue;
    const marked = rules.marked && table.level >= 4 ? MARKED : 0;
    setEntry(words, index, childFrame * PAGE_SIZE, TABLE_FLAGS, marked);
  }
  yield* emit(run, {
    kind: "frames-written",
    frames: [frame, frame + 1],
    recipe: compact(new Uint8Array(words.buffer)),
    shifts: [frame],
    what: table.level === rules.levels
      ? "root of the identity map"
      : `page table of the identity map from 0x${table.base.toString(16)} on`,
  });
}

function leadsTo(table: Table, wanted: Table): boolean {
  for (const child of table.children.values()) {
    if (child === wanted || leadsTo(child, wanted)) return true;
  }
  return false;
}

function setEntry(words: Uint32Array, index: number, at: number, low: number, high: number): void {
  words[2 * index] = (at % 2 ** 32) + low;
  words[2 * index + 1] = Math.floor(at / 2 ** 32) + high;
}

/** The owner of a page-table page. */
export function tableOwner(label: string, image: number): Owner {
  return { kind: "page-table", label, image };
}
