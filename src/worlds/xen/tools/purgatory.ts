/**
 * kexec-tools' purgatory under Xen: the tool makes it part of the image as it does on Linux, whichever
 * way the image is then loaded. Its core header, which would describe Xen's notes, is not modelled.
 */
import type { Decision, ImageSpec, Slot } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import {
  addPurgatory,
  backupSource,
  type Laid,
  type Prepared,
  unmappedTouches,
} from "../../../purgatory/mod.ts";
import { activeImage, crashRegion, typeOf } from "../state.ts";
import { emit, type Run } from "../steps.ts";

/** The image with the segments that the tool adds. */
export function withPurgatory(run: Run, image: ImageSpec): Decision<Prepared> {
  const { machine } = run;
  // By the machine's own map, which dom0 gets from Xen: not dom0's memory.
  const ram = machine.firmware.filter(({ type }) => type === "usable").map(({ range }) => range);
  return addPurgatory(run, image, { crashRegion: crashRegion(machine), low: backupSource(ram) });
}

/** What the purgatory of the image that was just loaded will miss in Xen's tables. */
export function* tellUnmapped(run: Run, slot: Slot, laid: Laid): Decision<void> {
  const image = activeImage(run.machine, typeOf(slot));
  if (image?.pageTableRoot === undefined) return;
  const map = { root: image.pageTableRoot * PAGE_SIZE, levels: 4 } as const;
  const cite = "xen:machine_kexec_add_page";
  for (const hazard of unmappedTouches(run.machine, image.name, laid.touches, map, cite)) {
    yield* emit(run, { kind: "hazard-found", hazard });
  }
}
