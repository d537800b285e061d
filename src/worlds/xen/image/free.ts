/**
 * Giving back what an image holds, in Xen's order: parked pages, then what its list says, then the
 * control pages. Of a crash image no control page is given back, since it never owned one; but its
 * list is walked too, and the page where it was may hold anything by then. [xen:kimage_free]
 */
import type { Decision, Image, Machine, Owner } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { lookUpFault } from "../frame_table.ts";
import { hypervisorHang, xenPanic } from "../hypervisor.ts";
import { CRASH_REGION_IN_HEAP, CRASH_REGION_OWNER } from "../owners.ts";
import { addToHeap, areaInHeap } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import { pushRun, runsOf, sortedRuns } from "./runs.ts";
import { type Stop, walkList } from "./walk_list.ts";

const CITE = "xen:kimage_free";

/** Look at the machine's power afterwards: the walk can end the hypervisor. */
export function* freeImage(run: Run, id: number): Decision<void> {
  const image = run.machine.images.get(id);
  if (image === undefined) return yield* freedTwice(run, id);
  const what = `of image ${image.name}`;
  yield* freeOwned(run, image, (o) => o.kind === "parked", `parked pages ${what}`);
  if (image.head !== 0n && !(yield* freeList(run, image))) return;
  if (image.slot === "crash") yield* returnToRegion(run, image);
  yield* freeControlPages(run, image);
  yield* emit(run, { kind: "image-released", id });
}

/** The record itself is gone: what is in its memory now is taken for one. */
function* freedTwice(run: Run, id: number): Decision<void> {
  yield* xenPanic(run, {
    text:
      `Xen BUG: image number ${id} is freed a second time, through a pointer that was left in its slot`,
    cite: "xen:kexec_swap_images",
  });
}

/** Whether the hypervisor lived through it. */
function* freeList(run: Run, image: Image): Decision<boolean> {
  const { machine } = run;
  const freed = new Set<number>();
  const ofArea = new Set<number>();
  let foreign: number | undefined;
  let known: Lent = { start: 0, end: 0, from: "nowhere", ours: false };
  let end: Stop | undefined;
  for (const stop of walkList(machine, image.head)) {
    if (stop.kind !== "page") {
      end = stop;
      break;
    }
    if (stop.frame < known.start || stop.frame >= known.end) {
      known = lookUp(machine, stop.frame, image.id);
    }
    if (known.from === "nowhere" || freed.has(stop.frame) || ofArea.has(stop.frame)) {
      end = stop;
      break;
    }
    if (known.from === "area") {
      ofArea.add(stop.frame);
      continue;
    }
    if (!known.ours) foreign ??= stop.frame;
    freed.add(stop.frame);
  }
  yield* give(run, image, freed);
  if (foreign !== undefined) yield* tellForeign(run, image, foreign, "belongs to another image");
  if (ofArea.size > 0) yield* giveArea(run, image, [...ofArea]);
  if (end === undefined) return true;
  yield* die(run, image, end);
  return false;
}

/**
 * Where the pages `[start, end)` come from. `heap`: it gave them to an image, ours or another. `area`:
 * the crash area, which the heap never had; to it such a page looks like one in use that has no owner,
 * and it takes it. `nowhere`: freeing such a page is a BUG.
 */
interface Lent {
  readonly start: number;
  readonly end: number;
  readonly from: "heap" | "area" | "nowhere";
  readonly ours: boolean;
}

function lookUp(machine: Machine, frame: number, image: number): Lent {
  const extent = machine.owners.extentAt(frame);
  if (extent === undefined) return { start: frame, end: frame + 1, from: "nowhere", ours: false };
  const { image: of, kind } = extent.value;
  const inArea = isRegion(machine, frame) && kind !== "source" && kind !== "parked";
  const { start, end } = inArea ? { start: frame, end: frame + 1 } : extent;
  return {
    start,
    end,
    ours: of === image,
    from: inArea
      ? areaInHeap(machine).has(frame) ? "nowhere" : "area"
      : of !== undefined && kind !== "segment"
      ? "heap"
      : "nowhere",
  };
}

function isRegion(machine: Machine, frame: number): boolean {
  const region = machine.reservations.get("crash");
  return region !== undefined && frame * PAGE_SIZE >= region.start &&
    frame * PAGE_SIZE < region.end;
}

function* give(run: Run, image: Image, freed: ReadonlySet<number>): Decision<void> {
  if (freed.size === 0) return;
  yield* emit(run, {
    kind: "frames-freed",
    frames: runsOf([...Float64Array.from(freed).sort()]),
    why: `pages of the list of image ${image.name}`,
  });
}

