/**
 * kexec-tools' purgatory under Xen: the tool makes it part of the image as it does on Linux, whichever
 * way the image is then loaded. Its core header, which would describe Xen's notes, is not modelled.
 */
import type { Decision, ImageSpec, Machine, Slot } from "../../../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../../../memory/mod.ts";
import { addPurgatory, type Laid, type Prepared, unmappedTouches } from "../../../purgatory/mod.ts";
import { activeImage, crashRegion, typeOf } from "../state.ts";
import { emit, type Run } from "../steps.ts";

/** Below video memory: what a crash kernel uses. [kexec-tools:load_crashdump_segments] */
const LOW: Range = { start: 0, end: 0xa0000 };

/** The image with the segments that the tool adds. */
export function withPurgatory(run: Run, image: ImageSpec): Decision<Prepared> {
  return addPurgatory(run, image, {
    crashRegion: crashRegion(run.machine),
    low: lowMemory(run.machine),
  });
}

/** By the machine's own map, which dom0 gets from Xen: not dom0's memory. */
function lowMemory({ firmware }: Machine): Range {
  return firmware.filter(({ type, range }) => type === "usable" && range.end <= LOW.end)
    .map(({ range }) => range)[0] ?? LOW;
}

/** What the purgatory of the image that was just loaded will miss in Xen's tables. */
export function* tellUnmapped(run: Run, slot: Slot, laid: Laid): Decision<void> {
  const image = activeImage(run.machine, typeOf(slot));
  if (image?.pageTableRoot === undefined) return;
  const map = { root: image.pageTableRoot * PAGE_SIZE, levels: 4 } as const;
  const cite = "xen:machine_kexec_load";
  for (const hazard of unmappedTouches(run.machine, image.name, laid.touches, map, cite)) {
    yield* emit(run, { kind: "hazard-found", hazard });
  }
}
