/**
 * The last steps of a load: the architecture, the relocation code, vmcoreinfo, and the swap of the
 * images. [xen:kexec_load_slot]
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { EM_386, EM_X86_64 } from "../abi/mod.ts";
import { relocationBlob } from "../execution/code_page.ts";
import {
  baseOf,
  flagsOf,
  isInProgress,
  numberSetting,
  positionFlag,
  positionOf,
  SETTING,
  slotOf,
  type Type,
} from "../state.ts";
import { type Check, check, emit, milestone, type Run } from "../steps.ts";
import { saveVmcoreinfo } from "../vmcoreinfo.ts";
import { type Building, change, imageOf } from "./building.ts";
import { freeImage } from "./free.ts";
import { mapPages } from "./page_tables.ts";
import { noMemory } from "./refusals.ts";

const SWAP = "xen:kexec_swap_images";

/** The refusal, if there is one: everything of the image is in memory by then, and stays there. */
export function* loadSlot(run: Run, building: Building): Decision<Check> {
  const refusal = (yield* machineLoad(run, building)) ?? (yield* fillSlot(run, building));
  return refusal;
}

/** [xen:machine_kexec_load] */
function* machineLoad(run: Run, building: Building): Decision<Check> {
  yield* milestone(run, "machine_kexec_load: relocation code", "xen:machine_kexec_load");
  const image = imageOf(run, building);
  const machine = BigInt(image.elfMachine ?? 0);
  const refusal = yield* check(
    run,
    "unknown-arch",
    "xen:machine_kexec_load",
    machine === EM_386 || machine === EM_X86_64 ? undefined : unknownArch(machine),
  );
  if (refusal !== undefined) return refusal;
  const code = image.controlCodeFrame!;
  yield* emit(run, {
    kind: "bytes-written",
    at: code * PAGE_SIZE,
    bytes: relocationBlob(),
    what: `relocation code of image ${building.name}`,
  });
  const maddr = BigInt(code * PAGE_SIZE);
  const mapped = yield* mapPages(run, building, run.features.relocVaddr, maddr, 1);
  return mapped ? undefined : noMemory(building.type, "page tables");
}

function unknownArch(machine: bigint): Refusal {
  return {
    rule: "unknown-arch",
    errno: "EINVAL",
    nature: "arguments",
    message: `ELF machine ${machine} is neither 62 (x86-64) nor 3 (i386)`,
    remedy: "62 or 3",
    cite: "xen:machine_kexec_load",
  };
}

function* fillSlot(run: Run, building: Building): Decision<Check> {
  yield* saveVmcoreinfo(run);
  yield* change(run, building, {
    complete: true,
    ...(building.type === 1 ? { controlCursor: Number(building.cursor) } : {}),
  });
  const busy = yield* checkNotInProgress(run);
  if (busy === undefined) yield* swapImages(run, building.type, building.id);
  return busy;
}

/** The first thing that a swap looks at, before the type. [xen:kexec_swap_images] */
export function* checkNotInProgress(run: Run): Decision<Check> {
  return yield* check(run, "kexec-in-progress", SWAP, busyIf(isInProgress(run.machine)));
}

/**
 * The new image goes into the other slot, then its bit, then the position flips, then the old bit is
 * cleared: a crash at any moment finds one image, as far as slots are concerned. Then the old one is
 * freed. Without a new image the position flips all the same. [xen:kexec_swap_images]
 */
export function* swapImages(
  run: Run,
  type: Type,
  image: number | undefined,
): Decision<void> {
  const position = positionOf(run.machine, type);
  const oldSlot = baseOf(type) + position;
  const newSlot = baseOf(type) + (1 - position);
  if (image !== undefined || run.features.emptiesSlots) {
    const name = SETTING.image(newSlot);
    yield* emit(run, { kind: "setting-set", name, value: BigInt(image ?? 0) });
  }
  if (image !== undefined) yield* setFlags(run, flagsOf(run.machine) | (1n << BigInt(newSlot)));
  yield* emit(run, {
    kind: "slot-set",
    slot: slotOf(type),
    image,
    settings: [[SETTING.flags, flagsOf(run.machine) ^ positionFlag(type)]],
  });
  yield* setFlags(run, flagsOf(run.machine) & ~(1n << BigInt(oldSlot)));
  const old = Number(numberSetting(run.machine, SETTING.image(oldSlot)));
  if (old === 0) return;
  if (numberSetting(run.machine, SETTING.handedOver) === BigInt(old)) {
    yield* tellHandedOver(run, old);
  }
  yield* milestone(run, "machine_kexec_unload: the swap is done", SWAP);
  yield* milestone(run, "kimage_free: the old image", "xen:kimage_free");
  yield* freeImage(run, old);
}

/**
 * Exec looked the image up, gave its pointer to processor 0 and left the hypercall; that processor has
 * not said yet that it is in progress. [xen:kexec_reboot]
 */
function* tellHandedOver(run: Run, id: number): Decision<void> {
  const name = run.machine.images.get(id)?.name ?? String(id);
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "handed-over-image-freed",
      message:
        `image ${name} is freed while processor 0 is about to run it: exec has handed it over`,
      key: `handed-over-image-freed:${id}`,
      cite: "xen:kexec_reboot",
    },
  });
}

function* setFlags(run: Run, value: bigint): Decision<void> {
  yield* emit(run, { kind: "setting-set", name: SETTING.flags, value });
}

function busyIf(busy: boolean): Refusal | undefined {
  if (!busy) return undefined;
  return {
    rule: "kexec-in-progress",
    errno: "EBUSY",
    nature: "state",
    message: "an image is about to run: nothing is loaded or unloaded any more",
    cite: SWAP,
  };
}
