/**
 * What if it struck right here? `at every step of OPERATION { … }` runs the operation, forks the
 * timeline after each of its events, and inside those that write much: at their beginning, in the
 * middle and before their end; and runs the block on each fork. `at every failure of allocation in
 * OPERATION { … }` makes each allocation fail in turn, `… of suspend in …` each step of going to
 * sleep, and runs the block on what is left behind. `at every step of OPERATION, dma … { … }` lets a
 * device write there while the operation goes on.
 * Forks leave no trace but the report: each distinct outcome, run by run.
 */
import { beginnings } from "../machine/mod.ts";
import type { Sentence } from "../syntax/mod.ts";
import { splitStrike } from "../check/mod.ts";
import { dmaWrite } from "./declare.ts";
import { complain, sentenceFrom } from "./evaluate.ts";
import type { Executor, Result, Tick } from "./executor.ts";
import { operate } from "./operate.ts";
import type { Explored, StatementRecord } from "./record.ts";
import { surroundings } from "./surroundings.ts";

/** Words before the operation. */
const STEP = ["at", "every", "step", "of"];
const FAILURES = {
  allocation: ["at", "every", "failure", "of", "allocation", "in"],
  suspend: ["at", "every", "failure", "of", "suspend", "in"],
} as const;

export function* explore(
  executor: Executor,
  s: Sentence,
  index: number,
): Generator<Tick, Result, void> {
  const ofSteps = beginsWith(s, STEP);
  const failureOf = (["allocation", "suspend"] as const)
    .find((what) => beginsWith(s, FAILURES[what]));
  if (!ofSteps && failureOf === undefined) {
    return complain(
      "KX0205",
      s.span,
      "`at` begins `at every step of OPERATION { … }` or `at every failure of allocation in OPERATION { … }` (or `of suspend`)",
    );
  }
  const before = failureOf === undefined ? STEP : FAILURES[failureOf];
  const split = splitStrike(s.words.slice(before.length));
  const operation = sentenceFrom(s, split.operation);
  const { block } = s;
  if (operation === undefined) return complain("KX0203", s.span, "`at every` needs an operation");
  if (block === undefined) {
    return complain("KX0206", s.span, "`at every` needs a block to run at each place");
  }
  const bare = withoutBlock(operation);
  const outcomes = new Outcomes();
  if (failureOf !== undefined) {
    for (let at = 0;; at++) {
      const failing = { of: failureOf, at, reached: false };
      const fork = executor.fork();
      const entry = placeholder(fork, executor.records[index]!);
      for (const _ of operate(fork, bare, entry, { allowed: true, failing })) yield "event";
      if (!failing.reached) break;
      for (const _ of fork.statements(block.body)) yield "event";
      outcomes.add(at, fork, entry + 1);
    }
  }
  const from = executor.timeline.length;
  const strike = split.strike === undefined ? undefined : sentenceFrom(s, split.strike);
  const event = strike === undefined
    ? undefined
    : dmaWrite(withoutBlock(strike), surroundings(executor, s.span));
  const result = yield* operate(executor, bare, index, { allowed: false });
  if (ofSteps && event !== undefined) {
    // The operation is done anew for each place: up to there it does the same as before.
    for (let after = from + 2; after < executor.timeline.length; after++) {
      const fork = executor.fork(from);
      const entry = placeholder(fork, executor.records[index]!);
      const struck = { allowed: true, strike: { after, event } };
      for (const _ of operate(fork, bare, entry, struck)) yield "event";
      const done = fork.timeline.length;
      for (const _ of fork.statements(block.body)) yield "event";
      outcomes.add(after, fork, entry + 1, { start: from, end: done });
    }
  } else if (ofSteps) {
    const to = executor.timeline.length;
    for (let step = from + 1; step <= to; step++) {
      const parts = beginnings(executor.timeline.eventAt(step));
      for (const [i, part] of parts.entries()) {
        const fork = executor.fork(step - 1);
        const entry = placeholder(fork, executor.records[index]!);
        for (const _ of fork.append(part, entry)) yield "event";
        for (const _ of fork.statements(block.body)) yield "event";
        outcomes.add(step - 1 + (i + 1) / (parts.length + 1), fork, entry + 1);
      }
      const fork = executor.fork(step);
      for (const _ of fork.statements(block.body)) yield "event";
      outcomes.add(step, fork, 0, { start: from, end: step });
    }
  }
  const explored = outcomes.report();
  const bad = explored.filter((o) => o.failure !== undefined);
  if (bad.length === 0) return { ...result, explored };
  const [first] = bad;
  return {
    ...result,
    explored,
    failure: result.failure ??
      `from ${placeName(first!.runs[0]![0], failureOf)} on: ${first!.failure}`,
  };
}

