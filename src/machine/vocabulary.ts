/** Which words a sentence or a phrase may have. Data: check/ reads it, completion and help too. */
import type { Answer, ArgValue } from "./world.ts";
import type { Machine } from "./machine.ts";

/**
 * What may stand in an argument's place:
 * `address`, `size` and `integer` are 64-bit values; `word` is one of `choices` (or any name when
 * there are none); `name` is any name and is never evaluated; `flag` is a label alone; `ranges` is
 * one or more ranges with commas between, `integers` one or more numbers; `program` is the name of a
 * program; `rest` takes all words that are left, as names.
 */
export type ParamType =
  | "address"
  | "size"
  | "integer"
  | "text"
  | "word"
  | "name"
  | "version"
  | "range"
  | "ranges"
  | "integers"
  | "program"
  | "image"
  | "errno"
  | "file"
  | "flag"
  | "rest";

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly required?: boolean;
  /** Words, or decimal numbers where the type is `integer`. */
  readonly choices?: readonly string[];
  readonly summary?: string;
  /** How a usage line shows it, where its name would say too little. */
  readonly shown?: string;
}

/** One kind of sentence: `head POSITIONAL… label VALUE … { clauses }`. */
export interface ClauseShape {
  readonly head: string;
  readonly summary: string;
  readonly positional?: readonly Param[];
  /** Arguments told by a label before them, in any order. Key `name` is the label. */
  readonly labels?: readonly Param[];
  /** What may stand in its block; absent: it has none. */
  readonly clauses?: readonly ClauseShape[];
  /** Whether the block must be there. */
  readonly blockRequired?: boolean;
  /** At most one in its block. */
  readonly once?: boolean;
  /** An operation that may be asked for when nothing that was booted runs any more. */
  readonly whenGone?: boolean;
}

/** A phrase that asks something: words as they are, and parameters in between. */
export interface QueryShape {
  readonly pattern: readonly (string | Param)[];
  readonly summary: string;
  answer(machine: Machine, args: Readonly<Record<string, ArgValue>>): Answer;
}
