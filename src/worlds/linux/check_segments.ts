/**
 * The checks of the segment list: five passes, each over all segments, so that the first pass that
 * fails decides the errno and not the first bad segment. [linux:sanity_check_segment_list]
 *
 * None of them asks whether a destination is RAM, or belongs to the running kernel: for a default
 * image every page below the limit will do. kx tells that as a hazard.
 */
import type { Decision, Machine, Refusal, SegmentSpec, Slot } from "../../machine/mod.ts";
import { type CrashResource, crashResource, maxMemory, numberSetting, SETTING } from "./kernel.ts";
import {
  bufferTooLarge,
  hex,
  overlappingSegments,
  pageCount,
  pages,
  span,
  u64,
} from "../../routine/mod.ts";
import { type Check, check, type Run } from "./steps.ts";

const CITE = "linux:sanity_check_segment_list";
const PAGE = 4096n;

/** All three are looked at in one pass. */
const ADDRESS_RULES = ["segment-wraps", "segment-misaligned", "segment-beyond-limit"] as const;

export function* checkSegments(
  run: Run,
  slot: Slot,
  segments: readonly SegmentSpec[],
): Decision<Check> {
  const { machine } = run;
  const passes: [readonly string[], () => Check][] = [
    [ADDRESS_RULES, () => badAddress(segments, maxMemory(machine))],
    [["segments-overlap"], () => overlappingSegments(segments, CITE)],
    [["buffer-larger-than-segment"], () => bufferTooLarge(segments, CITE)],
    [["half-of-ram"], () => tooMuchMemory(machine, segments)],
  ];
  if (slot === "crash") {
    const region = crashResource(machine);
    passes.push([["segment-outside-crash-region"], () => outsideRegion(segments, region)]);
  }
  for (const [rules, find] of passes) {
    const refusal = find();
    if (refusal !== undefined) return refusal;
    for (const rule of rules) yield* check(run, rule, CITE, undefined);
  }
  return undefined;
}

/** Wraps, is not page aligned at either end, or reaches the limit of physical addresses. */
function badAddress(segments: readonly SegmentSpec[], limit: bigint): Check {
  for (const [i, s] of segments.entries()) {
    const end = u64(s.dest + s.destSize);
    const at = `segment \`${s.name}\` ${span(s.dest, end)}`;
    const common = { errno: "EADDRNOTAVAIL", segments: [i], cite: CITE } as const;
    if (s.dest > end) {
      return {
        ...common,
        rule: "segment-wraps",
        nature: "arguments",
        message: `${at} wraps around: ${hex(s.dest)} + ${hex(s.destSize)} is beyond 2^64`,
        remedy: `A size of at most ${hex((1n << 64n) - PAGE - (s.dest & -PAGE))}`,
      };
    }
    if (s.dest % PAGE !== 0n || end % PAGE !== 0n) {
      const which = s.dest % PAGE !== 0n ? "start" : "end";
      return {
        ...common,
        rule: "segment-misaligned",
        nature: "arguments",
        message: `${at}: its ${which} is not a multiple of 0x1000`,
        remedy: `Put it at ${hex(s.dest & -PAGE)} with size ${
          hex((end - (s.dest & -PAGE) + PAGE - 1n) & -PAGE)
        }`,
      };
    }
    // The limit is the last byte, so the last page that can be used ends one page earlier.
    if (end >= limit - 1n) {
      return {
        ...common,
        rule: "segment-beyond-limit",
        nature: "placement",
        message: `${at} ends beyond ${hex(limit - PAGE)}, the last end this kernel accepts`,
        remedy: `End it at or below ${hex(limit - PAGE)}`,
      };
    }
  }
  return undefined;
}

/** More than half of the memory that the kernel manages, in one segment or in all together. */
function tooMuchMemory(machine: Machine, segments: readonly SegmentSpec[]): Check {
  const half = numberSetting(machine, SETTING.totalRamPages) / 2n;
  let total = 0n;
  for (const [i, s] of segments.entries()) {
    const count = pageCount(s.destSize);
    total += count;
    if (count > half) return overHalf(`segment \`${s.name}\` takes ${pages(count)}`, half, [i]);
  }
  if (total <= half) return undefined;
  return overHalf(`the segments take ${pages(total)} together`, half, [...segments.keys()]);
}

function overHalf(what: string, half: bigint, segments: readonly number[]): Refusal {
  return {
    rule: "half-of-ram",
    errno: "EINVAL",
    nature: "resources",
    message: `${what}, more than ${pages(half)}: half of the RAM that the kernel manages`,
    remedy: `At most ${pages(half)} (${half / 256n} MiB), or more RAM; swap does not count`,
    segments,
    cite: CITE,
  };
}

/** Only the main region counts. A zero-length segment one past its end is inside. */
function outsideRegion(segments: readonly SegmentSpec[], region: CrashResource): Check {
  for (const [i, s] of segments.entries()) {
    const last = u64(s.dest + s.destSize - 1n);
    if (s.dest >= region.start && last <= region.last) continue;
    return {
      rule: "segment-outside-crash-region",
      errno: "EADDRNOTAVAIL",
      nature: "placement",
      message: `segment \`${s.name}\` ${span(s.dest, u64(s.dest + s.destSize))} is not inside ${
        describeRegion(region)
      }`,
      ...(region.last > region.start
        ? { remedy: `Put it between ${hex(region.start)} and ${hex(region.last + 1n)}` }
        : { remedy: "Boot with `crashkernel=`" }),
      segments: [i],
      cite: CITE,
    };
  }
  return undefined;
}

/** The crash region in words, for messages. */
export function describeRegion(region: CrashResource): string {
  return region.last > region.start
    ? `the crash region ${span(region.start, region.last + 1n)}`
    : "any crash region: there is none";
}
