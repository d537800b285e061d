/**
 * The heart of `kx repl`, without a terminal: a session is a value, `reduce` makes the next one, the
 * store does what needs files or time. The TUI and the line REPL are two views of one store.
 */
export type { Action, Motion } from "./actions.ts";
export type { Effect } from "./effects.ts";
export type { ExampleFile, JournalEntry, SessionHost, TuiOptions } from "./host.ts";
export { type Candidate, type Completion, EMPTY_INPUT, type Input } from "./input.ts";
export { atEnd, comparePlaces, lastPlace, type Place, type Run, START } from "./place.ts";
export { reduce } from "./reduce.ts";
export {
  type Branch,
  branchOf,
  type Breakpoint,
  type BreakpointSpec,
  type Cursor,
  DEFAULT_VIEW,
  type Entry,
  keepsImages,
  type Message,
  newSession,
  type Pane,
  panelsOf,
  PANES,
  type Running,
  type Session,
  type SessionModel,
  type Theme,
  THEMES,
  type Tour,
  type TourStop,
  type View,
} from "./session.ts";
export { Store } from "./store.ts";
export { type Candidates, candidatesAt } from "./complete.ts";
export { COMMANDS, findCommand, helpLines, isCommand, type KeyRow, KEYS } from "./commands.ts";
export type { SessionCommand } from "./command.ts";
export { diagnose } from "./diagnose.ts";
export { searchHit } from "./edit.ts";
export { EVENT_KINDS, EVENT_WORDS } from "./event_kinds.ts";
export { highlight, type Token, type TokenClass, type Words } from "./highlight.ts";
export { wordsOf } from "./vocabulary.ts";
export {
  branchLines,
  describeStep,
  differenceLines,
  machineAt,
  noMachineLine,
  scriptLines,
  scriptText,
  whereLines,
  whyLines,
} from "./answers.ts";
export { lineOfRecord, type ScriptLine, scriptLinesOf } from "./script_lines.ts";
export { touchedFrames } from "./touches.ts";
export { underWay } from "./move.ts";
export { lastWrite, type Origin, type Provenance, provenanceOf } from "./provenance.ts";
export { describeBreakpoint, stepsOfBreakpoint } from "./breakpoints.ts";
export { executorAt } from "./jobs.ts";
export { CRASH_REPLACEMENT } from "./tour/mod.ts";
export { GREETING, LEFT_BEHIND } from "./greeting.ts";
export { LONGEST_INPUT } from "./edit.ts";
