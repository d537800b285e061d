/**
 * What the x86_64 part prepares for an image before its segments are loaded: the root and the tables
 * of the identity map and, since 6.14, the copy of the relocation code. Then, for a crash image, the
 * page with the safe copy of vmcoreinfo. [linux:machine_kexec_prepare]
 * [linux:kimage_crash_copy_vmcoreinfo]
 */
import type { Decision, Image, Owner, Refusal, SegmentSpec } from "../../machine/mod.ts";
import { bytesOfFrames, framesTouched, PAGE_SIZE, type Range } from "../../memory/mod.ts";
import { type ControlArea, pushRun, takeControlPages } from "./control_pages.ts";
import { type MapRules, planMap, tableOwner, writeMap } from "./identity_map.ts";
import { directMapped, hasCpu } from "./kernel.ts";
import { outOfMemory } from "./out_of_memory.ts";
import { RELOCATE_SEED, TABLE_OFFSET, tableBytes } from "./relocation_code.ts";
import { emit, print, type Run } from "./steps.ts";
import { mapControlCode } from "./transition_map.ts";

/** Start of the direct map, with 4 and with 5 levels, without KASLR. [linux:__PAGE_OFFSET_BASE_L4] */
export const DIRECT_MAP = [0xffff888000000000n, 0xff11000000000000n] as const;

/** Whether it went well; the image keeps what was taken, to be freed with it. */
export function* prepare(run: Run, area: ControlArea, image: Image): Decision<Refusal | undefined> {
  const { machine, features } = run;
  const rules: MapRules = {
    levels: hasCpu(machine.settings, "la57") ? 5 : 4,
    gigapages: hasCpu(machine.settings, "gbpages"),
    wholeGigapagesOnly: features.wholeGigapagesOnly,
    marked: features.markedUpperEntries,
  };
  const plan = planMap(rangesToMap(run, area.segments), rules);
  const owner = tableOwner(`page tables of image ${image.name}`, image.id);
  let root = image.pageTableRoot;
  if (root === undefined) {
    root = (yield* takeControlPages(run, area, 0, 1, owner))[0];
    if (root === undefined) return outOfMemory(image.slot, "the root of the identity map", area);
    yield* change(run, image.id, { pageTableRoot: root, pageTableFrames: [root, root + 1] });
  }
  const frames = yield* takeControlPages(run, area, 0, plan.tables.length, owner);
  const tableFrames = [root, root + 1];
  for (const frame of frames) pushRun(tableFrames, frame, frame + 1);
  yield* change(run, image.id, {
    pageTableFrames: tableFrames,
    ...(area.slot === "crash" ? { controlCursor: Number(area.shownCursor) } : {}),
  });
  yield* writeMap(run, plan, root, frames, rules);
  if (frames.length < plan.tables.length && features.tableErrorsCount) {
    return outOfMemory(image.slot, `${plan.tables.length} page tables`, area);
  }

  const code = image.controlCodeFrame!;
  const vaddr = features.codeCopiedAtLoad
    ? DIRECT_MAP[rules.levels === 5 ? 1 : 0] + BigInt(code * PAGE_SIZE)
    : features.relocateKernelVaddr;
  const transition = yield* mapControlCode(run, image.id, root, code, vaddr, rules.levels);
  yield* change(run, image.id, { transitionFrames: transition.frames });
  if (!transition.complete) return outOfMemory("default", "the way to the control code", area);
  if (features.codeCopiedAtLoad) {
    yield* emit(run, {
      kind: "frames-written",
      frames: [code, code + 1],
      recipe: { kind: "pattern", seed: RELOCATE_SEED },
      shifts: [code],
      what: `relocation code of image ${image.name}`,
    });
    yield* emit(run, {
      kind: "bytes-written",
      at: code * PAGE_SIZE + TABLE_OFFSET.gdt,
      bytes: tableBytes(code * PAGE_SIZE, features.debugIdt),
      what: `${features.debugIdt ? "GDT and IDT" : "GDT"} of the relocation code`,
    });
  }
  return undefined;
}

/** In bytes and in the order in which the kernel maps them; page tables follow from the order. */
function rangesToMap(run: Run, segments: readonly SegmentSpec[]): Range[] {
  const { machine, features } = run;
  const ranges: Range[] = directMapped(machine);
  for (const s of segments) {
    if (s.destSize > 0n) ranges.push({ start: Number(s.dest), end: Number(s.dest + s.destSize) });
  }
  if (features.mapsFirmwareTables) {
    for (const type of ["acpi-data", "acpi-nvs"]) {
      for (const region of machine.firmware) {
        if (region.type === type) ranges.push(bytesOfFrames(framesTouched(region.range)));
      }
    }
  }
  return ranges;
}

/** The page of a crash image that keeps vmcoreinfo out of the crashing kernel's reach. */
export function* copyVmcoreinfo(
  run: Run,
  area: ControlArea,
  image: Image,
): Decision<Refusal | undefined> {
  const owner: Owner = {
    kind: "vmcoreinfo",
    label: `vmcoreinfo copy of image ${image.name}`,
    image: image.id,
  };
  const [frame] = yield* takeControlPages(run, area, 0, 1, owner);
  if (frame === undefined) {
    yield* print(run, "kexec_core: Could not allocate vmcoreinfo buffer");
    return outOfMemory("crash", "the vmcoreinfo copy", area);
  }
  yield* change(run, image.id, { vmcoreinfoFrame: frame, controlCursor: Number(area.shownCursor) });
  const bytes = new Uint8Array(PAGE_SIZE);
  bytes.set(new TextEncoder().encode(run.machine.system?.vmcoreinfo ?? "").subarray(0, PAGE_SIZE));
  yield* emit(run, {
    kind: "bytes-written",
    at: frame * PAGE_SIZE,
    bytes,
    what: `vmcoreinfo copy of image ${image.name}`,
  });
  return undefined;
}

export function* change(run: Run, id: number, changes: Partial<Image>): Decision<void> {
  yield* emit(run, { kind: "image-changed", id, changes });
}
