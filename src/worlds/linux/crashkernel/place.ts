/**
 * Where the region goes on x86_64. The search is that of the boot-time allocator: the highest
 * aligned base in a window that memory and reservations leave free.
 *
 * X@Y has one window, [Y, Y + X), and no second chance. Otherwise windows are tried in turn: low
 * first for the plain form, high first for `,high`. A region that ends up at or above 4 GiB needs a
 * second one below, for devices that reach no further; without that one it is given back.
 */
import type { Range } from "../../../memory/mod.ts";
import { type Attempt, attempt, type Space } from "./attempt.ts";
import { defaultLowSize } from "./low_size.ts";
import { holesOf, type Reservation } from "./memblock.ts";
import { type Log, parseSuffixed, type Request } from "./parse.ts";
import { CRASH_ALIGN, HIGH_END, LOW_END, type Rules } from "./rules.ts";

/** Why there is no region although one was asked for. */
export type Failure = "no-room" | "in-use" | "no-low-room";

export interface Placement {
  readonly attempts: readonly Attempt[];
  readonly main?: Range;
  readonly low?: Range;
  readonly failure?: Failure;
}

export interface Site {
  readonly ram: readonly Range[];
  readonly taken: readonly Reservation[];
  readonly cmdline: string;
  /** Bytes, all of memblock. */
  readonly systemRam: number;
  readonly rules: Rules;
  readonly log: Log;
}

export type Asked = Exclude<Request, { readonly kind: "none" }>;

export function place(site: Site, asked: Asked): Placement {
  const { log, rules } = site;
  const attempts: Attempt[] = [];
  const main = asked.base === 0n
    ? chooseMain(site, asked, attempts)
    : fixedMain(site, asked, attempts);
  if (main === undefined) {
    const failure = asked.base === 0n ? "no-room" : "in-use";
    log(
      failure === "in-use"
        ? "crashkernel reservation failed - memory is in use."
        : rules.generic
        ? `cannot allocate crashkernel (size:0x${asked.size.toString(16)})`
        : "crashkernel reservation failed - No suitable area found.",
    );
    return { attempts, failure };
  }
  const low = wantsLow(site, asked, main) ? lowPart(site, asked, main, attempts) : "not needed";
  if (low === "no room") return { attempts, failure: "no-low-room" };
  log(
    rules.generic
      ? `crashkernel reserved: ${hex(main.start, 16)} - ${hex(main.end, 16)} (${
        mib(asked.size)
      } MB)`
      : `Reserving ${mib(asked.size)}MB of memory at ${mib(main.start)}MB for crashkernel ` +
        `(System RAM: ${mib(site.systemRam)}MB)`,
  );
  return { attempts, main, ...(typeof low === "string" ? {} : { low }) };
}

/** The kernel adds Y and X as 64-bit numbers; a sum that wraps leaves a window without room. */
function fixedMain(site: Site, asked: Asked, attempts: Attempt[]): Range | undefined {
  const window = { start: asked.base, end: BigInt.asUintN(64, asked.base + asked.size) };
  return tried(attempts, attempt(spaceOf(site), "main", asked.size, site.rules.fixedAlign, window));
}

function chooseMain(site: Site, asked: Asked, attempts: Attempt[]): Range | undefined {
  for (const window of windowsFor(site.rules, asked.kind)) {
    const found = attempt(spaceOf(site), "main", asked.size, CRASH_ALIGN, wide(window));
    if (tried(attempts, found) !== undefined) return found.found;
  }
  return undefined;
}

/**
 * Up to 6.6 the high window reaches down to the low one, so `,high` on a machine without memory
 * above 4 GiB lands below in the same search; since 6.7 that takes a second one.
 */
function windowsFor(rules: Rules, kind: Asked["kind"]): Range[] {
  if (rules.generic) {
    const low = { start: 0, end: LOW_END };
    const high = { start: LOW_END, end: HIGH_END };
    return kind === "high" ? [high, low] : [low, high];
  }
  const low = { start: CRASH_ALIGN, end: rules.plainEnd };
  const any = { start: CRASH_ALIGN, end: HIGH_END };
  return kind === "high" ? [any] : rules.fallsBackHigh ? [low, any] : [low];
}

/** Up to 6.6 every region from 4 GiB on, since 6.7 only one that X@Y did not put there. */
function wantsLow(site: Site, asked: Asked, main: Range): boolean {
  if (site.rules.generic && asked.base !== 0n) return false;
  return site.rules.lowPartAt4GiB ? main.start >= LOW_END : main.start > LOW_END;
}

/** [linux:reserve_crashkernel_low] */
function lowPart(
  site: Site,
  asked: Asked,
  main: Range,
  attempts: Attempt[],
): Range | "not needed" | "no room" {
  const { log, rules } = site;
  const size = lowSize(site, asked);
  if (size === 0n) return "not needed";
  const window = wide({ start: 0, end: LOW_END });
  const space = spaceOf(site, [{ what: "crash region", range: main }]);
  const low = tried(attempts, attempt(space, "low", size, CRASH_ALIGN, window));
  if (low === undefined) {
    log(
      rules.generic
        ? `cannot allocate crashkernel low memory (size:0x${size.toString(16)}).`
        : `Cannot reserve ${mib(size)}MB crashkernel low memory, please try smaller size.`,
    );
    return "no room";
  }
  log(
    rules.generic
      ? `crashkernel low memory reserved: ${hex(low.start, 8)} - ${hex(low.end, 8)} (${
        mib(size)
      } MB)`
      : `Reserving ${mib(size)}MB of low memory at ${mib(low.start)}MB for crashkernel ` +
        `(${rules.lowLimitIs}: ${mib(lowLimit(site))}MB)`,
  );
  return low;
}

/**
 * Since 6.7 a plain request that fell back to high memory gets the default, whatever `,low` says;
 * before, `,low` counts for it too, and a malformed one means the default.
 */
function lowSize(site: Site, asked: Asked): bigint {
  if (site.rules.generic) return asked.low ?? defaultLowSize(site.cmdline);
  const low = parseSuffixed(site.cmdline, ",low", site.log);
  return low.kind === "read" ? low.size : defaultLowSize(site.cmdline);
}

/** Bytes, for the end of the message: since 5.15 all RAM but at most 4 GiB, before RAM below. */
function lowLimit(site: Site): number {
  if (site.rules.lowLimitIs === "low RAM limit") return Math.min(site.systemRam, LOW_END);
  return site.ram.reduce((sum, r) => sum + Math.max(0, Math.min(r.end, LOW_END) - r.start), 0);
}

function tried(attempts: Attempt[], one: Attempt): Range | undefined {
  attempts.push(one);
  return one.found;
}

/** What is left to search once `more` is taken too. */
export function spaceOf(site: Site, more: readonly Reservation[] = []): Space {
  const taken = [...site.taken, ...more];
  return { ram: site.ram, taken, holes: holesOf(site.ram, taken) };
}

function wide(window: Range): { readonly start: bigint; readonly end: bigint } {
  return { start: BigInt(window.start), end: BigInt(window.end) };
}

/** Whole mebibytes, rounded down, as every message counts. */
function mib(bytes: number | bigint): string {
  return (BigInt(bytes) >> 20n).toString();
}

function hex(address: number, digits: number): string {
  return `0x${address.toString(16).padStart(digits, "0")}`;
}
