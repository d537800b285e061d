/** Runs checked statements over a timeline. */
export { checkScript, checkTyped } from "./check_script.ts";
export { KxBug } from "./stop.ts";
export { Executor, type Options, type Position, type Tick } from "./executor.ts";
export { placeText } from "./explore.ts";
export { PROGRAM_STATEMENTS } from "./program.ts";
export { PROGRAM_QUERIES } from "./program_run.ts";
export { type Standing, standingHazards } from "./standing_hazards.ts";
export { Timeline } from "./timeline.ts";
export type { Explored, Shown, StatementRecord } from "./record.ts";
export { EMPTY_ENVIRONMENT, type Environment, type MachineSpec } from "./environment.ts";
export { type FileLoader, type FileProblem, NO_FILES, type Opened } from "./files.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { FUNCTIONS } from "./evaluate.ts";
export { COMMON_QUERIES, ENGINE_QUERIES } from "./queries.ts";
export { SHOW_TOPICS } from "./show_topics.ts";
export { hex, show, type Value } from "./values.ts";
