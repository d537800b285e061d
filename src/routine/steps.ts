/** What a routine of any system carries along, and the few kinds of step that all of them make. */
import type { Context, Decision, Event, Machine, Refusal } from "../machine/mod.ts";

/** What catches an exception past the point of no return. It never returns. */
export interface ExceptionHandler {
  /** For the transcript: `registers printed on the serial port`. */
  readonly does: string;
}

/** Where the running system's own way past the point of no return is found, for what goes wrong there. */
export interface ExecutionCites {
  /** What hands control to the relocation code. */
  readonly jump: string;
  /** The copy loop. */
  readonly loop: string;
  /** Where the entry point was accepted. */
  readonly entry: string;
}

/**
 * One operation under way. `machine` is what the engine handed back last. Nothing of this outlives
 * the operation.
 */
export interface Run {
  machine: Machine;
  readonly context: Context;
  readonly cites: ExecutionCites;
  /**
   * The handler of exceptions that the running system left at an address, if its code is still there.
   */
  readonly handlerAt?: (machine: Machine, vaddr: bigint) => ExceptionHandler | undefined;
  /** Allocations asked for so far. */
  allocations: number;
  /** What the transcript says beside the number that the operation gives back. */
  note?: string;
}

export function startRoutine(machine: Machine, context: Context, cites: ExecutionCites): Run {
  return { machine, context, cites, allocations: 0 };
}

/** Yields one event and keeps the machine after it. */
export function* emit(run: Run, event: Event): Decision<void> {
  run.machine = yield event;
}

/** A check that may fail: the refusal if it did. Passing it is an event, failing is the caller's. */
export type Check = Refusal | undefined;

/** Passes or fails one rule; the caller yields the refusal, where the real routine returns. */
export function* check(
  run: Run,
  rule: string,
  cite: string,
  refusal: Check,
): Decision<Check> {
  if (refusal === undefined) yield* emit(run, passed(rule, cite));
  return refusal;
}

/** Every load passes the same two dozen checks: one event for each, however often it happens. */
const passedEvents = new Map<string, Event>();

function passed(rule: string, cite: string): Event {
  const key = `${rule} ${cite}`;
  let event = passedEvents.get(key);
  if (event === undefined) {
    event = { kind: "check-passed", rule, cite };
    passedEvents.set(key, event);
  }
  return event;
}

/** Yields the refusal; what the caller of the system call sees. */
export function* refuse(run: Run, refusal: Refusal): Decision<string> {
  yield* emit(run, { kind: "refused", refusal });
  return refusal.errno;
}

export function* milestone(run: Run, text: string, cite: string): Decision<void> {
  yield* emit(run, { kind: "milestone-reached", text, cite });
}

export function* print(run: Run, text: string): Decision<void> {
  yield* emit(run, { kind: "log-printed", text });
}
