/**
 * The memory map that Mini-OS works with: the entries of the start info sorted, overlaps resolved,
 * neighbours joined, cut to whole pages, and the page of the local APIC put in if nothing reserved
 * covers it. Addresses and sizes are 64-bit and wrap as the processor's do. [minios:e820_sanitize]
 */

export const E820_RAM = 1;
const E820_RESERVED = 2;
const E820_NVS = 4;
const E820_PMEM = 7;

/** Room in the table; one entry more ends the kernel. */
export const E820_MAX = 128;

const LAPIC_ADDRESS = 0xfee0_0000n;
const PAGE = 4096n;

/** One entry of a memory map, as struct e820entry. Types: RAM 1, reserved 2, … */
export interface E820Entry {
  /** Bytes, 64 bits. */
  readonly addr: bigint;
  readonly size: bigint;
  /** 32 bits. */
  readonly type: number;
}

/** The memory map as the running kernel keeps it. */
export interface MemoryMap {
  readonly entries: readonly E820Entry[];
  /** Pages that count as allocated to the domain and are no RAM. */
  readonly reservedPages: bigint;
  /** The page of the local APIC was put in, since nothing reserved covered it. */
  readonly lapicInserted: boolean;
}

export interface E820Rules {
  /** The page of the local APIC in a reserved entry is not one of the domain's own. */
  readonly lapicIsNoPage: boolean;
}

/** Why the kernel ends here: the table is full, or sorting it never ends. */
export type MapTrouble = "overflow" | "endless";

interface Entry {
  addr: bigint;
  size: bigint;
  type: number;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Types of memory that Mini-OS manages are cut down to whole pages, all others widened. */
const NARROWED = (1 << E820_RAM) | (1 << E820_NVS) | (1 << E820_PMEM);
const TEMPORARY = 0;

/** The most that a map of 128 entries can need; a loop that goes on longer goes in circles. */
const MOST_ROUNDS = 100_000;

class Table {
  readonly entries: Entry[];
  #rounds = 0;

  constructor(entries: readonly E820Entry[]) {
    if (entries.length > E820_MAX) throw new Trouble("overflow");
    this.entries = entries.map((entry) => ({ ...entry }));
  }

  insertAt(index: number, addr: bigint, size: bigint, type: number): void {
    if (this.entries.length === E820_MAX) throw new Trouble("overflow");
    this.entries.splice(index, 0, { addr: u64(addr), size: u64(size), type });
  }

  insert(addr: bigint, size: bigint, type: number): void {
    const after = this.entries.findIndex((entry) => addr <= entry.addr);
    this.insertAt(after === -1 ? this.entries.length : after, addr, size, type);
  }

  swap(i: number, j: number): void {
    const { entries } = this;
    [entries[i], entries[j]] = [entries[j]!, entries[i]!];
  }

  round(): void {
    if (++this.#rounds > MOST_ROUNDS) throw new Trouble("endless");
  }

  /** Sorts, lets the higher type win where entries overlap, joins neighbours of one type. */
  process(): void {
    this.#sort();
    this.#separate();
    this.#join();
  }

  #sort(): void {
    const { entries } = this;
    for (let i = 1; i < entries.length; i++) {
      for (let j = i; j > 0 && entries[j - 1]!.addr > entries[j]!.addr; j--) this.swap(j - 1, j);
    }
  }

  #separate(): void {
    const { entries } = this;
    for (let i = 1; i < entries.length; i++) {
      this.round();
      if (endOf(entries[i - 1]!) <= entries[i]!.addr) continue;
      if (entries[i - 1]!.addr < entries[i]!.addr) {
        const { addr, type } = entries[i - 1]!;
        this.insertAt(i - 1, addr, entries[i]!.addr - addr, type);
        entries[i]!.addr = u64(entries[i]!.addr + entries[i - 1]!.size);
        entries[i]!.size = u64(entries[i]!.size - entries[i - 1]!.size);
        i++;
      }
      if (entries[i - 1]!.type < entries[i]!.type) this.swap(i - 1, i);
      if (entries[i - 1]!.size >= entries[i]!.size) {
        entries.splice(i, 1);
        i--;
      } else {
        const start = u64(entries[i]!.addr + entries[i - 1]!.size);
        const end = endOf(entries[i]!);
        const { type } = entries[i]!;
        entries.splice(i, 1);
        this.insert(start, u64(end - start), type);
      }
    }
  }

