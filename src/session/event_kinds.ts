/**
 * Every kind of event, whether it changes what memory holds or whose it is, and the words by which a
 * person may name it. The type check keeps the lists whole, and those that read them.
 */
import type { Event, EventKind } from "../machine/mod.ts";
import { describeEvent } from "../views/mod.ts";

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

/** How transcripts tell each kind: what a person has read is what they type. */
const VERBS: Readonly<Record<EventKind, readonly string[]>> = {
  "machine-powered": ["powered"],
  "system-booted": ["booted"],
  "frames-claimed": ["claimed"],
  "frames-allocated": ["allocated"],
  "allocation-failed": ["no memory"],
  "frames-reassigned": ["reassigned"],
  "frames-freed": ["freed"],
  "frames-written": ["written"],
  "bytes-written": ["written"],
  "bytes-stored": ["stored"],
  "frames-copied": ["copied"],
  "frames-swapped": ["swapped"],
  "cpu-changed": ["cpu"],
  faulted: ["fault"],
  "program-known": ["known"],
  "image-begun": ["begun"],
  "image-changed": ["image"],
  "image-released": ["released"],
  "slot-set": ["installed", "emptied"],
  "reservation-set": ["reservation"],
  "setting-set": ["setting"],
  "log-printed": ["log"],
  "operation-began": ["began"],
  "operation-ended": ["ended"],
  "check-passed": ["passed"],
  refused: ["refused"],
  "lock-taken": ["locked"],
  "lock-released": ["unlocked"],
  "protection-set": ["protected", "unprotected"],
  "hazard-found": ["hazard"],
  "milestone-reached": ["reached"],
  "power-changed": ["now"],
  "memory-dumped": ["dumped"],
  "system-resumed": ["resumed"],
  "record-set": ["noted"],
  "p2m-changed": ["p2m"],
  // It is told as `back`, which turns a motion round.
  "state-restored": [],
};

const KINDS_BY_WORD = new Map<string, EventKind[]>();
for (const kind of EVENT_KINDS) {
  for (const verb of VERBS[kind]) {
    KINDS_BY_WORD.set(verb, [...KINDS_BY_WORD.get(verb) ?? [], kind]);
  }
}
for (const kind of EVENT_KINDS) KINDS_BY_WORD.set(kind, [kind]);

/** All that names an event: its kind, or the word that a transcript has for it. */
export const EVENT_WORDS: readonly string[] = [...KINDS_BY_WORD.keys()].sort();

/** The kinds of event that a word names; none if it names no event. */
export function kindsNamed(word: string): readonly EventKind[] {
  return KINDS_BY_WORD.get(word) ?? [];
}

/** Whether a word names an event. `installed` is said of only some of those that set a slot. */
export function isNamed(event: Event, word: string): boolean {
  if (event.kind === word) return true;
  const verbs = VERBS[event.kind];
  return verbs.includes(word) && (verbs.length === 1 || describeEvent(event)?.verb === word);
}
