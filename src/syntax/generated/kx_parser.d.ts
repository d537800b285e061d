/** Types of kx_parser.js, kept by hand: what src/syntax/parse.ts uses of it. */
import type { Context } from "../context.ts";
import type { Statement } from "../tree.ts";

interface Options {
  readonly context: Context;
  /** The id of the source: peggy's `range()` then makes spans. */
  readonly grammarSource: number;
  /** 1 to parse without collecting what was expected where, which makes it a third slower. */
  readonly peg$silentFails: 0 | 1;
}

/** What the grammar would have read: a display name, or a literal. */
export type Expectation =
  | { readonly type: "other"; readonly description: string }
  | { readonly type: "literal"; readonly text: string }
  | { readonly type: "class" | "any" | "end" };

/** What peggy's library mode tells of a run, successful or not. */
export interface Run {
  readonly peg$maxFailPos: number;
  readonly peg$maxFailExpected: readonly Expectation[];
}

/** Reads a whole text. */
export function parse(text: string, options: Options & { startRule: "Script" }): Statement[];

/** Reads one statement from `peg$currPos` on. */
export function parse(
  text: string,
  options: Options & { startRule: "Readable"; peg$currPos: number; peg$library: true },
): Run;
