/** What an importer hands back: a value with notes, or the one thing that is wrong. */

/** Something that the reader of the result should know. `line` counts from 1. */
export interface ImportNote {
  readonly line: number;
  readonly message: string;
}

export interface ImportProblem {
  readonly line: number;
  readonly message: string;
  readonly hint?: string;
}

export type Imported<T> =
  | { readonly ok: true; readonly value: T; readonly notes: readonly ImportNote[] }
  | { readonly ok: false; readonly problem: ImportProblem };

export function imported<T>(value: T, notes: readonly ImportNote[]): Imported<T> {
  return { ok: true, value, notes };
}

export function refused(line: number, message: string, hint?: string): Imported<never> {
  return { ok: false, problem: { line, message, ...(hint === undefined ? {} : { hint }) } };
}
