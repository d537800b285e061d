/**
 * `crashkernel=` on Xen's command line: what is asked for, what boot reserves for it, where Xen and
 * the modules go around it, and what the log says. Pure: the same input gives the same answer.
 */
import type { Hazard, Version } from "../../../machine/mod.ts";
import type { Range } from "../../../memory/mod.ts";
import { hazardsOf } from "./hazards.ts";
import { parseCmdline, type Request, sizeFor } from "./parse.ts";
import { type Area, type BootModule, placeAll, type Placed } from "./place.ts";
import { crashkernelRules } from "./rules.ts";

export type { Request, SizeRange } from "./parse.ts";
export type { Area, BootModule, Placed } from "./place.ts";
export { type CrashinfoRequest, crashinfoRequest } from "./low_crashinfo.ts";
export { CRASHKERNEL_HAZARDS } from "./texts.ts";

export interface CrashRegionInput {
  readonly version: Version;
  /** The whole command line of Xen, what follows `--` included. */
  readonly cmdline: string;
  /** Usable RAM of the sanitised e820, in bytes; need not be page aligned. */
  readonly ram: readonly Range[];
  /** What the boot loader brought, the kernel of dom0 first. */
  readonly modules: readonly BootModule[];
  /** Bytes from `_start` to `_end` of Xen. */
  readonly imageSize: number;
}

export interface CrashRegion {
  /**
   * The variable that every load is checked against: `kexec_crash_area`. It may have a size and no
   * start, or a start and no size, and then get_range tells neither.
   */
  readonly area: Area;
  /** What get_range tells, in bytes and not rounded; undefined: it answers 0 and 0. */
  readonly told?: Range;
  /** Whether notes for the processors exist: the size alone decides. [xen:kexec_init] */
  readonly hasNotes: boolean;
  /** Xen's image, `_start` to `_end`; undefined: Xen finds no room for itself and panics. */
  readonly xen?: Range;
  readonly modules: readonly Placed[];
  /** Lines that only the ring buffer has: the serial console is not up yet. Without `(XEN) `. */
  readonly earlyLog: readonly string[];
  /** Lines on the console, in order, without `(XEN) `. */
  readonly log: readonly string[];
  readonly request: Request;
  readonly outcome: Outcome;
  readonly hazards: readonly Hazard[];
}

/**
 * `phantom`: nothing was found, yet a size stays behind with a start of 0, silently. `wrapped`: it is
 * reserved across the end of the address space, and Xen's map of memory is lost.
 */
export type Outcome = "reserved" | "absent" | "disabled" | "phantom" | "wrapped";

/** What a boot of Xen makes of its command line and its memory. */
export function reserveCrashRegion(input: CrashRegionInput): CrashRegion {
  const rules = crashkernelRules(input.version);
  const parsed = parseCmdline(input.cmdline, rules);
  const log: string[] = [];
  const size = sizeFor(parsed.request, systemRam(input.ram), log);
  const placement = placeAll({
    area: { start: parsed.request.start, size },
    limit: parsed.request.limit,
    ram: input.ram,
    modules: input.modules,
    imageSize: input.imageSize,
  }, rules);
  const { area, disabled, wraps } = placement;
  const outcome: Outcome = disabled
    ? "disabled"
    : wraps
    ? "wrapped"
    : area.size === 0n
    ? "absent"
    : area.start === 0n
    ? "phantom"
    : "reserved";
  const told = { start: Number(area.start), end: Number(area.start) + Number(area.size) };
  return {
    area,
    ...(outcome === "reserved" ? { told } : {}),
    hasNotes: area.size > 0n,
    ...(placement.xen === undefined ? {} : { xen: placement.xen }),
    modules: placement.modules,
    earlyLog: parsed.log,
    log: [...log, ...placement.log],
    request: parsed.request,
    outcome,
    hazards: hazardsOf(parsed, size, area, outcome),
  };
}

/** Whole pages of each piece of RAM, in bytes. [xen:__start_xen] */
function systemRam(ram: readonly Range[]): bigint {
  return ram.reduce((sum, r) => sum + (BigInt(r.end - r.start) >> 12n << 12n), 0n);
}
