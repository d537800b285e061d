/**
 * `crashkernel=` on x86_64: what a command line asks for, what the kernel reserves for it at boot,
 * and what it says. Pure: the same input gives the same answer.
 */
import type { Version } from "../../../machine/mod.ts";
import type { Range } from "../../../memory/mod.ts";
import type { Attempt } from "./attempt.ts";
import { bootWords, initEnvironmentLog } from "./boot_words.ts";
import { placeCma } from "./cma.ts";
import { bootReservations, type Reservation } from "./memblock.ts";
import { type NoRequest, parseRequest, type Request } from "./parse.ts";
import { type Failure, place, type Site, spaceOf } from "./place.ts";
import { type Rules, rulesOf } from "./rules.ts";

export type { Attempt, Part, TriedHole } from "./attempt.ts";
export { type Hole, memblockOf, type Reservation } from "./memblock.ts";
export type { NoRequest, Request } from "./parse.ts";
export type { Failure } from "./place.ts";

export interface CrashkernelInput {
  readonly version: Version;
  /** The whole command line of the kernel. */
  readonly cmdline: string;
  /** Usable RAM as memblock sees it, in bytes: `memblockOf` makes it from a firmware map. */
  readonly ram: readonly Range[];
  /**
   * What is taken before the region is looked for, in bytes: kernel, initrd, firmware. Entries whose
   * `what` begins with `kernel` are parts of the kernel's image.
   */
  readonly reserved: readonly Reservation[];
  /** Bytes, the size of `ram`. */
  readonly systemRam: number;
  /** A Xen PV guest, dom0 included: there the hypervisor's own option counts. */
  readonly xenPv?: boolean;
}

export interface CrashkernelResult {
  /** Half-open, in bytes. Its size is what was asked for, not rounded to pages. */
  readonly main?: Range;
  readonly low?: Range;
  /** Ranges of CMA, since 6.17. */
  readonly cma: readonly Range[];
  /** The lines of the kernel's log that speak of the option, in order, without time stamps. */
  readonly messages: readonly string[];
  readonly request: Request;
  readonly verdict: Verdict;
  /** Every search, in order, with the free memory that it saw. */
  readonly attempts: readonly Attempt[];
  /** All that was taken when the search began: `reserved` and what the boot itself holds. */
  readonly taken: readonly Reservation[];
}

/** The answer in one word, and the routine that gave it. */
export interface Verdict {
  readonly outcome: "reserved" | NoRequest | "xen-pv" | Failure;
  readonly cite: string;
}

/** The kernel keeps this many characters of its command line. [linux:COMMAND_LINE_SIZE] */
const LONGEST_CMDLINE = 2047;

export function reserveCrashkernel(input: CrashkernelInput): CrashkernelResult {
  const rules = rulesOf(input.version);
  const cmdline = kept(input.cmdline);
  const messages: string[] = [];
  const log = (line: string) => void messages.push(line);
  if (
    rules.saysLow1M &&
    bootWords(cmdline).some((w) => w.name === "crashkernel" && w.value !== undefined)
  ) {
    log("kexec: Reserving the low 1M of memory for crashkernel");
  }

  const taken = bootReservations(input.ram, input.reserved);
  const request = parseRequest(cmdline, input.systemRam, rules, log);
  const site = { ram: input.ram, taken, cmdline, systemRam: input.systemRam, rules, log };
  const outcome = answer(site, request, input.xenPv === true);
  if (rules.logsInitEnvironment) {
    for (const line of initEnvironmentLog(cmdline)) if (/crashkernel/i.test(line)) log(line);
  }
  return { ...outcome, messages, request, taken };
}

type Answer = Pick<CrashkernelResult, "main" | "low" | "cma" | "verdict" | "attempts">;

function answer(site: Site, request: Request, xenPv: boolean): Answer {
  const { rules, log } = site;
  const cite = rules.generic ? "linux:reserve_crashkernel_generic" : "linux:reserve_crashkernel";
  const nothing = { cma: [], attempts: [] };
  if (request.kind === "none") {
    const verdict = { outcome: request.reason, cite: "linux:parse_crashkernel" };
    return { ...nothing, verdict };
  }
  if (xenPv && rules.ignoredOnXenPv) {
    log("Ignoring crashkernel for a Xen PV domain");
    const reader = rules.generic ? "linux:arch_reserve_crashkernel" : cite;
    return { ...nothing, verdict: { outcome: "xen-pv", cite: reader } };
  }
  const { main, low, attempts, failure } = place(site, request);
  const placed = [main, low].filter((range) => range !== undefined)
    .map((range) => ({ what: "crash region", range }));
  const beside = (more: readonly Reservation[]) => spaceOf(site, [...placed, ...more]);
  const cma = placeCma(request.cma ?? 0n, beside, log);
  return {
    ...(main === undefined ? {} : { main }),
    ...(low === undefined ? {} : { low }),
    cma: cma.ranges,
    attempts: [...attempts, ...cma.attempts],
    verdict: { outcome: failure ?? "reserved", cite },
  };
}

/**
 * Bytes that `/sys/kernel/kexec_crash_size` shows after boot: up to 6.4 the main region only, and 0
 * for a region of one byte. [linux:crash_get_memory_size]
 */
export function kexecCrashSize(
  version: Version,
  regions: { readonly main?: Range; readonly low?: Range },
): number {
  const rules: Rules = rulesOf(version);
  const size = (range?: Range) => range === undefined ? 0 : range.end - range.start;
  if (rules.sizeCountsLow) return size(regions.main) + size(regions.low);
  return size(regions.main) === 1 ? 0 : size(regions.main);
}

/** A C string: it ends at the first NUL, or where the kernel's copy ends. */
function kept(cmdline: string): string {
  const nul = cmdline.indexOf("\0");
  return cmdline.slice(0, Math.min(nul < 0 ? Infinity : nul, LONGEST_CMDLINE));
}
