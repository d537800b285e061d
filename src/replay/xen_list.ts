/** Xen's indirection list and page tables, read from the memory of the model as a recorder reads them. */
import { type Machine, mappedRanges, readMemory } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

/** What stands behind one destination. Byte addresses. */
export interface ListPart {
  readonly dest: number;
  readonly sources: number[];
  zeros: number;
}

export interface XenList {
  /** Byte addresses. */
  readonly pages: readonly number[];
  /** Words, links and the last one included. */
  readonly words: number;
  readonly parts: readonly ListPart[];
  /** `done`, or the word that is none. */
  readonly last: string;
}

const MOST_WORDS = 1 << 24;

export function readXenList(machine: Machine, head: bigint): XenList {
  const pages: number[] = [];
  const parts: ListPart[] = [];
  let words = 0;
  for (let page = Number(head); words < MOST_WORDS && !pages.includes(page);) {
    pages.push(page);
    const content = new BigUint64Array(readMemory(machine, page, PAGE_SIZE).buffer);
    let next: number | undefined;
    for (const word of content) {
      const address = Number(word & ~0xfffn);
      if ((word & 2n) !== 0n && (word & 1n) === 0n) {
        words++;
        next = address;
        break;
      }
      words++;
      if ((word & 1n) !== 0n) parts.push({ dest: address, sources: [], zeros: 0 });
      else if ((word & 4n) !== 0n) return { pages, words, parts, last: "done" };
      else if ((word & 8n) !== 0n) parts.at(-1)?.sources.push(address);
      else if ((word & 16n) !== 0n) parts.at(-1)!.zeros++;
      else return { pages, words, parts, last: `?0x${word.toString(16)}` };
    }
    if (next === undefined) break;
    page = next;
  }
  return { pages, words, parts, last: "none" };
}

/** Tables below `root` (bytes) in the order of a walk through the address space. */
export function tablePages(machine: Machine, root: number): [string, string][] {
  const found: [string, string][] = [];
  const visit = (table: number, level: number): void => {
    found.push([`L${level}`, hex(table)]);
    if (level === 1) return;
    const entries = new BigUint64Array(readMemory(machine, table, PAGE_SIZE).buffer);
    for (const entry of entries) {
      if ((entry & 1n) !== 0n) visit(Number(entry & 0x000f_ffff_ffff_f000n), level - 1);
    }
  };
  visit(root, 4);
  return found;
}

export interface XenMapping {
  readonly va: string;
  readonly pa: string;
  readonly len: string;
  readonly page: number;
  readonly flags: string;
}

/** As the recorder prints them: flags without accessed and dirty. */
export function xenMappings(machine: Machine, root: number): XenMapping[] {
  return mappedRanges(machine, root / PAGE_SIZE, 4).map((m) => ({
    va: hex(m.start),
    pa: hex(m.maddr),
    len: hex(m.end - m.start),
    page: m.pageSize,
    flags: hex(m.flags & ~0x60),
  }));
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
