/**
 * What a person at `kx repl` has before them, as one immutable value. `reduce` is the only maker of
 * the next one; what needs the world outside (a file, a long run) is left in `effects` for the store.
 *
 * An executor only ever grows, so a branch is the executor and how much of it this value sees: older
 * sessions stay as they were.
 */
import type { Environment, Executor } from "../engine/mod.ts";
import type { Invariant } from "../machine/invariants/mod.ts";
import type { Machine, Panel, World } from "../machine/mod.ts";
import type { SourceText, Span } from "../text/mod.ts";
import type { Place, Run } from "./place.ts";
import type { Effect } from "./effects.ts";
import { EMPTY_INPUT, type Input } from "./input.ts";

/** What kx knows of the world; handed in. */
export interface SessionModel {
  readonly worlds: readonly World[];
  readonly invariants: readonly Invariant[];
}

/** A statement at the top of the script, as it ran on a branch. */
export interface Entry extends Run {
  /** Its record and text: `source.slice(span)`. */
  readonly record: number;
  readonly source: SourceText;
  readonly span: Span;
  /** With the comments and empty lines around it: joined, these are the session as a script. */
  readonly script: string;
  /** Whether it came from the file that the session has open. */
  readonly loaded: boolean;
  /** The branch left it before its end: it made fewer steps than it would have. */
  readonly cut?: boolean;
}

/** One timeline. */
export interface Branch {
  readonly id: number;
  /** Where it left another branch; absent for the first. */
  readonly parent?: { readonly branch: number; readonly place: Place };
  readonly executor: Executor;
  /** Where it left while the script still had that statement: a reload that finds it again goes there. */
  readonly lost?: { readonly entries: readonly Entry[]; readonly place: Place };
  /** Every top-level statement since the very beginning, those shared with the parent first. */
  readonly entries: readonly Entry[];
  /** Statements that are shared with the parent. */
  readonly shared: number;
  /** Steps and records that this value sees: the executor may have more. */
  readonly length: number;
  readonly records: number;
}

export interface Cursor extends Place {
  readonly branch: number;
}

export type Breakpoint = { readonly id: number } & BreakpointSpec;

export type BreakpointSpec =
  /** A line of the script, or the first word of a statement: `load`. */
  | { readonly kind: "line"; readonly line: number }
  | { readonly kind: "statement"; readonly head: string }
  /** A kind of event, or the word of a transcript: `slot-set`, `installed`. */
  | { readonly kind: "event"; readonly event: string }
  /** Bytes `[start, end)`: written, moved, or given another owner. */
  | { readonly kind: "address"; readonly start: number; readonly end: number }
  /** An operation gives back this errno; without one, any refusal. */
  | { readonly kind: "errno"; readonly errno?: string }
  | { readonly kind: "hazard"; readonly code?: string };

export const PANES = [
  "script",
  "transcript",
  "map",
  "page",
  "walk",
  "images",
  "cpu",
  "hazards",
  "world",
] as const;

export type Pane = typeof PANES[number];

export const THEMES = ["auto", "dark", "light", "none"] as const;

export type Theme = typeof THEMES[number];

export interface View {
  readonly pane: Pane;
  /** Bytes: what `page` and `walk` look at, and the middle of the map. */
  readonly address: number;
  /** The map shows 2^-zoom of the machine's addresses, around `address`. */
  readonly zoom: number;
  /** First line shown, by pane; `transcript` counts back from its end. */
  readonly scroll: Readonly<Partial<Record<Pane, number>>>;
  readonly theme: Theme;
  readonly columns: number;
  readonly rows: number;
  /** Commands that show something print it, since there are no panes. */
  readonly linear: boolean;
  /** What is said is read aloud: sentences, no pictures. */
  readonly spoken: boolean;
  /** A page of help lies over everything. */
  readonly help?: readonly string[];
}

/** Something said to the person, oldest first. Lines are plain text, ready to print. */
export interface Message {
  /** Counts up; a reader remembers the last that it printed. */
  readonly id: number;
  readonly kind: "input" | "output" | "note" | "warning" | "error" | "tour";
  readonly lines: readonly string[];
  /** How often it was said in a row. */
  readonly times: number;
}

