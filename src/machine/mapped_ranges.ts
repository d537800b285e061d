/**
 * Reading the whole identity map back from the bytes in memory: what is mapped now, whoever wrote
 * there since. One address alone is a walk: see machine/paging.ts.
 */
import { PAGE_SIZE } from "../memory/mod.ts";
import { type Machine, readMemory } from "./machine.ts";

/** A run of equal pages: virtual addresses `[start, end)` to physical ones from `maddr` on. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly maddr: number;
  /** Bytes: 4 KiB, 2 MiB or 1 GiB. */
  readonly pageSize: number;
  /** The low 12 bits of the entry. */
  readonly flags: number;
}

const SPAN = [0n, 1n << 12n, 1n << 21n, 1n << 30n, 1n << 39n, 1n << 48n] as const;
const PRESENT = 1;
const LARGE = 0x80;

interface OpenRun {
  start: bigint;
  end: bigint;
  maddr: number;
  pageSize: number;
  flags: number;
}

/** All that the tables below `root` (a frame) map, in ascending order. `levels` is 4 or 5. */
export function mappedRanges(machine: Machine, root: number, levels: number): Mapping[] {
  const runs: OpenRun[] = [];
  collect(machine, root, levels, 0n, levels, runs);
  return runs;
}

function collect(
  machine: Machine,
  frame: number,
  level: number,
  base: bigint,
  levels: number,
  runs: OpenRun[],
): void {
  const table = new Uint32Array(readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE).buffer);
  const size = Number(SPAN[level]!);
  for (let i = 0; i < 512; i++) {
    const low = table[2 * i]!;
    if ((low & PRESENT) === 0) continue;
    const at = addressOf(low, table[2 * i + 1]!);
    const vaddr = canonical(base + BigInt(i) * SPAN[level]!, levels);
    if (!isLeaf(level, low)) {
      collect(machine, at / PAGE_SIZE, level - 1, vaddr, levels, runs);
      continue;
    }
    // Entries that go on where the one before ended are one piece: most tables are just that.
    const maddr = at - (at % size);
    const flags = low & 0xfff;
    let count = 1;
    for (; i + 1 < 512; i++, count++) {
      const next = table[2 * i + 2]!;
      if ((next & 0xfff) !== flags || !isLeaf(level, next)) break;
      if (addressOf(next, table[2 * i + 3]!) !== maddr + count * size) break;
    }
    addPages(runs, vaddr, maddr, size, count, flags);
  }
}

function isLeaf(level: number, low: number): boolean {
  return level === 1 || (level <= 3 && (low & LARGE) !== 0);
}

function addPages(
  runs: OpenRun[],
  vaddr: bigint,
  maddr: number,
  pageSize: number,
  count: number,
  flags: number,
): void {
  const last = runs[runs.length - 1];
  const end = vaddr + BigInt(pageSize * count);
  if (
    last !== undefined && last.end === vaddr && last.pageSize === pageSize &&
    last.flags === flags &&
    last.maddr + Number(last.end - last.start) === maddr
  ) last.end = end;
  else runs.push({ start: vaddr, end, maddr, pageSize, flags });
}

/** Bits 12 to 51. */
function addressOf(low: number, high: number): number {
  return (high & 0xfffff) * 2 ** 32 + ((low & 0xfffff000) >>> 0);
}

/** The upper half of the address space has all upper bits set. */
function canonical(vaddr: bigint, levels: number): bigint {
  const bits = levels === 5 ? 57 : 48;
  return BigInt.asUintN(64, BigInt.asIntN(bits, vaddr));
}
