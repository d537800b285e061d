/**
 * The data of a crash image goes straight to its destination, page after page, long before the image
 * is the one that a crash would run. [xen:kimage_load_crash_segment]
 */
import {
  type Decision,
  isRam,
  type Recipe,
  type Refusal,
  type SegmentSpec,
} from "../../../machine/mod.ts";
import { framesTouched, PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { machineReset, xenPanic } from "../hypervisor.ts";
import { CRASH } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import type { Building } from "./building.ts";
import { unreadable } from "./refusals.ts";

const CITE = "xen:kimage_load_crash_segment";

export function* writeDestination(
  run: Run,
  building: Building,
  segment: SegmentSpec,
): Decision<Refusal | undefined> {
  const size = Number(segment.bufferSize);
  const readable = Math.min(segment.buffer.readable, size);
  const fails = readable < size;
  const pages = fails ? Math.floor(readable / PAGE_SIZE) + 1 : Number(segment.destSize) / PAGE_SIZE;
  if (pages === 0) return undefined;
  const first = Number(segment.dest) / PAGE_SIZE;
  const wraps = BigInt.asUintN(64, segment.dest + segment.destSize) <= segment.dest;
  if ((wraps && !fails) || !isRam(run.machine, first)) {
    return yield* writeBeyond(run, building, segment, first);
  }
  yield* write(run, building, segment, first, first + pages, readable);
  return fails ? unreadable(segment) : undefined;
}

function* write(
  run: Run,
  building: Building,
  segment: SegmentSpec,
  first: number,
  end: number,
  readable: number,
): Decision<void> {
  yield* own(run, building, segment, first, end);
  const recipe: Recipe = { kind: "padded", source: segment.buffer.recipe, length: readable };
  yield* emit(run, {
    kind: "frames-written",
    frames: [first, end],
    recipe,
    shifts: [first],
    what: `segment ${segment.name} of image ${building.name}`,
  });
}

/** What lies in the reserved region is the image's from now on. */
function* own(
  run: Run,
  building: Building,
  segment: SegmentSpec,
  first: number,
  end: number,
): Decision<void> {
  const region = run.machine.reservations.get(CRASH);
  if (region === undefined) return;
  const frames = framesTouched(region);
  const start = Math.max(first, frames.start);
  const stop = Math.min(end, frames.end);
  if (start >= stop) return;
  yield* emit(run, {
    kind: "frames-reassigned",
    frames: [start, stop],
    owner: {
      kind: "segment",
      label: `segment ${segment.name} of image ${building.name}`,
      image: building.id,
    },
  });
}

/**
 * An end that wrapped passed every check. Page after page is written upwards: where there is no RAM Xen
 * faults, and where Xen itself lies nothing is left that could.
 */
function* writeBeyond(
  run: Run,
  building: Building,
  segment: SegmentSpec,
  first: number,
): Decision<undefined> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "segment-wraps",
      message: `segment \`${segment.name}\` from ${hex(segment.dest)} of ${
        hex(segment.destSize)
      } bytes wraps around the end of memory and passed every check`,
      key: `segment-wraps:${building.name}:${segment.name}`,
      cite: "xen:kimage_crash_alloc",
    },
  });
  const ram = run.machine.ram.find((r) => first >= r.start && first < r.end);
  const xen = run.machine.reservations.get("xen");
  const hit = xen === undefined ? Infinity : Math.floor(xen.start / PAGE_SIZE);
  const end = Math.min(ram?.end ?? first, hit > first ? hit : Infinity);
  if (end > first) {
    const readable = Math.min(segment.buffer.readable, Number(segment.bufferSize));
    yield* write(run, building, segment, first, end, readable);
  }
  if (end === hit) {
    yield* machineReset(run, `segment ${segment.name} was written over Xen itself`, CITE);
    return undefined;
  }
  yield* xenPanic(run, {
    text: `FATAL PAGE FAULT: write of ${hex(BigInt(end) * 4096n)}, where there is no RAM`,
    cite: CITE,
  });
  return undefined;
}
