/**
 * How the running kernel lives in the machine. What the real code keeps in memory that it hands over,
 * or that a device sees, is real bytes there: the module's last page, the start info, ring pages. Its
 * own variables are records: one plain value for each name below, replaced as a whole by
 * `record-set` events. A kexec starts the next kernel with none of them, but for what Xen holds.
 */
import type { Decision, Machine } from "../../machine/mod.ts";
import type { E820Entry, MemoryMap } from "./memory/e820.ts";
import { emit, type Run } from "./steps.ts";

export type { E820Entry, MemoryMap };

export const E820 = {
  ram: 1,
  reserved: 2,
  acpi: 3,
  nvs: 4,
  unusable: 5,
  disabled: 6,
  persistent: 7,
  /** Mini-OS's own: scratch space for foreign mappings, since the series. */
  softReserved: 0xefffffff,
} as const;

/** A module of the start info's list. Any 64-bit values. */
export interface ModuleEntry {
  readonly paddr: bigint;
  readonly size: bigint;
}

/** What does not change once the kernel runs. Addresses in bytes, pfns in frames. */
export interface Kernel {
  /** 0 for the kernel that Xen started, one more after each kexec. */
  readonly generation: number;
  /** CONFIG_KEXEC_MODULE_PAGES: all pages of a module that this kernel would create. */
  readonly modulePages: number;
  /** `_text` is 0; `_end` and the page table root that the image itself holds. */
  readonly imageEnd: number;
  readonly pageTableBase: number;
  /** Where it was told its start info is. */
  readonly startInfo: number;
  readonly cmdline: string;
  /** All modules of the start info: pages of each are kept from the page allocator. */
  readonly modules: readonly ModuleEntry[];
  /** What XENMEM_current_reservation answers, pages. */
  readonly currentReservation: number;
  readonly firstFreePfn: number;
  /** The first frame that the page allocator may have: after the page tables. */
  readonly startPfn: number;
  readonly maxPfn: number;
}

/** The kernel's pointers to its module; all 0 when there is none. Addresses in bytes. */
export interface ModulePointers {
  /** mod_ptr: the page with struct kexec_module. */
  readonly admin: number;
  /** kexec_mod_start. */
  readonly start: number;
  /** mod_recs, mod_rec_start, mod_rec_end. */
  readonly records: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** reserved_range[0]: set when a module was created here. */
  readonly reserved: { readonly start: number; readonly size: number };
}

export const NO_MODULE: ModulePointers = {
  admin: 0,
  start: 0,
  records: 0,
  dataStart: 0,
  dataEnd: 0,
  reserved: { start: 0, size: 0 },
};

/** Each record with the type of its value. memory/ and kexec/ add their own beside these. */
export const KERNEL = "mini_os.kernel";
export const MEMORY_MAP = "mini_os.memory_map";
export const MODULE = "mini_os.module";

export function kernelOf(machine: Machine): Kernel | undefined {
  return machine.records.get(KERNEL) as Kernel | undefined;
}

export function memoryMapOf(machine: Machine): MemoryMap {
  return machine.records.get(MEMORY_MAP) as MemoryMap | undefined ??
    { entries: [], reservedPages: 0n, lapicInserted: false };
}

export function modulePointersOf(machine: Machine): ModulePointers {
  return machine.records.get(MODULE) as ModulePointers | undefined ?? NO_MODULE;
}

/** Replaces a record; `what` says in a few words what happened. */
export function* keep(
  run: Run,
  name: string,
  value: object | undefined,
  what: string,
): Decision<void> {
  yield* emit(run, { kind: "record-set", name, value, what });
}