  #join(): void {
    const { entries } = this;
    for (let i = 0; i < entries.length - 1; i++) {
      const entry = entries[i]!;
      const next = entries[i + 1]!;
      if (entry.type !== next.type || endOf(entry) < next.addr) continue;
      if (endOf(entry) < endOf(next)) entry.size = u64(next.addr - entry.addr + next.size);
      entries.splice(i + 1, 1);
      i--;
    }
  }

  cutToPages(): void {
    const { entries } = this;
    for (let i = 0; i < entries.length; i++) {
      this.round();
      let { addr: start } = entries[i]!;
      let end = endOf(entries[i]!);
      if (((1 << (entries[i]!.type & 31)) & NARROWED) !== 0) {
        if (start % PAGE !== 0n) {
          start = pageUp(start);
          this.insertAt(i, start - PAGE, PAGE, TEMPORARY);
          i++;
        }
        if (end % PAGE !== 0n) {
          end = pageDown(end);
          this.insertAt(i + 1, end, PAGE, TEMPORARY);
          i++;
        }
      } else {
        start = pageDown(start);
        end = pageUp(end);
      }
      entries[i]!.addr = start;
      entries[i]!.size = u64(end - start);
    }
  }
}

class Trouble extends Error {
  readonly trouble: MapTrouble;
  constructor(trouble: MapTrouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/** What the entries of the start info become. */
export function sanitize(
  given: readonly E820Entry[],
  rules: E820Rules,
): MemoryMap | { readonly trouble: MapTrouble } {
  try {
    const table = new Table(given);
    table.process();
    table.cutToPages();
    table.process();
    let reservedPages = 0n;
    let lapicFound = false;
    for (const entry of table.entries) {
      if (entry.type === TEMPORARY) entry.type = E820_RESERVED;
      if (entry.type !== E820_RESERVED) continue;
      reservedPages += entry.size / PAGE;
      if (entry.addr <= LAPIC_ADDRESS && endOf(entry) > LAPIC_ADDRESS) {
        lapicFound = true;
        if (rules.lapicIsNoPage) reservedPages--;
      }
    }
    if (!lapicFound) table.insert(LAPIC_ADDRESS, PAGE, E820_RESERVED);
    return { entries: table.entries, reservedPages, lapicInserted: !lapicFound };
  } catch (error) {
    if (error instanceof Trouble) return { trouble: error.trouble };
    throw error;
  }
}

/** The page behind the `pages`th page of RAM; behind the last one if there are fewer. [minios:e820_get_maxpfn] */
export function maxPfn({ entries }: { entries: readonly E820Entry[] }, pages: bigint): number {
  let left = pages;
  let pfns = 0n;
  let start = 0n;
  for (const entry of entries) {
    if (entry.type !== E820_RAM) continue;
    pfns = entry.size / PAGE;
    start = entry.addr / PAGE;
    if (left <= pfns) return Number(start + left);
    left -= pfns;
  }
  return Number(start + pfns);
}

/** The first byte behind an entry, which may have wrapped. */
export function endOf({ addr, size }: { addr: bigint; size: bigint }): bigint {
  return u64(addr + size);
}

/** The next page boundary, in 64 bits. */
export function pageUp(address: bigint): bigint {
  return u64(address + PAGE - 1n) & ~(PAGE - 1n);
}

function pageDown(address: bigint): bigint {
  return address & ~(PAGE - 1n);
}
