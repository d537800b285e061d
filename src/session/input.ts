/** The line that is being typed: text, caret, walk through history, completion. Pure. */

export interface Candidate {
  /** What replaces the part that is completed. */
  readonly text: string;
  /** `operation`, `image`, `errno`, `file`, `command`. */
  readonly kind: string;
  /** A few words on it. */
  readonly detail: string;
}

export interface Completion {
  /** Offsets of the part that is replaced. */
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly Candidate[];
  /** Which one is marked; -1 while only shown. */
  readonly selected: number;
}

export interface Input {
  /** May have several lines. */
  readonly text: string;
  /** Offset, UTF-16 units, never inside a character. */
  readonly caret: number;
  /** How far back in history: 0 is what is being typed. */
  readonly back: number;
  /** What was typed before going back. */
  readonly draft: string;
  /** Reverse search: what is looked for, and which hit (0 the latest). */
  readonly search?: { readonly query: string; readonly skip: number };
  readonly completion?: Completion;
}

export const EMPTY_INPUT: Input = { text: "", caret: 0, back: 0, draft: "" };

export function candidate(text: string, kind: string, detail = ""): Candidate {
  return { text, kind, detail };
}
