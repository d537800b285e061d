/**
 * What Xen keeps for kexec, as the machine holds it.
 *
 * `kexec_flags` and the four pointers of `kexec_image` are settings, by Xen's own names. The image
 * that a type's position selects, if its slot bit is set, is also in the machine's slot of that
 * name: both change in one event, when the position flips.
 */
import { type Event, type Image, imageIn, type Machine, type Slot } from "../../machine/mod.ts";
import type { Range } from "../../memory/mod.ts";
import { type Features, featuresOf } from "./version.ts";

/** KEXEC_TYPE_DEFAULT and KEXEC_TYPE_CRASH. [xen:kexec.h] */
export type Type = 0 | 1;

export const SETTING = {
  flags: "kexec_flags",
  /** Number of the image that a slot points to, 0 for NULL; also when its bit is clear. */
  image: (slot: number) => `kexec_image[${slot}]`,
  /** Bytes; `start` may be set though `size` is 0, and the other way round. */
  crashStart: "kexec_crash_area.start",
  crashSize: "kexec_crash_area.size",
  /** What a panic of Xen or of dom0 does; see execution. */
  dom0Width: "dom0.width",
  /** Number of the image that exec has handed to processor 0; absent: exec handed none. */
  handedOver: "kexec_reboot(image)",
  /** `min` or `all`; absent: notes lie anywhere. */
  lowCrashinfo: "low_crashinfo",
} as const;

/** Bits of `kexec_flags` above those of the four slots. [xen:kexec_flags] */
export const FLAG = {
  defaultPosition: 1n << 4n,
  crashPosition: 1n << 5n,
  /** Past the point of no return; never cleared. */
  inProgress: 1n << 6n,
  /** Somebody is inside the hypercall: since 4.9. */
  inHypercall: 1n << 7n,
} as const;

/** Reservations. */
export const CRASH = "crash";
export const VMCOREINFO = "vmcoreinfo";
export const NOTES = "crash notes";

/** `kexec_crash_area` as every check sees it, bytes. */
export interface CrashArea {
  readonly start: bigint;
  readonly size: bigint;
}

export function flagsOf(machine: Machine): bigint {
  return numberSetting(machine, SETTING.flags);
}

export function slotOf(type: Type): Slot {
  return type === 0 ? "default" : "crash";
}

export function typeOf(slot: Slot): Type {
  return slot === "default" ? 0 : 1;
}

/** First of the two slots of a type. */
export function baseOf(type: Type): 0 | 2 {
  return type === 0 ? 0 : 2;
}

export function positionFlag(type: Type): bigint {
  return type === 0 ? FLAG.defaultPosition : FLAG.crashPosition;
}

export function positionOf(machine: Machine, type: Type): 0 | 1 {
  return (flagsOf(machine) & positionFlag(type)) === 0n ? 0 : 1;
}

/** What exec and a crash would run. */
export function activeImage(machine: Machine, type: Type): Image | undefined {
  return imageIn(machine, slotOf(type));
}

/** Whether the point of no return is passed: no load and no unload succeeds any more. */
export function isInProgress(machine: Machine): boolean {
  return (flagsOf(machine) & FLAG.inProgress) !== 0n;
}

export function crashArea(machine: Machine): CrashArea {
  return {
    start: numberSetting(machine, SETTING.crashStart),
    size: numberSetting(machine, SETTING.crashSize),
  };
}

/** The region as get_range tells it, bytes: none unless start and size are both set. */
export function crashRegion(machine: Machine): Range | undefined {
  return machine.reservations.get(CRASH);
}

const IN_HEAP = "pages of the crash area that Xen's heap counts as its own";

/** Frames of the crash area that were freed by mistake: free ones, as the heap sees it. */
export function areaInHeap(machine: Machine): ReadonlySet<number> {
  return machine.records.get(IN_HEAP) as ReadonlySet<number> | undefined ?? new Set();
}

export function addToHeap(machine: Machine, frames: readonly number[]): Event {
  return {
    kind: "record-set",
    name: IN_HEAP,
    value: new Set([...areaInHeap(machine), ...frames]),
    what: "pages of the crash area that the heap counts as free",
  };
}

export function numberSetting(machine: Machine, name: string): bigint {
  const value = machine.settings.get(name);
  return typeof value === "bigint" ? value : 0n;
}

export function xenFeatures(machine: Machine): Features {
  return featuresOf(machine.system?.version ?? "");
}
