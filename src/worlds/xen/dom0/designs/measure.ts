/**
 * The same image loaded by three designs, each on the machine as it is: what each took, from whom, and
 * what it maps, counted in the machine that it left. Nothing of it stays.
 */
import {
  apply,
  type Decision,
  type Image,
  type ImageSpec,
  type Machine,
  mappedRanges,
  type OwnerKind,
  settle,
  type Slot,
  type UserBuffer,
} from "../../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../../memory/mod.ts";
import { numberSetting, xenFeatures } from "../../state.ts";
import { type Run, startRun } from "../../steps.ts";
import { meantBy } from "../../v1/meant.ts";
import { DOM0 } from "../settings.ts";
import { loadByFlag, unloadByFlag } from "../kimage/flag.ts";
import { loadByHeader } from "../kimage/header.ts";
import { loadByHooks, unloadV1 } from "../kimage/hooks.ts";

export type Design = "hooks" | "flag" | "hypercall";

export const DESIGNS: readonly Design[] = ["hooks", "flag", "hypercall"];

const LOADS: Readonly<Record<Design, (run: Run, spec: ImageSpec) => Decision<string>>> = {
  hooks: (run, spec) => loadByHooks(run, spec),
  flag: loadByFlag,
  hypercall: loadByHeader,
};

/** Pages unless said otherwise. */
export interface Measured {
  readonly design: Design;
  readonly ret: string;
  /** Whether Xen would run it. */
  readonly loaded: boolean;
  /** That the image holds until it is unloaded, by who gave them. */
  readonly fromDom0: number;
  readonly fromHeap: number;
  readonly fromRegion: number;
  /** Where its data waits, bytes; undefined: nowhere. */
  readonly dataAt: number | undefined;
  readonly dataOwner: string;
  /** Addresses that somebody had to translate from dom0's to the machine's. */
  readonly translated: number;
  readonly tablePages: number;
  /** Bytes that its tables map to themselves, and the size of their leaves. */
  readonly mappedBytes: number;
  readonly leaf: number;
  readonly lowMapped: boolean;
  readonly dom0Loaded: boolean;
}

/** Of the image in a slot of Xen's; undefined if there is none. */
export function measureDesigns(machine: Machine, slot: Slot): Measured[] | undefined {
  const id = machine.slots[slot];
  const image = id === undefined ? undefined : machine.images.get(id);
  if (image === undefined) return undefined;
  const spec = specOf(meantBy(machine, image));
  const empty = emptied(machine, slot);
  return DESIGNS.map((design) => measure(empty, spec, design));
}

/** With nothing in the slot: what a replacement does to the old image is another subject. */
function emptied(machine: Machine, slot: Slot): Machine {
  const able = apply(machine, KNOWS_FLAG);
  const run = startRun(able, NO_FAILURES, xenFeatures(machine));
  const unload = run.features.loadsItself ? unloadByFlag : unloadV1;
  return settle(able, unload(run, slot)).machine;
}

const NO_FAILURES = { allocationFails: () => false };
const KNOWS_FLAG = { kind: "setting-set", name: DOM0.flag, value: true } as const;

function specOf(image: Image): ImageSpec {
  return {
    name: image.name,
    slot: image.slot,
    flags: image.elfMachine === 3 ? ["i386"] : [],
    entryPoint: image.entryPoint,
    segments: image.segments.map((s) => ({
      name: s.name,
      buffer: elsewhere(s.buffer),
      bufferSize: BigInt(s.sourceSize),
      dest: BigInt(s.dest),
      destSize: BigInt(s.destSize),
    })),
  };
}

/** The same bytes at an address that the next caller chooses; null stays null. */
function elsewhere(buffer: UserBuffer): UserBuffer {
  const { pointer, ...rest } = buffer;
  return pointer === 0n ? buffer : rest;
}

