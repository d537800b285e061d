/** From the clauses of a `boot` block to a plan. */
import type { ArgValue, BootRequest, Clause, Machine } from "../../machine/mod.ts";
import { alignDown, bytesOfFrames, MADDR_LIMIT, PAGE_SIZE, type Range } from "../../memory/mod.ts";
import type { CrashArea } from "./state.ts";

/** Ranges in bytes. */
export interface BootPlan {
  readonly cmdline: string;
  /** Absent where no RAM below 4 GiB is large enough. */
  readonly xen?: Range;
  readonly modules?: Range;
  readonly reserved: readonly { readonly name: string; readonly range: Range }[];
  /** Given by the script; absent: `crashkernel=` decides. */
  readonly crash?: CrashArea;
  /** Pages of the heap at most. */
  readonly heap?: bigint;
}

const MIB = 2 ** 20;
const GIB4 = 2 ** 32;
/** Of the build that was observed, 4.17.7 of Debian 12, bytes. */
export const XEN_SIZE = 0x3a6140;
/** A kernel and an initrd of usual size, bytes. */
const MODULES_SIZE = 64 * MIB;

export function planBoot(machine: Machine, { clauses }: BootRequest): BootPlan {
  const one = (head: string) => clauses.findLast((c) => c.head === head);
  const text = one("cmdline")?.args.text;
  const xen = rangeOf(one("xen")?.args.range) ?? topOfRam(machine, XEN_SIZE, 2 * MIB, GIB4);
  const modules = modulesRange(machine, one("modules"), xen);
  const crash = one("crash_area")?.args;
  const heap = one("heap")?.args.pages;
  return {
    cmdline: typeof text === "string" ? text : "",
    ...(xen === undefined ? {} : { xen }),
    ...(modules === undefined ? {} : { modules }),
    reserved: clauses.filter((c) => c.head === "reserve").flatMap((c) => {
      const range = rangeAt(c.args.at, c.args.size);
      return range === undefined ? [] : [{ name: String(c.args.name), range }];
    }),
    ...(crash === undefined
      ? {}
      : { crash: { start: crash.start as bigint, size: crash.size as bigint } }),
    ...(typeof heap === "bigint" ? { heap } : {}),
  };
}

/** Addresses that no machine has are cut off: nothing is there. */
function bounded(value: bigint): number {
  return value > BigInt(MADDR_LIMIT) ? MADDR_LIMIT : Number(value);
}

function rangeOf(value: ArgValue | undefined): Range | undefined {
  if (typeof value !== "object" || !("start" in value) || !("end" in value)) return undefined;
  return { start: bounded(value.start), end: bounded(value.end) };
}

export function rangeAt(at: ArgValue | undefined, size: ArgValue | undefined): Range | undefined {
  if (typeof at !== "bigint" || typeof size !== "bigint") return undefined;
  return { start: bounded(at), end: bounded(at + size) };
}

/**
 * The highest whole blocks of `align` bytes below `limit` in which `size` bytes fit: Xen moves itself
 * there. [xen:__start_xen]
 */
function topOfRam(
  machine: Machine,
  size: number,
  align: number,
  limit: number,
): Range | undefined {
  const room = Math.ceil(size / align) * align;
  for (const ram of machine.ram.map(bytesOfFrames).reverse()) {
    const end = alignDown(Math.min(ram.end, limit), align);
    if (end - room >= Math.max(ram.start, align)) {
      return { start: end - room, end: end - room + size };
    }
  }
  return undefined;
}

/** Without a place: below Xen, as Xen moves them, or nowhere on a machine that is too small. */
function modulesRange(
  machine: Machine,
  clause: Clause | undefined,
  xen: Range | undefined,
): Range | undefined {
  const given = rangeAt(clause?.args.at, clause?.args.size);
  if (given !== undefined) return given;
  const size = clause === undefined ? MODULES_SIZE : bounded(clause.args.size as bigint);
  const total = machine.ram.reduce((sum, r) => sum + r.end - r.start, 0) * PAGE_SIZE;
  if (xen === undefined || (clause === undefined && total < 8 * size)) return undefined;
  return topOfRam(machine, size, PAGE_SIZE, xen.start);
}
