/**
 * What is checked of an image before anything is taken, in Xen's order. Of a crash image first the
 * entry point and where its data goes, then of every image alignment, overlap and buffer sizes.
 * Nothing else: no RAM, no entry of a default image, no wrap. [xen:do_kimage_alloc]
 */
import type { Decision, Refusal, SegmentSpec } from "../../../machine/mod.ts";
import { bufferTooLarge, hex, overlappingSegments, span, u64 } from "../../../routine/mod.ts";
import { type CrashArea, crashArea } from "../state.ts";
import { type Check, check, emit, type Run } from "../steps.ts";
import { type ImageRequest, isMapOnly } from "./building.ts";

const CRASH = "xen:kimage_crash_alloc";
const COMMON = "xen:do_kimage_alloc";
const PAGE_MASK = 0xfffn;

export function* checkCrash(run: Run, request: ImageRequest): Decision<Check> {
  const area = crashArea(run.machine);
  const end = u64(area.start + area.size);
  const { entryPoint, segments } = request;
  const inside = entryPoint >= area.start && entryPoint <= end;
  const refusal = (yield* check(
    run,
    "crash-entry-outside",
    CRASH,
    inside ? undefined : entryOutside(entryPoint, area),
  )) ?? (yield* check(
    run,
    "segment-outside-crash-region",
    CRASH,
    outside(segments, area, end),
  ));
  if (refusal === undefined && entryPoint === end) yield* tellEntryAtEnd(run, request);
  return refusal;
}

export function* checkSegments(run: Run, segments: readonly SegmentSpec[]): Decision<Check> {
  return (yield* check(run, "segment-misaligned", COMMON, misaligned(segments))) ??
    (yield* check(run, "segments-overlap", COMMON, overlappingSegments(segments, COMMON))) ??
    (yield* check(run, "buffer-larger-than-segment", COMMON, bufferTooLarge(segments, COMMON)));
}

function entryOutside(entryPoint: bigint, area: CrashArea): Refusal {
  return {
    rule: "crash-entry-outside",
    errno: "EADDRNOTAVAIL",
    nature: "placement",
    message: `entry point ${hex(entryPoint)} is not inside ${describe(area)}`,
    remedy: area.size === 0n
      ? "Boot Xen with `crashkernel=`: on dom0's own command line it does nothing"
      : `An entry point from ${hex(area.start)} on`,
    cite: CRASH,
  };
}

/** The end is compared as it is, wrapped or not; the last byte may be the area's end. */
function outside(segments: readonly SegmentSpec[], area: CrashArea, areaEnd: bigint): Check {
  for (const [i, s] of segments.entries()) {
    if (isMapOnly(s)) continue;
    const end = u64(s.dest + s.destSize);
    if (s.dest >= area.start && end <= areaEnd) continue;
    return {
      rule: "segment-outside-crash-region",
      errno: "EADDRNOTAVAIL",
      nature: "placement",
      message: `segment \`${s.name}\` ${span(s.dest, end)} is not inside ${describe(area)}`,
      remedy: area.size === 0n
        ? "Boot Xen with `crashkernel=`"
        : `Put it between ${hex(area.start)} and ${
          hex(areaEnd)
        }, or give it no data: a range to be mapped may lie anywhere`,
      segments: [i],
      cite: CRASH,
    };
  }
  return undefined;
}

function describe({ start, size }: CrashArea): string {
  return size === 0n
    ? "any crash area: there is none"
    : `the crash area ${span(start, u64(start + size))}`;
}

function misaligned(segments: readonly SegmentSpec[]): Check {
  for (const [i, s] of segments.entries()) {
    const end = u64(s.dest + s.destSize);
    const which = (s.dest & PAGE_MASK) !== 0n ? "begins" : "ends";
    if (((s.dest | end) & PAGE_MASK) === 0n) continue;
    return {
      rule: "segment-misaligned",
      errno: "EADDRNOTAVAIL",
      nature: "placement",
      message: `segment \`${s.name}\` ${span(s.dest, end)} ${which} inside a page`,
      remedy: "Whole pages of 4 KiB",
      segments: [i],
      cite: COMMON,
    };
  }
  return undefined;
}

function* tellEntryAtEnd(run: Run, { name, entryPoint }: ImageRequest): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "entry-at-area-end",
      message: `entry point ${
        hex(entryPoint)
      } is the first byte behind the crash area, and was accepted`,
      key: `entry-at-area-end:${name}`,
      cite: CRASH,
    },
  });
}
