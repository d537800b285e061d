/**
 * What Linux accepts though it will most likely not work: told while an image is built, never a
 * reason to refuse.
 */
import type { Decision, Hazard, Image, Machine, SegmentSpec } from "../../machine/mod.ts";
import { bytesOfFrames, framesTouched, PAGE_SIZE, type Range } from "../../memory/mod.ts";
import type { ImageRequest } from "./build_image.ts";
import { crashLowRegion, crashRegion, directMapped, hasCpu } from "./kernel.ts";
import { footprintHazards, type Room } from "../../execution/mod.ts";
import { type Laid, unmappedTouches } from "../../purgatory/mod.ts";
import { hex, span } from "../../routine/mod.ts";
import { emit, type Run } from "./steps.ts";

export function* findLoadHazards(run: Run, request: ImageRequest): Decision<void> {
  for (const hazard of loadHazards(run.machine, request)) {
    yield* emit(run, { kind: "hazard-found", hazard });
  }
}

export function loadHazards(machine: Machine, request: ImageRequest): Hazard[] {
  const hazards: Hazard[] = [];
  for (const s of request.segments) {
    if (s.destSize === 0n) continue;
    const range = { start: Number(s.dest), end: Number(s.dest + s.destSize) };
    if (request.slot === "default") {
      hazards.push(...destinationHazards(machine, request.name, s, range));
    }
  }
  hazards.push(...entryHazards(machine, request));
  hazards.push(...footprintHazards(request.name, request.segments, roomOf(machine, request)));
  if (request.slot === "crash") hazards.push(...regionHazards(machine));
  return hazards;
}

/** What a kernel that runs may write: RAM, and if a dump is to be worth something the crash region. */
function roomOf(machine: Machine, { slot }: ImageRequest): Room {
  if (slot === "default") return { name: "RAM", ranges: machine.ram.map(bytesOfFrames) };
  const regions = [crashLowRegion(machine), crashRegion(machine)];
  return { name: "the crash region", ranges: regions.filter((r) => r !== undefined) };
}

function destinationHazards(
  machine: Machine,
  image: string,
  s: SegmentSpec,
  range: Range,
): Hazard[] {
  const hazards: Hazard[] = [];
  const where = `segment \`${s.name}\` ${span(range.start, range.end)}`;
  const add = (code: string, message: string, cite: string) =>
    hazards.push({ code, message: `${where} ${message}`, key: `${code}:${image}:${s.name}`, cite });
  const frames = framesTouched(range);
  const hole = firstOutsideRam(machine, frames);
  if (hole !== undefined) {
    add(
      "segment-outside-ram",
      `is not RAM from ${hex(hole * PAGE_SIZE)} on`,
      "linux:sanity_check_segment_list",
    );
  }
  const region = crashRegion(machine);
  if (region !== undefined && range.start < region.end && region.start < range.end) {
    add(
      "segment-in-crash-region",
      `lies in the crash region ${
        span(region.start, region.end)
      }: no crash image survives the copy`,
      "linux:sanity_check_segment_list",
    );
  }
  const met = new Set<string>();
  for (const extent of machine.owners.within(frames.start, frames.end)) {
    const { kind, label } = extent.value;
    if ((kind !== "kernel" && kind !== "initrd") || met.has(kind)) continue;
    met.add(kind);
    if (kind === "kernel") {
      add("segment-over-kernel", `overwrites the running kernel (${label})`, "linux:machine_kexec");
    } else {add(
        "segment-over-initrd",
        "overwrites the initrd of the running kernel",
        "linux:machine_kexec",
      );}
  }
  return hazards;
}

/** The first frame that is no RAM, searched range by range. */
function firstOutsideRam(machine: Machine, frames: Range): number | undefined {
  let at = frames.start;
  for (const r of machine.ram) {
    if (r.end <= at) continue;
    if (r.start > at) return at;
    at = r.end;
    if (at >= frames.end) return undefined;
  }
  return at < frames.end ? at : undefined;
}

function entryHazards(machine: Machine, { name, entryPoint, segments }: ImageRequest): Hazard[] {
  const inside = segments.some((s) => entryPoint >= s.dest && entryPoint < s.dest + s.destSize);
  if (inside) return [];
  const mapped = entryPoint < 1n << 52n && directMapped(machine)
    .some((r) => Number(entryPoint) >= r.start && Number(entryPoint) < r.end);
  const code = mapped ? "entry-outside-segments" : "entry-not-mapped";
  const why = mapped
    ? "whatever lies there is run"
    : "the identity map does not reach there, so its first instruction faults";
  return [{
    code,
    message: `entry point ${hex(entryPoint)} lies in no segment: ${why}`,
    key: `${code}:${name}`,
    cite: "linux:kimage_alloc_init",
  }];
}

/** A crash kernel above 4 GiB has no memory that 32-bit devices reach. */
function regionHazards(machine: Machine): Hazard[] {
  const region = crashRegion(machine);
  if (region === undefined || region.start < 2 ** 32 || crashLowRegion(machine) !== undefined) {
    return [];
  }
  return [{
    code: "crash-region-without-low-memory",
    message: `the crash region ${
      span(region.start, region.end)
    } is above 4 GiB and there is no low one`,
    key: "crash-region-without-low-memory",
    cite: "linux:reserve_crashkernel_generic",
  }];
}

/**
 * Control pages of the new crash image lie where the bytes of the one before it are: from here on
 * nobody could bring that one back.
 */
export function* tellOverwritten(run: Run, id: number, old: Image): Decision<void> {
  const image = run.machine.images.get(id);
  if (image === undefined) return;
  const frames = [...image.pageTableFrames];
  if (image.vmcoreinfoFrame !== undefined) {
    frames.push(image.vmcoreinfoFrame, image.vmcoreinfoFrame + 1);
  }
  for (const s of old.segments) {
    for (let i = 0; i < frames.length; i += 2) {
      const start = Math.max(frames[i]! * PAGE_SIZE, s.dest);
      const end = Math.min(frames[i + 1]! * PAGE_SIZE, s.dest + s.destSize);
      if (start >= end) continue;
      yield* emit(run, {
        kind: "hazard-found",
        hazard: {
          code: "control-pages-over-old-image",
          message: `control pages ${
            span(start, end)
          } of \`${image.name}\` overwrite segment \`${s.name}\` of \`${old.name}\``,
          key: `control-pages-over-old-image:${image.name}`,
          cite: "linux:kimage_alloc_crash_control_pages",
        },
      });
      return;
    }
  }
}

/** What the purgatory will miss in the tables that were just made. */
export function* tellUnmapped(run: Run, id: number, laid: Laid): Decision<void> {
  const image = run.machine.images.get(id)!;
  const map = {
    root: image.pageTableRoot! * PAGE_SIZE,
    levels: hasCpu(run.machine.settings, "la57") ? 5 : 4,
  } as const;
  const cite = "linux:init_pgtable";
  for (const hazard of unmappedTouches(run.machine, image.name, laid.touches, map, cite)) {
    yield* emit(run, { kind: "hazard-found", hazard });
  }
}
