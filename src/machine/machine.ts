/** The machine: immutable, all of it plain values, made only by `apply`. */
import {
  ExtentMap,
  type FirmwareRegion,
  framesInside,
  has,
  PAGE_SIZE,
  type Range,
  type Resource,
} from "../memory/mod.ts";
import { type AllocationPolicy, DEFAULT_POLICY } from "./policy.ts";
import { type Content, readContents, readRecipeInto } from "./content.ts";
import type { Cpu } from "./cpu.ts";
import type { SettingValue } from "./event.ts";
import type { Fault } from "./fault.ts";
import type { Image, Slot } from "./image.ts";
import type { Owner } from "./owner.ts";
import { NO_PHYSICAL_MAP, type PhysicalMap } from "./p2m.ts";
import type { Program } from "./program.ts";

/** The kernel or hypervisor that was booted. */
export interface System {
  readonly world: string;
  readonly version: string;
  readonly cmdline: string;
  /** What it tells readers of its dumps about itself. */
  readonly vmcoreinfo?: string;
}

/** A list that grows at its head, so that an older machine keeps its own end. */
export interface LogLine {
  readonly text: string;
  readonly before: LogLine | undefined;
}

/**
 * `free`, `owners` and "no RAM" partition the frames: a frame is in at most one of `free` and
 * `owners`, and a frame of `ram` is in exactly one.
 */
export interface Machine {
  readonly name: string;
  readonly arch: "x86_64";
  readonly cpus: number;
  /** Each of them, by number. */
  readonly processors: readonly Cpu[];
  /** As firmware reported it, bytes. */
  readonly firmware: readonly FirmwareRegion[];
  /** As `/proc/iomem` showed it, when the machine was described that way. */
  readonly resources: readonly Resource[];
  /** Whole usable pages by the firmware map, frames, ascending. */
  readonly ram: readonly Range[];
  readonly free: ExtentMap<true>;
  readonly owners: ExtentMap<Owner>;
  readonly contents: ExtentMap<Content>;
  /** How the page allocator of whatever runs here chooses. */
  readonly policy: AllocationPolicy;
  /** What the privileged guest of a hypervisor takes for physical memory; empty where there is none. */
  readonly p2m: PhysicalMap;
  /** The page allocator's hint: the frame after the one that it gave last. */
  readonly allocatorCursor: number;
  readonly system: System | undefined;
  /**
   * `jumping`: past the point of no return, where the relocation code alone runs. `new-image`: what
   * was loaded has control, and no system that kx knows was booted since.
   */
  readonly power: "off" | "on" | "running" | "jumping" | "rebooted" | "halted" | "new-image";
  readonly images: ReadonlyMap<number, Image>;
  readonly nextImage: number;
  readonly slots: Readonly<Partial<Record<Slot, number>>>;
  /** Bytes. */
  readonly reservations: ReadonlyMap<string, Range>;
  readonly settings: ReadonlyMap<string, SettingValue>;
  /** What a world keeps beside the bytes of memory, by name: plain values that only it understands. */
  readonly records: ReadonlyMap<string, object>;
  readonly locks: ReadonlySet<string>;
  /** Bytes that the running kernel cannot write through its own mapping. */
  readonly writeProtected: readonly Range[];
  readonly log: LogLine | undefined;
  /** What ended the run of the machine, if an exception did. */
  readonly fault: Fault | undefined;
  /** Code whose behaviour is known, by its first bytes. */
  readonly programs: ReadonlyMap<string, Program>;
  /** What was kept of memory on a disk, which outlives the machine's power. */
  readonly dumps: ReadonlyMap<string, Dump>;
  /** How many events made this machine. */
  readonly steps: number;
}

/** Ranges of memory that somebody wrote to a disk, and the machine as it was then. */
export interface Dump {
  readonly name: string;
  /** Bytes, whole pages, ascending. */
  readonly ranges: readonly Range[];
  readonly machine: Machine;
}

/** Before any machine is powered. */
export const NO_MACHINE: Machine = {
  name: "",
  arch: "x86_64",
  cpus: 0,
  processors: [],
  firmware: [],
  resources: [],
  ram: [],
  free: ExtentMap.empty(),
  owners: ExtentMap.empty(),
  contents: ExtentMap.empty(),
  policy: DEFAULT_POLICY,
  p2m: NO_PHYSICAL_MAP,
  allocatorCursor: 0,
  system: undefined,
  power: "off",
  images: new Map(),
  nextImage: 1,
  slots: {},
  reservations: new Map(),
  settings: new Map(),
  records: new Map(),
  locks: new Set(),
  writeProtected: [],
  log: undefined,
  fault: undefined,
  programs: new Map(),
  dumps: new Map(),
  steps: 0,
};

/** Whole pages of usable RAM, ascending and joined. */
export function usableFrames(firmware: readonly FirmwareRegion[]): Range[] {
  let map = ExtentMap.empty<true>();
  for (const region of firmware) {
    const frames = framesInside(region.range);
    if (region.type === "usable" && frames.end > frames.start) {
      map = map.set(frames.start, frames.end, true);
    }
  }
  // A page that is even partly something else is not usable, as e820__range_update leaves it.
  for (const region of firmware) {
    if (region.type === "usable" || region.range.end <= region.range.start) continue;
    map = map.delete(
      Math.floor(region.range.start / PAGE_SIZE),
      Math.ceil(region.range.end / PAGE_SIZE),
    );
  }
  return [...map.from()].map(({ start, end }) => ({ start, end }));
}

/** Who has a frame: an owner, `free`, or undefined where there is no RAM and no reservation. */
export function ownerOf(machine: Machine, frame: number): Owner | "free" | undefined {
  return machine.owners.get(frame) ?? (machine.free.get(frame) ? "free" : undefined);
}

export function isRam(machine: Machine, frame: number): boolean {
  return machine.ram.some((r) => has(r, frame));
}

export function imageIn(machine: Machine, slot: Slot): Image | undefined {
  const id = machine.slots[slot];
  return id === undefined ? undefined : machine.images.get(id);
}

/** Bytes of physical memory. Costs what it returns. */
export function readMemory(machine: Machine, at: number, length: number): Uint8Array {
  return readContents(machine.contents, at, length);
}

/** As `readMemory`, into an array that can be used again. */
export function readMemoryInto(machine: Machine, at: number, into: Uint8Array): void {
  const end = at + into.length;
  let filled = 0;
  const frames = machine.contents.within(Math.floor(at / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
  for (const extent of frames) {
    const from = Math.max(at, extent.start * PAGE_SIZE);
    const to = Math.min(end, extent.end * PAGE_SIZE);
    into.fill(0, filled, from - at);
    filled = to - at;
    readRecipeInto(
      extent.value.recipe,
      from - extent.shift * PAGE_SIZE,
      into.subarray(from - at, filled),
    );
  }
  into.fill(0, filled);
}

/** A little-endian 64-bit word of physical memory. */
export function readWord(machine: Machine, at: number): bigint {
  const bytes = readMemory(machine, at, 8);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** Log lines, oldest first. */
export function logLines(machine: Machine): string[] {
  const lines: string[] = [];
  for (let line = machine.log; line !== undefined; line = line.before) lines.push(line.text);
  return lines.reverse();
}
