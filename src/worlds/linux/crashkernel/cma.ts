/**
 * `size,cma` (since 6.17): memory that the running kernel may use for what it can move away, and
 * that the crash kernel then takes as RAM. It comes on top of a region and never instead of one.
 */
import { PAGE_SIZE, type Range } from "../../../memory/mod.ts";
import { type Attempt, attempt, type Space } from "./attempt.ts";
import type { Reservation } from "./memblock.ts";
import type { Log } from "./parse.ts";
import { LOW_END, MIB } from "./rules.ts";

/** Bytes. The unit that pages are moved in. [linux:CMA_MIN_ALIGNMENT_BYTES] */
const CMA_ALIGN = 2 * MIB;

/** [linux:CRASHKERNEL_CMA_RANGES_MAX] */
const MOST_RANGES = 4;

export interface CmaPlacement {
  readonly ranges: readonly Range[];
  readonly attempts: readonly Attempt[];
}

/**
 * Asks for all of it in one range; where that fails for half as much, and again, until enough is
 * found or four ranges are. [linux:reserve_crashkernel_cma]
 */
export function placeCma(
  size: bigint,
  spaceBeside: (more: readonly Reservation[]) => Space,
  log: Log,
): CmaPlacement {
  const ranges: Range[] = [];
  const attempts: Attempt[] = [];
  if (size === 0n) return { ranges, attempts };
  let request = roundUpToPage(size);
  let reserved = 0n;
  while (reserved < size && ranges.length < MOST_RANGES) {
    const space = spaceBeside(ranges.map((range) => ({ what: "crashkernel CMA", range })));
    const found = declare(space, request, attempts);
    if (found === undefined) {
      if (request <= BigInt(PAGE_SIZE)) break;
      request = roundUpToPage(request / 2n);
      continue;
    }
    ranges.push(found);
    reserved += request;
  }
  const count = `${ranges.length} ranges`;
  log(
    reserved < size
      ? `crashkernel CMA reservation failed: ${size >> 20n} MB requested, ${
        reserved >> 20n
      } MB reserved in ${count}`
      : `crashkernel CMA reserved: ${reserved >> 20n} MB in ${count}`,
  );
  return { ranges, attempts };
}

/**
 * Above 4 GiB from the bottom, so that pages are moved out of the range and not into it; else
 * anywhere from the top. [linux:cma_alloc_mem]
 */
function declare(space: Space, request: bigint, attempts: Attempt[]): Range | undefined {
  const end = space.ram.reduce((last, range) => Math.max(last, range.end), 0);
  const size = (request + BigInt(CMA_ALIGN) - 1n) / BigInt(CMA_ALIGN) * BigInt(CMA_ALIGN);
  if (size > BigInt(end)) return undefined;
  const windows: [number, "bottom-up" | "top-down"][] = BigInt(end) >= BigInt(LOW_END) + size
    ? [[LOW_END, "bottom-up"], [0, "top-down"]]
    : [[0, "top-down"]];
  for (const [start, direction] of windows) {
    const window = { start: BigInt(start), end: BigInt(end) };
    const one = attempt(space, "cma", size, CMA_ALIGN, window, direction);
    attempts.push(one);
    if (one.found !== undefined) return one.found;
  }
  return undefined;
}

function roundUpToPage(size: bigint): bigint {
  const page = BigInt(PAGE_SIZE);
  return BigInt.asUintN(64, (size + page - 1n) / page * page);
}
