/** What is remembered of each executed statement, beside the steps that it made. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { Span } from "../text/mod.ts";
import type { Environment } from "./environment.ts";
import type { Value } from "./values.ts";

/** What `show` was asked for: a topic that views/ can draw, or a value. */
export type Shown =
  | {
    readonly kind: "topic";
    readonly topic: string;
    readonly args: Readonly<Record<string, unknown>>;
  }
  | { readonly kind: "value"; readonly of: string; readonly value: Value };

/** One distinct outcome of an exploration: where it came, and how often. */
export interface Explored {
  /**
   * First and last place of each unbroken run: a step, half less for the middle of one, or the number
   * of the allocation that failed.
   */
  readonly runs: readonly (readonly [first: number, last: number])[];
  readonly count: number;
  /** What failed in the block: absent where everything held. */
  readonly failure?: string;
  /** The statement that failed, or the last expectation that held. */
  readonly statement?: string;
  /** Where there is a hazard: the one that the operation had met last before the first of these places. */
  readonly cause?: string;
  /** The hazard that the block met last: places where it differs are other outcomes. */
  readonly hazard?: string;
}

/** One executed statement. `depth` is 0 at the top, one more inside each block. */
export interface StatementRecord {
  readonly index: number;
  readonly span: Span;
  readonly kind: string;
  readonly depth: number;
  /** The record of the statement whose block it stands in; absent at the top. */
  readonly parent?: number;
  /** Index of the first record that is neither this one nor in its block. */
  readonly next: number;
  /** Steps `from + 1 … to` of the timeline are its own; those of statements inside it too. */
  readonly from: number;
  readonly to: number;
  /** What the operation gave back. */
  readonly outcome?: { readonly ret: string; readonly note?: string };
  readonly shown?: Shown;
  /** `why`: the record of the operation that is explained. */
  readonly explains?: number;
  /** Why it counts as failed: an expectation that does not hold, a refusal nobody expected. */
  readonly failure?: string;
  /** What was wrong with the text, found while running. */
  readonly problem?: Diagnostic;
  /** What `at every …` found. */
  readonly explored?: readonly Explored[];
  /** An expectation that holds, for counting. */
  readonly held?: boolean;
  /** Names as they were before it: a branch from here starts with them. */
  readonly before: Environment;
}
