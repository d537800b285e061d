/** Everything that can be done to a session: by keys, by `:` commands, and by the store. */
import type { Executor } from "../engine/mod.ts";
import type { Effect } from "./effects.ts";
import type { Branch, BreakpointSpec, Cursor, Entry, Message, Pane, Theme } from "./session.ts";

/**
 * How far a move goes. `step`: one event. `over`: the statement that makes the next event, blocks'
 * statements too. `out`: to the end of the innermost statement around. `next`: the statement of the
 * script. `continue`: to a breakpoint or the end. `end`: to the end, whatever is on the way.
 */
export type Motion = "step" | "over" | "out" | "next" | "continue" | "end";

export type Action =
  // Typing.
  | { readonly kind: "insert"; readonly text: string }
  | {
    readonly kind: "delete";
    readonly what:
      | "before"
      | "after"
      | "word-before"
      | "word-after"
      | "to-start"
      | "to-end"
      | "all";
  }
  | {
    readonly kind: "caret";
    readonly to:
      | "left"
      | "right"
      | "word-left"
      | "word-right"
      | "start"
      | "end"
      | "up"
      | "down"
      | "first"
      | "last";
  }
  | { readonly kind: "set-input"; readonly text: string; readonly caret?: number }
  /** Enter: another line while the text is incomplete, else run it. */
  | { readonly kind: "submit" }
  /** Run a text as if it had been typed. */
  | { readonly kind: "enter"; readonly text: string }
  /** The same before anything that waits, at another place if `cursor` is there. */
  | { readonly kind: "type-now"; readonly text: string; readonly cursor?: Cursor }
  /** A `:` line that waited for its turn. */
  | { readonly kind: "answer"; readonly text: string }
  /** `keep`: stay at the same place, and type again what was typed. */
  | {
    readonly kind: "load";
    readonly path: string;
    /** What it is called, if not by its path. */
    readonly shown?: string;
    readonly keep?: boolean;
  }
  | {
    readonly kind: "save";
    readonly path: string;
    readonly text: string;
    readonly replace: boolean;
    /** Said once it is saved. */
    readonly remarks: readonly string[];
  }
  /** An example; their list for the empty name. */
  | { readonly kind: "open"; readonly name: string }
  | { readonly kind: "recover"; readonly wanted: boolean }
  | { readonly kind: "history"; readonly to: "older" | "newer" }
  | { readonly kind: "search"; readonly to: "begin" | "older" | "newer" | "accept" | "cancel" }
  | { readonly kind: "complete"; readonly to: "next" | "previous" | "accept" | "cancel" }
  /** Ctrl-C: stops what runs, or else clears the line. */
  | { readonly kind: "interrupt" }
  // Moving.
  | {
    readonly kind: "move";
    readonly how: Motion;
    readonly back?: boolean;
    readonly times?: number;
  }
  | { readonly kind: "go-to"; readonly step: number }
  | { readonly kind: "go-to-cursor"; readonly cursor: Cursor }
  | { readonly kind: "go-to-entry"; readonly entry: number }
  /** By its kind, or the word of a transcript: `slot-set`, `installed`. */
  | { readonly kind: "to-event"; readonly event: string; readonly back?: boolean }
  /** Back to where the page at an address got what it holds. */
  | { readonly kind: "to-writer"; readonly address: number }
  | { readonly kind: "branch"; readonly id: number }
  | { readonly kind: "break"; readonly on: BreakpointSpec }
  | { readonly kind: "unbreak"; readonly id: number | "all" }
  // Looking.
  | { readonly kind: "pane"; readonly pane: Pane | "next" | "previous" }
  | { readonly kind: "look"; readonly address: number; readonly pane?: Pane }
  | { readonly kind: "zoom"; readonly by: number }
  | { readonly kind: "scroll"; readonly pane: Pane; readonly by: number }
  | { readonly kind: "scroll-to"; readonly pane: Pane; readonly line: number }
  | { readonly kind: "theme"; readonly theme: Theme }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number }
  /** Lays a page over everything; without lines takes it away. */
  | { readonly kind: "help"; readonly lines?: readonly string[] }
  // The tour.
  | { readonly kind: "tour"; readonly to: "begin" | "next" | "explain" | "end" }
  // From the store.
  | { readonly kind: "queue"; readonly effects: readonly Effect[] }
  | { readonly kind: "effects-taken"; readonly count: number }
  | { readonly kind: "say"; readonly as: Message["kind"]; readonly lines: readonly string[] }
  | {
    readonly kind: "running";
    readonly what: string;
    readonly steps: number;
    readonly ticks: number;
  }
  /**
   * Statements ran, going on from `at`; `executor` has them all. `forked`: on a branch of its own.
   * `text` is what would have to be typed to have the same.
   */
  | {
    readonly kind: "ran";
    readonly executor: Executor;
    readonly entries: readonly Entry[];
    readonly at: Cursor;
    readonly forked: boolean;
    readonly text: string;
  }
  /** A text without a statement. */
  | { readonly kind: "comment"; readonly text: string }
  /** Nothing runs any more, and nothing came of it: it was cancelled, or was only a question. */
  | { readonly kind: "idle" }
  /** A script took the place of everything; other branches are there if they were run again. */
  | {
    readonly kind: "loaded";
    readonly path: string;
    /** What it is called. */
    readonly shown: string;
    readonly branches: readonly Branch[];
    readonly cursor: Cursor;
  }
  | { readonly kind: "saved"; readonly path: string }
  | { readonly kind: "history-read"; readonly lines: readonly string[] }
  | { readonly kind: "files-listed"; readonly folder: string; readonly names: readonly string[] }
  | { readonly kind: "quit" };
