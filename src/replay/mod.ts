/** Recordings of real systems, replayed. */
export { replay } from "./replay.ts";
export type { CaseResult, Difference, FieldUse, ReplayReport } from "./report.ts";
export { FIELD_RULES, type FieldRule } from "./fields.ts";
export { parseRecording, type Problem, type Recording } from "./format.ts";