/**
 * The page stays where it is, but the heap may hand it out. Pages without an owner are wiped before,
 * by a processor that has nothing else to do. [xen:free_domheap_pages]
 */
function* giveArea(run: Run, image: Image, frames: readonly number[]): Decision<void> {
  yield* tellForeign(run, image, frames[0]!, "is the crash area's and never was the heap's");
  const runs = runsOf([...frames].sort((a, b) => a - b));
  yield* emit(run, { kind: "frames-reassigned", frames: runs, owner: CRASH_REGION_IN_HEAP });
  yield* emit(run, addToHeap(run.machine, frames));
  if (!run.features.wipesFreed) return;
  yield* emit(run, {
    kind: "frames-written",
    frames: runs,
    recipe: { kind: "zeros" },
    shifts: runs.filter((_, i) => i % 2 === 0),
    what: "zeros: the heap wipes what is free",
  });
}

function* tellForeign(run: Run, image: Image, frame: number, whose: string): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "foreign-page-freed",
      message: `freeing image ${image.name} gave back page ${
        hex(frame * PAGE_SIZE)
      }, which ${whose}: its list was overwritten`,
      key: `foreign-page-freed:${image.id}`,
      cite: CITE,
    },
  });
}

function* die(run: Run, image: Image, stop: Stop): Decision<void> {
  const list = `freeing image ${image.name}: its list at ${hex(image.head)}`;
  if (stop.kind === "endless") {
    return yield* hypervisorHang(run, `${list} never ends`, CITE);
  }
  if (stop.kind === "no-ram") {
    return yield* xenPanic(run, {
      text: `FATAL PAGE FAULT: ${list} leads to ${
        hex(stop.frame * PAGE_SIZE)
      }, where there is no RAM`,
      cite: CITE,
    });
  }
  const { machine } = run;
  const content = machine.contents.get(Math.floor(stop.at / PAGE_SIZE));
  const who = content === undefined ? "" : `, written by step ${content.writer} as ${content.what}`;
  const told = `${list} has ${hex(stop.word)} at ${hex(stop.at)}${who}`;
  const fault = lookUpFault(machine, stop.frame);
  const isFree = machine.free.get(stop.frame) === true || areaInHeap(machine).has(stop.frame);
  yield* xenPanic(run, {
    text: fault === undefined
      ? `Xen BUG at page_alloc.c: ${told}: page ${hex(stop.frame * PAGE_SIZE)} ${
        isFree ? "is free already" : "was never taken from the heap"
      }`
      : `${fault}: ${told}`,
    cite: "xen:free_domheap_pages",
  });
}

/** Pages of the region that nobody has taken meanwhile; their bytes stay. */
function* returnToRegion(run: Run, image: Image): Decision<void> {
  const frames: number[] = [];
  const region = run.machine.reservations.get("crash");
  if (region === undefined) return;
  const first = Math.floor(region.start / PAGE_SIZE);
  for (const extent of run.machine.owners.within(first, Math.ceil(region.end / PAGE_SIZE))) {
    if (extent.value.image === image.id) pushRun(frames, extent.start, extent.end);
  }
  if (frames.length === 0) return;
  yield* emit(run, { kind: "frames-reassigned", frames, owner: CRASH_REGION_OWNER });
}

function* freeControlPages(run: Run, image: Image): Decision<void> {
  if (image.slot === "crash") return;
  const frames = [...image.pageTableFrames, ...image.indirectionFrames.slice(0, 2)];
  if (frames.length > 0 && image.indirectionFrames.length > 0) {
    // Only the first page of the list is a control page.
    frames[frames.length - 1] = frames[frames.length - 2]! + 1;
  }
  const code = image.controlCodeFrame;
  if (code !== undefined) frames.push(code, code + 1);
  if (frames.length === 0) return;
  yield* emit(run, {
    kind: "frames-freed",
    frames: sortedRuns(frames),
    why: `control pages of image ${image.name}`,
  });
}

function* freeOwned(
  run: Run,
  image: Image,
  which: (owner: Owner) => boolean,
  why: string,
): Decision<void> {
  const runs = image.parkedFrames ?? [];
  const frames: number[] = [];
  for (let i = 0; i < runs.length; i += 2) {
    for (const extent of run.machine.owners.within(runs[i]!, runs[i + 1]!)) {
      if (extent.value.image === image.id && which(extent.value)) {
        pushRun(frames, extent.start, extent.end);
      }
    }
  }
  if (frames.length > 0) yield* emit(run, { kind: "frames-freed", frames, why });
}
