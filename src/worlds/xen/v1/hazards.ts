/** What op 1 takes without a word, though it will go wrong, or may. */
import { type Decision, type Image, pfnOfFrame } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { crashArea, crashRegion } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import { guestWords } from "./guest_list.ts";
import { storedFrames } from "./stored_frames.ts";

/** Of an image that Xen keeps as the guest's addresses. [xen:kexec_load_unload_internal] */
export function* tellStoredHazards(run: Run, image: Image): Decision<void> {
  const strange = storedFrames(run.machine, image)
    .find(({ frame }) => pfnOfFrame(run.machine.p2m, frame) === undefined);
  if (strange !== undefined) {
    const owner = run.machine.owners.get(strange.frame)?.label ?? "free memory";
    yield* tell(
      run,
      "v1-page-not-the-guests",
      image,
      `${strange.what} of image ${image.name} is said to be ${
        hex(strange.frame * PAGE_SIZE)
      }, which is ${owner} and no page of the caller: a physical address where a machine address belongs?`,
    );
  }
  if ((image.head & 2n) === 0n) {
    yield* tell(
      run,
      "v1-head-no-link",
      image,
      `the head of the list of image ${image.name}, ${
        hex(image.head)
      }, is not marked as a link: the guest's code takes it for the first word`,
    );
  }
  if (image.slot === "crash") {
    const width = image.elfMachine === 3 ? 32 : 64;
    yield* tellOutside(run, image, destinations(run, image.head, width));
  }
}

/** Of a crash image: where its data goes is compared with nothing. [xen:kimage_crash_alloc] */
export function* tellOutside(
  run: Run,
  image: Image,
  destinations: Iterable<bigint>,
): Decision<void> {
  const { start, size } = crashArea(run.machine);
  if (crashRegion(run.machine) === undefined) return;
  for (const dest of destinations) {
    if (dest >= start && dest < start + size) continue;
    yield* tell(
      run,
      "v1-crash-outside-area",
      image,
      `the crash image ${image.name} goes to ${
        hex(dest)
      }, outside the crash area: nobody checks that of op 1`,
    );
    return;
  }
}

function* destinations(run: Run, head: bigint, width: 64 | 32): Generator<bigint, void, void> {
  for (const { kind, address } of guestWords(run.machine, head, width)) {
    if (kind === "destination") yield BigInt(address);
    else if (kind === "other") return;
  }
}

function* tell(run: Run, code: string, image: Image, message: string): Decision<void> {
  const cite = "xen:kexec_load_unload_internal";
  yield* emit(run, {
    kind: "hazard-found",
    hazard: { code, message, key: `${code}:${image.id}`, cite },
  });
}
