/**
 * Everything that can happen, in the past tense. The union is closed: `apply` is exhaustive over
 * it, and a world that needs another event asks for it here. Frame lists are flat (start, end,
 * start, end, …): ascending and disjoint unless said otherwise.
 */
import type { FirmwareRegion, Range, Resource } from "../memory/mod.ts";
import type { Recipe } from "./content.ts";
import type { Cpu } from "./cpu.ts";
import type { Fault } from "./fault.ts";
import type { Image, Slot } from "./image.ts";
import type { Machine } from "./machine.ts";
import type { MoveList } from "./move_frames.ts";
import type { AllocationPolicy } from "./policy.ts";
import type { Program } from "./program.ts";
import type { Owner } from "./owner.ts";
import type { Hazard, Refusal } from "./refusal.ts";

/** start, end, start, end, … in frames. */
export type FrameList = readonly number[];

export type SettingValue = bigint | string | boolean;

export type Event =
  /** A machine came up with nothing running: all usable RAM is free. */
  | {
    readonly kind: "machine-powered";
    readonly name: string;
    readonly arch: "x86_64";
    readonly cpus: number;
    readonly firmware: readonly FirmwareRegion[];
    readonly resources: readonly Resource[];
    readonly policy: AllocationPolicy;
  }
  | {
    readonly kind: "system-booted";
    readonly world: string;
    readonly version: string;
    readonly cmdline: string;
    /** What it tells readers of its dumps about itself, from boot on. */
    readonly vmcoreinfo?: string;
  }
  /** Frames got an owner, whoever had them before: boot-time reservations. */
  | { readonly kind: "frames-claimed"; readonly frames: FrameList; readonly owner: Owner }
  /** Free frames were handed out by the page allocator. `cursor` is where it looks next. */
  | {
    readonly kind: "frames-allocated";
    readonly frames: FrameList;
    readonly owner: Owner;
    readonly cursor: number;
  }
  /** The page allocator found nothing: `order` is the base-two logarithm of the pages asked for. */
  | { readonly kind: "allocation-failed"; readonly order: number; readonly why: string }
  /** Owned frames changed hands: a parked page became a source page, a region page a control page. */
  | { readonly kind: "frames-reassigned"; readonly frames: FrameList; readonly owner: Owner }
  /** Frames went back to the free pool. */
  | { readonly kind: "frames-freed"; readonly frames: FrameList; readonly why: string }
  /**
   * Whole frames got content. Frame `f` holds page `f − shift` of `recipe`; `shifts[i]` belongs to
   * run `i` of `frames`.
   */
  | {
    readonly kind: "frames-written";
    readonly frames: FrameList;
    readonly recipe: Recipe;
    readonly shifts: readonly number[];
    readonly what: string;
  }
  /** Bytes were written at a byte address; they may cross page borders. */
  | {
    readonly kind: "bytes-written";
    readonly at: number;
    readonly bytes: Uint8Array;
    readonly what: string;
  }
  /**
   * Bytes were written by a processor past the point of no return: the relocation code on its own
   * pages, or what the image runs.
   */
  | {
    readonly kind: "bytes-stored";
    readonly cpu: number;
    readonly at: number;
    readonly bytes: Uint8Array;
    readonly what: string;
  }
  /** Whole frames were copied to others; what was there is gone. No frame stands in `moves` twice. */
  | { readonly kind: "frames-copied"; readonly moves: MoveList; readonly what: string }
  /** Whole frames changed places with others. No frame stands in `moves` twice. */
  | { readonly kind: "frames-swapped"; readonly moves: MoveList; readonly what: string }
  /** Registers or state of processors changed. `cpus` are runs of numbers: start, end, start, end, … */
  | {
    readonly kind: "cpu-changed";
    readonly cpus: FrameList;
    readonly changes: Partial<Cpu>;
    readonly what: string;
  }
  /**
   * Pages of the privileged guest, by its own numbers, got other frames or lost theirs. `mfns[i]` is
   * the first frame of run `i` of `pfns`; undefined: none. Who owns the frames is told by others.
   */
  | {
    readonly kind: "p2m-changed";
    readonly pfns: FrameList;
    readonly mfns: readonly (number | undefined)[];
    readonly what: string;
  }
  /** A processor met an exception that nothing handles. */
  | { readonly kind: "faulted"; readonly fault: Fault }
  /** From here on the machine knows what these bytes do when they are run. */
  | { readonly kind: "program-known"; readonly program: Program }
  /** What is in these ranges of bytes was written to a disk, under a name. */
  | {
    readonly kind: "memory-dumped";
    readonly name: string;
    readonly ranges: readonly Range[];
  }
  /** A system that slept in a dump runs again: its state is as it was, memory is what is there now. */
  | { readonly kind: "system-resumed"; readonly dump: string }
  | { readonly kind: "image-begun"; readonly image: Image }
  | { readonly kind: "image-changed"; readonly id: number; readonly changes: Partial<Image> }
  /** The image is gone; its frames were freed or went back to the region by events before this one. */
  | { readonly kind: "image-released"; readonly id: number }
  /** `settings` change in the same instant: what the system itself selects the image by. */
  | {
    readonly kind: "slot-set";
    readonly slot: Slot;
    readonly image: number | undefined;
    readonly settings?: readonly (readonly [string, SettingValue])[];
  }
  /** A named reservation in bytes: `crash`, `crash low`, or one of the script's. */
  | { readonly kind: "reservation-set"; readonly name: string; readonly range: Range | undefined }
  | { readonly kind: "setting-set"; readonly name: string; readonly value: SettingValue }
  /**
   * What a world keeps beside the bytes of memory, as one plain immutable value that it alone
   * understands: variables of the running kernel, a table that the hypervisor holds. Undefined: it is gone.
   */
  | {
    readonly kind: "record-set";
    readonly name: string;
    readonly value: object | undefined;
    readonly what: string;
  }
  /** A line of the kernel's or hypervisor's own log. */
  | {
    readonly kind: "log-printed";
    readonly text: string;
    /** Every boot prints it, whatever happens. */
    readonly routine?: boolean;
  }
  | { readonly kind: "operation-began"; readonly operation: string }
  /** `ret` is `0`, an errno name, or a number. */
  | { readonly kind: "operation-ended"; readonly operation: string; readonly ret: string }
  | { readonly kind: "check-passed"; readonly rule: string; readonly cite: string }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "lock-taken"; readonly lock: string }
  | { readonly kind: "lock-released"; readonly lock: string }
  /** The kernel's own mapping of these bytes became read-only or writable again. */
  | {
    readonly kind: "protection-set";
    readonly ranges: readonly Range[];
    readonly writable: boolean;
  }
  | { readonly kind: "hazard-found"; readonly hazard: Hazard }
  /** A step of a routine that changes nothing that is modelled: `device shutdown`. */
  | { readonly kind: "milestone-reached"; readonly text: string; readonly cite: string }
  /** What runs the machine from here on, or why nothing does. */
  | { readonly kind: "power-changed"; readonly power: Machine["power"]; readonly why: string }
  /** A scenario ended or a branch began: the machine is as it was at an earlier step. */
  | {
    readonly kind: "state-restored";
    readonly machine: Machine;
    readonly step: number;
    readonly why: string;
  };

export type EventKind = Event["kind"];
export type EventOf<K extends EventKind> = Extract<Event, { kind: K }>;
