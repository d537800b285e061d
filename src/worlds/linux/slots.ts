/** What happens to the image that is in a slot when another one comes. */
import { type Decision, imageIn, type Slot } from "../../machine/mod.ts";
import { unprotectCrashRegion } from "./protection.ts";
import { releaseImage } from "./release.ts";
import { emit, type Run } from "./steps.ts";

/** Before a loaded crash image is touched, the kernel may write to its region again. */
export function* openSlot(run: Run, slot: Slot): Decision<void> {
  if (slot === "crash" && imageIn(run.machine, "crash") !== undefined) {
    yield* unprotectCrashRegion(run);
  }
}

/** Takes the image out of its slot and gives back what it holds. */
export function* emptySlot(run: Run, slot: Slot): Decision<void> {
  const old = run.machine.slots[slot];
  if (old === undefined) return;
  yield* emit(run, { kind: "slot-set", slot, image: undefined });
  yield* releaseImage(run, old);
}

export function* tellLostImage(run: Run): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "crash-image-lost",
      message:
        "the loaded crash image was given up before this one was refused: a panic finds none",
      key: "crash-image-lost",
      cite: "linux:do_kexec_load",
    },
  });
}
