/**
 * Ops 1 and 2 up to Xen 4.3. Xen copies nothing and checks next to nothing: it keeps the structure,
 * makes the helper pages reachable through its fixmap, and will call the guest's code when the image
 * is run. [xen:kexec_load_unload_internal] [xen:machine_kexec_load]
 */
import type { Decision, Image } from "../../../machine/mod.ts";
import {
  decode,
  KEXEC_XEN_NO_PAGES,
  sizeOfStruct,
  type Values,
  XEN_KEXEC_LOAD_V1,
} from "../abi/mod.ts";
import { copyFromGuest, type Guest } from "../guest.ts";
import {
  baseOf,
  flagsOf,
  isInProgress,
  positionFlag,
  positionOf,
  SETTING,
  slotOf,
  type Type,
} from "../state.ts";
import { type Check, check, emit, milestone, refuse, type Run } from "../steps.ts";
import { tellStoredHazards } from "./hazards.ts";

type LoadV1 = Values<typeof XEN_KEXEC_LOAD_V1>;

/** Top of the fixmap of Xen 4.3; which entry kexec's are depends on the build. [xen:FIX_KEXEC_BASE_0] */
const FIXADDR_TOP = 0xffff82c3fffff000n;
const FIX_KEXEC_BASE_0 = 0x28n;

/** Fixmap entries of one image: an address for each pair of `page_list`. */
const FIXMAPS_PER_IMAGE = 8n;

/** The argument, or EFAULT. */
export function* argumentOf(
  run: Run,
  guest: Guest,
  arg: bigint,
): Decision<LoadV1 | NonNullable<Check>> {
  const bytes = copyFromGuest(guest, arg, sizeOfStruct(XEN_KEXEC_LOAD_V1, guest.width));
  const load = bytes === undefined ? undefined : decode(XEN_KEXEC_LOAD_V1, guest.width, bytes);
  const refusal: NonNullable<Check> = {
    rule: "argument-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: "xen_kexec_load_v1 cannot be read from the caller's memory",
    remedy: "A pointer that is mapped in the caller",
    cite: "xen:kexec_load_v1",
  };
  const failed = load === undefined ? refusal : undefined;
  return (yield* check(run, refusal.rule, refusal.cite, failed)) ?? load!;
}

/** EINVAL unless it is 0 or 1. */
export function* typeOfArgument(run: Run, type: bigint, cite: string): Decision<Check> {
  return yield* check(
    run,
    "unknown-type",
    cite,
    type === 0n || type === 1n ? undefined : {
      rule: "unknown-type",
      errno: "EINVAL",
      nature: "arguments",
      message: `type ${type} is neither 0 (default) nor 1 (crash)`,
      remedy: "Type 0 or 1",
      cite,
    },
  );
}

export function* loadStored(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const load = yield* argumentOf(run, guest, arg);
  if ("rule" in load) return yield* refuse(run, load);
  const bad = yield* typeOfArgument(run, load.type, "xen:kexec_load_unload_internal");
  if (bad !== undefined) return yield* refuse(run, bad);
  if (yield* ignoredInProgress(run)) return "0";
  const type = Number(load.type) as Type;
  const newSlot = baseOf(type) + 1 - positionOf(run.machine, type);
  const id = run.machine.nextImage;
  const pageList = withVirtualAddresses(load.page_list, newSlot, guest.width);
  yield* emit(run, { kind: "image-begun", image: storedImage(id, guest, load, pageList) });
  yield* milestone(
    run,
    guest.width === 32
      ? "page_list kept: a 32-bit guest's pages are reached at their machine addresses"
      : `page_list kept, its ${KEXEC_XEN_NO_PAGES >> 1} pairs in fixmap entries of slot ${newSlot}`,
    "xen:machine_kexec_load",
  );
  yield* tellStoredHazards(run, run.machine.images.get(id)!);
  yield* install(run, type, newSlot, id);
  return "0";
}

/** Only the bit of the active slot is cleared: the position stays where it is. */
export function* unloadStored(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const load = yield* argumentOf(run, guest, arg);
  if ("rule" in load) return yield* refuse(run, load);
  const bad = yield* typeOfArgument(run, load.type, "xen:kexec_load_unload_internal");
  if (bad !== undefined) return yield* refuse(run, bad);
  if (yield* ignoredInProgress(run)) return "0";
  const type = Number(load.type) as Type;
  const slot = slotOf(type);
  const old = run.machine.slots[slot];
  const active = baseOf(type) + positionOf(run.machine, type);
  const flags = flagsOf(run.machine) & ~(1n << BigInt(active));
  yield* emit(run, {
    kind: "slot-set",
    slot,
    image: undefined,
    settings: [[SETTING.flags, flags]],
  });
  if (old !== undefined) yield* emit(run, { kind: "image-released", id: old });
  return "0";
}

/** Past the point of no return both calls do nothing, and say that they did. */
function* ignoredInProgress(run: Run): Decision<boolean> {
  if (!isInProgress(run.machine)) return false;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "ignored-call-succeeds",
      message: "an image is being run: the call changes nothing and answers 0",
      key: "ignored-call-succeeds",
      cite: "xen:kexec_load_unload_internal",
    },
  });
  return true;
}

/** First the new slot's bit, then the position, then the old slot's bit is cleared. */
function* install(run: Run, type: Type, newSlot: number, id: number): Decision<void> {
  const slot = slotOf(type);
  const old = run.machine.slots[slot];
  const oldSlot = baseOf(type) + positionOf(run.machine, type);
  const withNew = flagsOf(run.machine) | (1n << BigInt(newSlot));
  yield* emit(run, {
    kind: "setting-set",
    name: SETTING.image(newSlot),
    value: BigInt(id),
  });
  yield* emit(run, { kind: "setting-set", name: SETTING.flags, value: withNew });
  const flipped = withNew ^ positionFlag(type);
  yield* emit(run, { kind: "slot-set", slot, image: id, settings: [[SETTING.flags, flipped]] });
  const value = flipped & ~(1n << BigInt(oldSlot));
  yield* emit(run, { kind: "setting-set", name: SETTING.flags, value });
  if (old !== undefined) yield* emit(run, { kind: "image-released", id: old });
}

/** Each odd word is overwritten with where Xen reaches the page of the word before it. */
function withVirtualAddresses(
  pageList: readonly bigint[],
  slot: number,
  width: 64 | 32,
): readonly bigint[] {
  return pageList.map((word, k) => {
    if (k % 2 === 0) return word;
    if (width === 32) return pageList[k - 1]!;
    const entry = FIX_KEXEC_BASE_0 + BigInt(slot) * FIXMAPS_PER_IMAGE + BigInt(k >> 1);
    return FIXADDR_TOP - entry * 4096n;
  });
}

function storedImage(
  id: number,
  guest: Guest,
  load: LoadV1,
  pageList: readonly bigint[],
): Image {
  return {
    id,
    name: guest.names?.image ?? "v1",
    slot: slotOf(Number(load.type) as Type),
    segments: [],
    entryPoint: load.start_address,
    preserveContext: false,
    fileMode: false,
    head: load.indirection_page,
    pageTableFrames: [],
    indirectionFrames: [],
    listWords: 0,
    sourcePages: 0,
    sourcesInPlace: 0,
    complete: true,
    elfMachine: guest.width === 32 ? 3 : 62,
    pageList,
  };
}