function measure(before: Machine, spec: ImageSpec, design: Design): Measured {
  const patched = apply(before, { kind: "setting-set", name: DOM0.interface, value: 0x40400n });
  const run = startRun(patched, NO_FAILURES, xenFeatures(patched));
  // dom0's tables map everything: nobody would ask its kernel for a range without data.
  const asked = design === "hooks"
    ? { ...spec, segments: spec.segments.filter((s) => s.buffer.pointer !== 0n) }
    : spec;
  const { machine, result } = settle(patched, LOADS[design](run, asked));
  const own = machine.images.get(Number(numberSetting(machine, DOM0.image(spec.slot))));
  const id = machine.slots[spec.slot];
  const image = id === undefined ? undefined : machine.images.get(id);
  const kimage = design === "hooks" && own !== undefined ? own : undefined;
  return {
    design,
    ret: result,
    loaded: image !== undefined,
    ...counted(machine, image, kimage),
    ...whereData(machine, spec, image, kimage),
    translated: kimage === undefined ? 0 : translations(kimage),
    ...tables(machine, image, kimage),
    dom0Loaded: kimage !== undefined,
  };
}

function counted(machine: Machine, image: Image | undefined, kimage: Image | undefined) {
  const region = machine.reservations.get("crash");
  let [fromDom0, fromHeap, fromRegion] = [0, 0, 0];
  for (const { start, end, value } of machine.owners.from()) {
    if (value.image === undefined) continue;
    if (value.image === kimage?.id) fromDom0 += end - start;
    else if (value.image === image?.id) {
      const inRegion = region !== undefined && start * PAGE_SIZE >= region.start &&
        start * PAGE_SIZE < region.end;
      if (inRegion) fromRegion += end - start;
      else fromHeap += end - start;
    }
  }
  return { fromDom0, fromHeap, fromRegion };
}

/** The first page that holds data: Xen's own, or dom0's where Xen has none. */
function whereData(
  machine: Machine,
  spec: ImageSpec,
  image: Image | undefined,
  kimage: Image | undefined,
): Pick<Measured, "dataAt" | "dataOwner"> {
  const keeper = image?.pageList === undefined ? image : kimage;
  const kinds: readonly OwnerKind[] = ["source", "segment"];
  for (const { start, value } of machine.owners.from()) {
    if (keeper === undefined || value.image !== keeper.id || !kinds.includes(value.kind)) continue;
    const owner = keeper === kimage
      ? "dom0"
      : value.kind === "segment"
      ? "crash area"
      : "Xen's heap";
    return { dataAt: start * PAGE_SIZE, dataOwner: owner };
  }
  const dataAt = image === undefined || spec.slot === "default"
    ? undefined
    : image.segments[0]?.dest;
  return { dataAt, dataOwner: dataAt === undefined ? "nobody" : "crash area" };
}

/** Sources, links of the list, helper pages and what the tables point to. */
function translations(kimage: Image): number {
  const pages = (runs: readonly number[]) => {
    let sum = 0;
    for (let i = 0; i < runs.length; i += 2) sum += runs[i + 1]! - runs[i]!;
    return sum;
  };
  return kimage.sourcePages + pages(kimage.indirectionFrames) + pages(kimage.pageTableFrames) + 1;
}

function tables(
  machine: Machine,
  image: Image | undefined,
  kimage: Image | undefined,
): Pick<Measured, "tablePages" | "mappedBytes" | "leaf" | "lowMapped"> {
  const keeper = image?.pageList === undefined ? image : kimage;
  if (keeper?.pageTableRoot === undefined) {
    return { tablePages: 0, mappedBytes: 0, leaf: 0, lowMapped: false };
  }
  let tablePages = 0;
  for (let i = 0; i < keeper.pageTableFrames.length; i += 2) {
    tablePages += keeper.pageTableFrames[i + 1]! - keeper.pageTableFrames[i]!;
  }
  const ranges = mappedRanges(machine, keeper.pageTableRoot, 4)
    .filter((r) => r.start === BigInt(r.maddr));
  const mappedBytes = ranges.reduce((sum, r) => sum + Number(r.end - r.start), 0);
  const lowMapped = ranges.some((r) => r.start === 0n && r.end >= 0x10_0000n);
  return { tablePages, mappedBytes, leaf: ranges[0]?.pageSize ?? 0, lowMapped };
}
