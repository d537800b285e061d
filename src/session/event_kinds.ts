/**
 * Every kind of event, and whether it changes what memory holds or whose it is. The type check keeps
 * the list whole, and those that read it.
 */
import type { EventKind } from "../machine/mod.ts";

const ALL = {
  "machine-powered": "none",
  "system-booted": "none",
  "frames-claimed": "owns",
  "frames-allocated": "owns",
  "allocation-failed": "none",
  "frames-reassigned": "owns",
  "frames-freed": "owns",
  "frames-written": "writes",
  "bytes-written": "writes",
  "bytes-stored": "writes",
  "frames-copied": "writes",
  "frames-swapped": "writes",
  "cpu-changed": "none",
  faulted: "none",
  "program-known": "none",
  "image-begun": "none",
  "image-changed": "none",
  "image-released": "none",
  "slot-set": "none",
  "reservation-set": "none",
  "setting-set": "none",
  "log-printed": "none",
  "operation-began": "none",
  "operation-ended": "none",
  "check-passed": "none",
  refused: "none",
  "lock-taken": "none",
  "lock-released": "none",
  "protection-set": "none",
  "hazard-found": "none",
  "milestone-reached": "none",
  "power-changed": "none",
  "memory-dumped": "none",
  "system-resumed": "none",
  "record-set": "none",
  "p2m-changed": "none",
  "state-restored": "none",
} as const satisfies Readonly<Record<EventKind, "writes" | "owns" | "none">>;

/** Kinds that leave memory alone: all that a switch over the others may pass by. */
export type QuietKind = {
  [Kind in EventKind]: (typeof ALL)[Kind] extends "none" ? Kind : never;
}[EventKind];

export const EVENT_KINDS = Object.keys(ALL) as readonly EventKind[];

/** Events that change what memory holds. */
export const WRITES: readonly EventKind[] = EVENT_KINDS.filter((kind) => ALL[kind] === "writes");

/** Events that give frames an owner, or take it. */
export const OWNS: readonly EventKind[] = EVENT_KINDS.filter((kind) => ALL[kind] === "owns");