/** Something long is under way: nothing else is run until it ends or is cancelled. */
export interface Running {
  /** `load new`, `examples/window.kx`. */
  readonly what: string;
  /** Steps of the timeline so far. */
  readonly steps: number;
  /** Forks and events looked at, which also grows while an exploration adds no step. */
  readonly ticks: number;
  readonly cancelled: boolean;
}

/** One stop of the tour: a paragraph that explains, and what is then typed for the reader. */
export interface TourStop {
  readonly explanation: readonly string[];
  /** Statements or `:` commands, typed one after the other. */
  readonly type: readonly string[];
  /** Where there are panes, the one in which that is best seen. */
  readonly pane?: Pane;
}

export interface Tour {
  readonly stops: readonly TourStop[];
  /** The stop that was explained last. */
  readonly at: number;
}

export interface Session {
  readonly model: SessionModel;
  /** The script that `:reload` reads again: its name for people, and where it is. */
  readonly file?: string;
  readonly path?: string;
  readonly branches: readonly Branch[];
  readonly cursor: Cursor;
  /** Where `:diff` without arguments compares with: the branch that was left last. */
  readonly previous?: number;
  readonly breakpoints: readonly Breakpoint[];
  readonly nextBreakpoint: number;
  readonly view: View;
  readonly input: Input;
  /** Oldest first. */
  readonly history: readonly string[];
  readonly messages: readonly Message[];
  readonly nextMessage: number;
  readonly running?: Running;
  readonly tour?: Tour;
  /** What `:save` wrote last: it may be written again. */
  readonly saved?: string;
  /** Comments that were typed alone: they stand before the next statement when the session is saved. */
  readonly comments: string;
  /** Statements were added since the last `:save`. */
  readonly unsaved: boolean;
  /** Work for the store, in order. */
  readonly effects: readonly Effect[];
  /** The person has left. */
  readonly ended: boolean;
}

/** What diagnostics call a text that was typed. */
export const TYPED = "input";

export const DEFAULT_VIEW: View = {
  pane: "transcript",
  address: 0,
  zoom: 0,
  scroll: {},
  theme: "auto",
  columns: 80,
  rows: 24,
  linear: false,
  spoken: false,
};

/** A session before anything was typed. `executor` is fresh. */
export function newSession(
  model: SessionModel,
  executor: Executor,
  view: Partial<View> = {},
): Session {
  return {
    model,
    branches: [{ id: 0, executor, entries: [], shared: 0, length: 0, records: 0 }],
    cursor: { branch: 0, entry: -1, step: 0 },
    breakpoints: [],
    nextBreakpoint: 1,
    view: { ...DEFAULT_VIEW, ...view },
    input: EMPTY_INPUT,
    history: [],
    messages: [],
    nextMessage: 1,
    comments: "",
    unsaved: false,
    effects: [],
    ended: false,
  };
}

/** The branch that the cursor is on. */
export function branchOf(session: Session): Branch {
  return session.branches[session.cursor.branch]!;
}

/** What is known where the cursor is: the names, and the world that runs. */
export function known(session: Session): {
  readonly environment: Environment;
  readonly world: World | undefined;
} {
  const { executor, entries } = branchOf(session);
  const { entry, step } = session.cursor;
  const system = executor.timeline.stateAt(step).system?.world;
  return {
    environment: executor.environmentAt({ statement: entries[entry]?.record ?? -1, step }),
    world: session.model.worlds.find(({ name }) => name === system),
  };
}

/** What the system that runs on a machine shows of itself. */
export function panelsOf(session: Session, machine: Machine): readonly Panel[] {
  return worldOf(session, machine)?.panels ?? [];
}

/** Whether the system on a machine has slots for images; any that is to come may have. */
export function keepsImages(session: Session, machine: Machine): boolean {
  return worldOf(session, machine)?.keepsNoImage !== true;
}

function worldOf({ model }: Session, { system }: Machine): World | undefined {
  return model.worlds.find(({ name }) => name === system?.world);
}
