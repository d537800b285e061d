/**
 * Addresses as the relocation code uses them: through the page tables that are in memory now. What
 * was walked once is remembered until CR3 is loaded again, as in a TLB that is large enough: a table
 * that the copying overwrites does its harm at the next load of CR3, or where nobody went before.
 */
import { type Access, type Machine, tableEntry, type Walk, walk } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

/** A page that maps: bytes `[start, end)` to physical ones from `maddr` on. */
interface Leaf {
  readonly start: number;
  readonly end: number;
  readonly maddr: number;
}

export type FailedWalk = Extract<Walk, { ok: false }>;

/** A walk that ended without a page; what was wanted. */
export interface Miss {
  readonly vaddr: bigint;
  readonly access: Access;
  readonly walk: FailedWalk;
}

const LARGE = 2 ** 21;
/** Bits 12 … 51 of an entry. */
const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const NO_LEAF: Leaf = { start: 0, end: 0, maddr: 0 };

export class AddressSpace {
  readonly #machine: () => Machine;
  /** Undefined: paging is off, and an address is what it says. */
  readonly #cr3: number | undefined;
  readonly #levels: 4 | 5;
  /** By number of the 2 MiB area; small pages by frame. */
  readonly #large = new Map<number, Leaf>();
  readonly #small = new Map<number, Leaf>();
  /** By number of the 2 MiB area: the table of its small pages, bytes. */
  readonly #tables = new Map<number, number>();
  /** Sources are read and destinations written in turn: each has its own last page. */
  #lastRead: Leaf = NO_LEAF;
  #lastWritten: Leaf = NO_LEAF;

  /** `cr3` in bytes. `machine` gives the machine as it is when a walk is made. */
  constructor(machine: () => Machine, cr3: bigint | undefined, levels: 4 | 5) {
    this.#machine = machine;
    this.#cr3 = cr3 === undefined ? undefined : Number(BigInt.asUintN(52, cr3));
    this.#levels = levels;
  }

  /** Flat segments without paging: 32 bits of physical addresses. */
  static unpaged(machine: () => Machine): AddressSpace {
    return new AddressSpace(machine, undefined, 4);
  }

  /**
   * Physical address of a byte; or the walk that failed. Writes need no writable entry: CR0.WP is
   * clear all the time.
   */
  translate(vaddr: number, access: Access): number | Miss {
    const last = access === "write" ? this.#lastWritten : this.#lastRead;
    if (vaddr >= last.start && vaddr < last.end) return last.maddr + (vaddr - last.start);
    const known = this.#large.get(Math.floor(vaddr / LARGE)) ??
      this.#small.get(Math.floor(vaddr / PAGE_SIZE));
    if (known !== undefined) {
      this.#remember(known, access);
      return known.maddr + (vaddr - known.start);
    }
    const near = this.#nearLeaf(vaddr);
    if (near !== undefined) {
      this.#small.set(near.start / PAGE_SIZE, near);
      this.#remember(near, access);
      return near.maddr + (vaddr - near.start);
    }
    const found = this.walk(BigInt(vaddr), access);
    if (!found.ok) return { vaddr: BigInt(vaddr), access, walk: found };
    // A larger page is remembered in pieces of 2 MiB.
    const size = Math.min(found.pageSize, LARGE);
    const start = vaddr - (vaddr % size);
    const leaf = { start, end: start + size, maddr: found.maddr - (vaddr - start) };
    if (size === LARGE) this.#large.set(start / LARGE, leaf);
    else {
      this.#small.set(start / PAGE_SIZE, leaf);
      const { entryAt } = found.steps.at(-1)!;
      this.#tables.set(Math.floor(start / LARGE), entryAt - entryAt % PAGE_SIZE);
    }
    this.#remember(leaf, access);
    return found.maddr;
  }

  /** A page next to one that was walked: the levels above are remembered as processors do. */
  #nearLeaf(vaddr: number): Leaf | undefined {
    const table = this.#tables.get(Math.floor(vaddr / LARGE));
    if (table === undefined) return undefined;
    const page = Math.floor(vaddr / PAGE_SIZE);
    const entry = tableEntry(this.#machine(), table + (page % 512) * 8);
    if ((entry & 1n) === 0n) return undefined;
    const start = page * PAGE_SIZE;
    return { start, end: start + PAGE_SIZE, maddr: Number(entry & ADDRESS_BITS) };
  }

  #remember(leaf: Leaf, access: Access): void {
    if (access === "write") this.#lastWritten = leaf;
    else this.#lastRead = leaf;
  }

  /** Bytes from `vaddr` on that one translation serves: `translate` was asked for it before. */
  pageBytes(vaddr: number): number {
    const { end } = this.#lastRead;
    return vaddr < end ? end - vaddr : PAGE_SIZE - (vaddr % PAGE_SIZE);
  }

  /** Any 64-bit address; not remembered. */
  translateWide(vaddr: bigint, access: Access): number | Miss {
    const found = this.walk(vaddr, access);
    return found.ok ? found.maddr : { vaddr, access, walk: found };
  }

  walk(vaddr: bigint, access: Access): Walk {
    if (this.#cr3 === undefined) {
      const maddr = Number(BigInt.asUintN(32, vaddr));
      return { ok: true, steps: [], maddr, pageSize: LARGE, flags: 0n };
    }
    return walk(this.#machine(), this.#cr3, vaddr, access, {
      levels: this.#levels,
      writeProtect: false,
    });
  }
}
