/** An operation of this world: the words that it takes, and the routine that they start. */
import type { ClauseShape, Decision, Operation } from "../../machine/mod.ts";
import type { Run } from "./steps.ts";

export interface OperationOf {
  readonly shape: ClauseShape;
  /** What the caller sees: a number as text, or an errno's name where the language has one. */
  run(run: Run, operation: Operation): Decision<string>;
}
