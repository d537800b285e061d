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
  type Message,
  newSession,
  type Pane,
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