function beginsWith(s: Sentence, words: readonly string[]): boolean {
  return words.every((word, i) => {
    const e = s.words[i];
    return e?.kind === "word" && e.text === word;
  });
}

/** The block belongs to `at`, not to the operation. */
function withoutBlock(s: Sentence): Sentence {
  const { block: _, ...rest } = s;
  return rest;
}

/** `97`, or `inside 97`: before that step is done. */
export function placeText(place: number): string {
  return Number.isInteger(place) ? String(place) : `inside ${Math.ceil(place)}`;
}

function placeName(place: number, failureOf: string | undefined): string {
  if (failureOf !== undefined) return `${failureOf} ${place}`;
  return Number.isInteger(place) ? `step ${place}` : `inside step ${Math.ceil(place)}`;
}

/** A record for the operation to belong to on a fork. */
function placeholder(fork: Executor, of: StatementRecord): number {
  const { span, kind, depth, before } = of;
  const at = fork.timeline.length;
  const index = fork.records.length;
  fork.records.push({ index, span, kind, depth, before, from: at, to: at, next: index + 1 });
  return index;
}

/** Collects what came of each fork, equal ones together. */
class Outcomes {
  readonly #found = new Map<string, Explored>();
  /** What came of the place before: one after the other make a run. */
  #last = "";

  /**
   * `place` is a step, a fraction less inside one, or the number of what failed; records from
   * `from` on are the block's.
   */
  add(place: number, fork: Executor, from: number, operation?: Range): void {
    const records = fork.records.slice(from);
    const failed = records.find((r) => r.failure !== undefined || r.problem !== undefined);
    const failure = failed === undefined ? undefined : failed.failure ?? failed.problem!.message;
    // Where nothing failed, the last expectation tells which way the block went.
    const telling = failed ?? records.findLast((r) => r.held);
    const statement = telling === undefined
      ? undefined
      : fork.textOf(telling.span).slice(telling.span).split("\n", 1)[0]!.trim();
    const hazard = lastHazard(fork, operation?.end ?? 0);
    const key = `${statement ?? ""}\n${failure ?? ""}\n${hazard ?? ""}`;
    const earlier = this.#found.get(key);
    if (earlier !== undefined) {
      const runs = [...earlier.runs];
      if (this.#last === key) runs[runs.length - 1] = [runs.at(-1)![0], place];
      else runs.push([place, place]);
      this.#last = key;
      this.#found.set(key, { ...earlier, runs, count: earlier.count + 1 });
      return;
    }
    this.#last = key;
    const cause = operation === undefined
      ? undefined
      : lastHazard(fork, operation.start, operation.end);
    this.#found.set(key, {
      runs: [[place, place]],
      count: 1,
      ...(failure === undefined ? {} : { failure }),
      ...(statement === undefined ? {} : { statement }),
      ...(hazard === undefined || cause === undefined ? {} : { cause }),
      ...(hazard === undefined ? {} : { hazard }),
    });
  }

  report(): Explored[] {
    return [...this.#found.values()];
  }
}

/** Steps of a fork that belong to the operation: those after `start`, up to `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The hazard that was found last in the steps after `from`, most often it names the page that died. */
function lastHazard(fork: Executor, from: number, to = fork.timeline.length): string | undefined {
  for (let step = to; step > from; step--) {
    const event = fork.timeline.eventAt(step);
    if (event.kind === "hazard-found") return event.hazard.message;
    if (event.kind === "machine-powered") break;
  }
  return undefined;
}
