/** L12: nothing of a loaded image changes or changes hands while it waits. */
import { framesTouched, PAGE_SIZE, type Range, sized } from "../../memory/mod.ts";
import type { Event } from "../event.ts";
import type { Image } from "../image.ts";
import type { Machine } from "../machine.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

export const loadedUntouched: Invariant = {
  code: "loaded-image-touched",
  nature: "hazard",
  title: "A page of a loaded image was written or taken",
  explanation:
    "From load to jump an image waits in memory: a crash image at its destination, a default image in source pages, both with control pages and tables. A write to one of these pages, or its loss to another owner, is found only when the jump is made; a purgatory with digests then stops, one without runs what is there.",
  cite: "linux:kimage_load_segment",
  cites: { xen: "xen:kimage_load_segment" },
  concerns: [
    "frames-written",
    "bytes-written",
    "frames-freed",
    "frames-reassigned",
    "frames-claimed",
  ],
  check(after, event): Hazard[] {
    for (const slot of ["default", "crash"] as const) {
      const id = after.slots[slot];
      const image = id === undefined ? undefined : after.images.get(id);
      if (image === undefined) continue;
      const found = touchedHelpers(event, image);
      const touched = found.length > 0 ? undefined : firstTouched(after, event, image);
      if (touched !== undefined) found.push({ frame: touched.start });
      if (found.length === 0) continue;
      return found.map(({ frame, role }) => ({
        code: this.code,
        key: `${this.code}:${image.id}:${frame}`,
        message: `page 0x${(frame * PAGE_SIZE).toString(16)}${
          role === undefined ? "" : ` (${role})`
        } of the loaded image ${image.name} was ${becameOf(event)}`,
        cite: citeOf(this, after),
      }));
    }
    return [];
  },
};

function becameOf(event: Event): string {
  if ("what" in event) return `overwritten with ${event.what}`;
  return "owner" in event ? `taken for ${event.owner.label}` : "given away";
}

/** Of more pages at once the first ones are told. */
const MOST_TOLD = 16;

interface Touched {
  readonly frame: number;
  readonly role?: string;
}

/** Pages without which the image cannot start: found by place, whoever is their owner by now. */
function touchedHelpers(event: Event, image: Image): Touched[] {
  const helpers: [string, number, number][] = [];
  const { controlCodeFrame: code, pageTableFrames: tables, indirectionFrames: lists } = image;
  if (code !== undefined) helpers.push(["control code", code, code + 1]);
  for (const [role, frames] of [["page table", tables], ["indirection page", lists]] as const) {
    for (let i = 0; i < frames.length; i += 2) helpers.push([role, frames[i]!, frames[i + 1]!]);
  }
  const found: Touched[] = [];
  for (const run of touchedRuns(event)) {
    for (const [role, start, end] of helpers) {
      const last = Math.min(end, run.end);
      for (let frame = Math.max(start, run.start); frame < last; frame++) {
        if (found.length === MOST_TOLD) return found;
        found.push({ frame, role });
      }
    }
  }
  return found.sort((a, b) => a.frame - b.frame);
}

/** The first run of frames of `image` that the event touched. */
function firstTouched(machine: Machine, event: Event, image: Image): Range | undefined {
  for (const run of touchedRuns(event)) {
    for (const extent of machine.owners.within(run.start, run.end)) {
      if (extent.value.image === image.id) return extent;
    }
    // Frames that were given away have lost their owner; those of a segment are known by place.
    if (image.slot === "crash") {
      for (const s of image.segments) {
        const dest = framesTouched(sized(s.dest, s.destSize));
        const start = Math.max(dest.start, run.start);
        if (start < Math.min(dest.end, run.end)) return { start, end: start + 1 };
      }
    }
  }
  return undefined;
}

function touchedRuns(event: Event): Range[] {
  if (event.kind === "bytes-written") return [framesTouched(sized(event.at, event.bytes.length))];
  if (!("frames" in event)) return [];
  const runs: Range[] = [];
  for (let i = 0; i < event.frames.length; i += 2) {
    runs.push({ start: event.frames[i]!, end: event.frames[i + 1]! });
  }
  return runs;
}
