/** What a `:` command is: a row of the table from which help, completion and key hints come. */
import { wrapWords } from "../text/mod.ts";
import type { Action } from "./actions.ts";
import type { Session } from "./session.ts";

/** What a command's argument may be, for completion. */
export type ArgumentKind =
  | "nothing"
  | "number"
  | "address"
  | "file"
  | "example"
  | "event"
  | "breakpoint"
  | "branch"
  | "slot"
  | "theme"
  | "topic"
  | "command"
  | "tour"
  | "motion";

export interface CommandAnswer {
  readonly actions?: readonly Action[];
  readonly lines?: readonly string[];
  readonly problem?: string;
  readonly hint?: string;
}

export interface SessionCommand {
  /** Without the colon. */
  readonly name: string;
  /** Other ways to write it. */
  readonly also?: readonly string[];
  /** `[N]`, `ADDRESS`. */
  readonly args?: string;
  readonly summary: string;
  readonly group: "Stepping" | "Looking" | "What if" | "Files" | "Help";
  readonly completes: ArgumentKind;
  /** What may be pressed instead: `f10`, `alt+right`. */
  readonly keys?: readonly string[];
  /** Answered also while something runs; any other waits for its turn, as statements do. */
  readonly atOnce?: true;
  run(session: Session, args: string): CommandAnswer;
}

export function problem(message: string, hint?: string): CommandAnswer {
  return hint === undefined ? { problem: message } : { problem: message, hint };
}

/** `3 back` → the words of an argument, and whether the last of them turns the direction. */
export function direction(args: string): { readonly rest: string; readonly back: boolean } {
  const words = args.split(/\s+/).filter((w) => w !== "");
  const back = words.at(-1) === "back";
  return { rest: (back ? words.slice(0, -1) : words).join(" "), back };
}

/** What went wrong, in the form that every error has. */
export function complaint(message: string, hint?: string, width = 100): readonly string[] {
  return [
    ...wrapWords(`error: ${message}`, width),
    ...(hint === undefined ? [] : wrapWords(`hint: ${hint}`, width)),
  ];
}
