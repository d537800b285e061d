/**
 * What a world is: the rules of one kernel or hypervisor. It reads like the routine that it
 * models: a generator that yields events and is handed back the machine after each. It keeps no
 * state between operations, writes no memory itself, and knows no syntax.
 */
import type { Event, SettingValue } from "./event.ts";
import type { FileBytes } from "./content.ts";
import type { ImageSpec, PurgatoryKind } from "./image.ts";
import type { Program } from "./program.ts";
import type { Machine } from "./machine.ts";
import type { ClauseShape, QueryShape } from "./vocabulary.ts";

/** What an operation gave back: `0`, an errno name, or another number as text. */
export interface Outcome {
  readonly ret: string;
  /** Words for the transcript, when there is more to say than the number. */
  readonly note?: string;
}

/** A routine: yields what happens, receives the machine after it, ends with what the caller sees. */
export type Decision<T = Outcome> = Generator<Event, T, Machine>;

/** What the engine lends to a routine. Pure. */
export interface Context {
  /**
   * Asked before each allocation, counted from 0 within the operation; true makes it fail, so that
   * `at every failure of allocation` can try each in turn.
   */
  readonly allocationFails: (count: number) => boolean;
  /** The same for steps of putting the machine to sleep, each asked once. */
  readonly suspendFails?: (count: number) => boolean;
}

/** A value of an argument after evaluation: what the shape of its parameter says. */
export type ArgValue =
  | bigint
  | string
  | boolean
  | FileBytes
  | ImageSpec
  | Program
  | { readonly start: bigint; readonly end: bigint }
  | readonly ArgValue[];

/** A sentence after evaluation: its labels and positions by name, its block clause by clause. */
export interface Clause {
  readonly head: string;
  readonly args: Readonly<Record<string, ArgValue>>;
  readonly clauses: readonly Clause[];
}

/** `name` is the head of the operation's shape. */
export type Operation = Clause;

/** `boot WORLD VERSION on MACHINE { … }` */
export interface BootRequest {
  readonly version: string;
  readonly clauses: readonly Clause[];
}

/** An answer of a query, as the language's values: see engine/values. */
export type Answer =
  | { readonly kind: "integer"; readonly value: bigint; readonly style?: "hex" | "decimal" }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "word"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "range"; readonly start: bigint; readonly end: bigint }
  | { readonly kind: "list"; readonly items: readonly Answer[] }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "nothing" };

/** A rule by which a world refuses, for `kx explain` and `why`. */
export interface RuleText {
  readonly rule: string;
  readonly title: string;
  readonly explanation: string;
  /** A tiny script that breaks the rule. */
  readonly example: string;
  readonly cite: string;
}

/** A hazard that a world reports, for `kx explain`. */
export interface HazardText {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  readonly example?: string;
  readonly cite: string;
}

/** A row of what a system shows of itself: a name with its value, or a line that was drawn. */
export type PanelRow =
  | { readonly name: string; readonly value: string }
  | { readonly drawn: string };

/** Part of what a system shows of itself, where a person would look for it. Costs what it shows. */
export interface Panel {
  readonly title: string;
  /** None: there is nothing to show now, and the title is left out. */
  rows(machine: Machine): readonly PanelRow[];
  /** Settings that are told here; a view need not list them again. */
  readonly tells?: RegExp;
}

/** A word behind the slot of an image. */
export interface ImageFlag {
  readonly name: string;
  readonly summary: string;
}

export interface World {
  /** As in `boot NAME VERSION on M`. */
  readonly name: string;
  readonly title: string;
  /** Releases whose rules were studied, oldest first; others are taken as the nearest older one. */
  readonly versions: readonly string[];
  /** The versions are names: one that is not in the list is no other number, but a mistake. */
  readonly versionsAreNames?: true;
  /** What may stand in the block of `boot`. */
  readonly bootClauses: readonly ClauseShape[];
  /** Sentences that are operations of this world. */
  readonly operations: readonly ClauseShape[];
  /** Flags that may follow the slot in `image NAME : SLOT FLAG …`. */
  readonly imageFlags: readonly ImageFlag[];
  /** It keeps no image: one that is to be started is handed over then and there. */
  readonly keepsNoImage?: true;
  /** What the loader of this system can add to an image; nothing without it. */
  readonly loader?: {
    readonly purgatories: readonly PurgatoryKind[];
    readonly coreHeader: boolean;
  };
  /** What may stand in the block of an image beside segments and the entry point. */
  readonly imageClauses?: readonly ClauseShape[];
  /** Phrases that `expect`, `show` and `let` understand once this world runs. */
  readonly queries: readonly QueryShape[];
  readonly rules: readonly RuleText[];
  readonly hazards: readonly HazardText[];
  /** The system's own view of itself, in the order in which it is read. */
  readonly panels?: readonly Panel[];
  boot(machine: Machine, request: BootRequest, context: Context): Decision;
  decide(machine: Machine, operation: Operation, context: Context): Decision;
}

export type Settings = ReadonlyMap<string, SettingValue>;
