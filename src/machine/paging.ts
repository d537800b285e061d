/**
 * Page walks: a virtual address through the tables that are in memory now. What a processor would
 * read is read here, entry by entry, so that a page table which somebody overwrote sends the walk
 * astray exactly as it would there.
 *
 * Cost: one 64-bit read of modelled memory for each level.
 */
import { PAGE_SIZE } from "../memory/mod.ts";
import { type Machine, readWord } from "./machine.ts";
import { wordOfRecipe } from "./content.ts";

const PRESENT = 1;
const WRITABLE = 2;
const LARGE = 0x80;
/** Bits 12 … 51 of an entry: where the next table or the page is. */
const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const NO_EXECUTE = 1n << 63n;

export type Access = "read" | "write" | "execute";

/** One entry that a walk looked at. */
export interface WalkStep {
  /** 5 … 1: 4 is the root of a 4-level tree, 1 the level of 4 KiB pages. */
  readonly level: number;
  /** Physical address of the entry, bytes. */
  readonly entryAt: number;
  readonly entry: bigint;
}

export type Walk =
  | {
    readonly ok: true;
    readonly steps: readonly WalkStep[];
    /** Physical address that `vaddr` leads to, bytes. */
    readonly maddr: number;
    /** Bytes of the page that maps it: 4 KiB, 2 MiB or 1 GiB. */
    readonly pageSize: number;
    /** Flag bits of the leaf, low twelve, and no-execute at bit 63. */
    readonly flags: bigint;
  }
  | {
    readonly ok: false;
    readonly steps: readonly WalkStep[];
    /** Why the processor would fault: the last step is the entry that is to blame. */
    readonly why: "non-canonical" | "not-present" | "read-only" | "no-execute";
  };

/** Whether bits above the top one that the tables translate repeat it. 48 or 57 bits. */
export function isCanonical(vaddr: bigint, levels: 4 | 5): boolean {
  const top = BigInt(levels === 4 ? 47 : 56);
  const high = BigInt.asUintN(64, vaddr) >> top;
  return high === 0n || high === (1n << (64n - top)) - 1n;
}

/**
 * Walks `vaddr` from the root table at `cr3` (bytes; its low twelve bits are ignored). Supervisor
 * accesses with CR0.WP set as `writeProtect` says: without it a read-only page can be written.
 */
export function walk(
  machine: Machine,
  cr3: number,
  vaddr: bigint,
  access: Access,
  options: { readonly levels: 4 | 5; readonly writeProtect: boolean },
): Walk {
  const steps: WalkStep[] = [];
  if (!isCanonical(vaddr, options.levels)) return { ok: false, steps, why: "non-canonical" };
  let table = Math.floor(cr3 / PAGE_SIZE) * PAGE_SIZE;
  // Halves of 32 bits: a shift of a bigint costs more than the rest of a step.
  const low = Number(BigInt.asUintN(32, vaddr));
  const high = Number(BigInt.asUintN(32, vaddr >> 32n));
  let writable = true;
  let executable = true;
  for (let level: number = options.levels; level >= 1; level--) {
    const entryAt = table + indexOf(low, high, level) * 8;
    const entry = tableEntry(machine, entryAt);
    steps.push({ level, entryAt, entry });
    const bits = Number(BigInt.asUintN(12, entry));
    if ((bits & PRESENT) === 0) return { ok: false, steps, why: "not-present" };
    writable &&= (bits & WRITABLE) !== 0;
    executable &&= entry < NO_EXECUTE;
    const isLeaf = level === 1 || ((level === 2 || level === 3) && (bits & LARGE) !== 0);
    if (!isLeaf) {
      table = Number(entry & ADDRESS_BITS);
      continue;
    }
    if (access === "write" && !writable && options.writeProtect) {
      return { ok: false, steps, why: "read-only" };
    }
    if (access === "execute" && !executable) return { ok: false, steps, why: "no-execute" };
    const inPage = (1n << BigInt(12 + 9 * (level - 1))) - 1n;
    return {
      ok: true,
      steps,
      maddr: Number((entry & ADDRESS_BITS & ~inPage) | (vaddr & inPage)),
      pageSize: Number(inPage) + 1,
      flags: (entry & 0xfffn) | (entry & NO_EXECUTE),
    };
  }
  throw new Error("a walk ends at level 1");
}

/** Nine bits of the address for each level. */
function indexOf(low: number, high: number, level: number): number {
  switch (level) {
    case 1:
      return (low >>> 12) & 511;
    case 2:
      return (low >>> 21) & 511;
    case 3:
      return ((low >>> 30) | (high << 2)) & 511;
    case 4:
      return (high >>> 7) & 511;
    default:
      return (high >>> 16) & 511;
  }
}

/** An entry lies in one page and is aligned, so it needs no copy of the bytes around it. */
export function tableEntry(machine: Machine, at: number): bigint {
  const frame = Math.floor(at / PAGE_SIZE);
  const extent = machine.contents.extentAt(frame);
  if (extent === undefined) return 0n;
  return wordOfRecipe(extent.value.recipe, at - extent.shift * PAGE_SIZE) ?? readWord(machine, at);
}
