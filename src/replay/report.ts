/** What a replay tells. */
import type { FieldRule } from "./fields.ts";
import type { Problem } from "./format.ts";

/** One field of one observation that is not as recorded. */
export interface Difference {
  /** Index of the operation, 0-based; absent for what was read after the last. */
  readonly operation?: number;
  readonly field: string;
  readonly recorded: string;
  readonly modelled: string;
}

export interface CaseResult {
  readonly line: number;
  readonly machine: string;
  readonly id: string;
  readonly passed: boolean;
  readonly differences: readonly Difference[];
  /** How many fields were compared. */
  readonly compared: number;
}

/** How often a field was met, and how it was compared. */
export interface FieldUse {
  readonly rule: FieldRule;
  readonly count: number;
}

export interface ReplayReport {
  readonly system: string;
  readonly about: string;
  readonly problems: readonly Problem[];
  readonly cases: readonly CaseResult[];
  readonly passed: number;
  readonly failed: number;
  readonly fields: readonly FieldUse[];
}
