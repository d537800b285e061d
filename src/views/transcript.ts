/**
 * The transcript: each executed statement, what it made happen, what it gave back. For eyes: fixed
 * columns, no paths, times or colours. Columns of an event line: step number, what happened, the
 * particulars. `passed` lines of one stretch are joined, since a load passes a dozen checks.
 */
import { type Executor, type Explored, placeText, type StatementRecord } from "../engine/mod.ts";
import type { SourceText } from "../text/mod.ts";
import { describeEvent, type EventLine } from "./events.ts";
import { wrap } from "./format.ts";
import { renderDiagnostic } from "./diagnostics.ts";
import { renderShown } from "./shown.ts";
import { sayDiagnostic } from "./spoken.ts";
import { renderWhy } from "./why.ts";

export interface TranscriptOptions {
  /** `short` leaves out events that matter only to somebody who looks at pages. */
  readonly detail: "short" | "events";
  /** Columns; lines of events are never cut, texts are wrapped. */
  readonly width: number;
  /** Only these records, from a top-level one on; all if absent. */
  readonly records?: { readonly from: number; readonly to: number };
  /** Without the lines that repeat the statements: for those that stand above already. */
  readonly bare?: boolean;
  /** Statements in so many blocks are told, those deeper inside are not. */
  readonly depth?: number;
  /** Diagnostics in sentences instead of pictures. */
  readonly spoken?: boolean;
}

/** Column where the text of a statement begins. */
const MARGIN = 6;

export function* transcript(
  executor: Executor,
  options: TranscriptOptions,
): Generator<string, void, void> {
  const { from, to } = options.records ?? { from: 0, to: executor.records.length };
  const records = executor.records.slice(from, to);
  // Statements whose blocks are being told: what they did after their blocks is told last.
  const open: StatementRecord[] = [];
  for (const record of records) {
    if (options.depth !== undefined && record.depth > options.depth) continue;
    while (open.length > 0 && open.at(-1)!.depth >= record.depth) {
      yield* tail(executor, open.pop()!, options);
    }
    if (options.bare !== true) yield statementLine(executor, record);
    else if (record.depth > 0) yield indentOf(record).slice(2) + firstLine(executor, record);
    const next = executor.records[record.index + 1];
    const hasBlock = next !== undefined && next.depth > record.depth;
    yield* eventLines(executor, record, record.from, hasBlock ? next.from : record.to, options);
    if (hasBlock) open.push(record);
    else yield* answerLines(executor, record, options);
  }
  while (open.length > 0) yield* tail(executor, open.pop()!, options);
}

/** What a statement did after its block, and what came of it. */
function* tail(
  executor: Executor,
  record: StatementRecord,
  options: TranscriptOptions,
): Generator<string, void, void> {
  const first = executor.records[record.index + 1]!;
  yield* eventLines(executor, record, first.from, record.to, options);
  yield* answerLines(executor, record, options);
}

function indentOf(record: StatementRecord): string {
  return " ".repeat(MARGIN + 2 * record.depth + 2);
}

function* answerLines(
  executor: Executor,
  record: StatementRecord,
  options: TranscriptOptions,
): Generator<string, void, void> {
  const indent = indentOf(record);
  const width = options.width - indent.length;
  if (record.shown !== undefined) {
    const machine = executor.timeline.stateAt(record.to);
    for (const line of renderShown(record.shown, machine, executor, record)) {
      yield (indent + line).trimEnd();
    }
  }
  if (record.explains !== undefined) {
    for (const line of renderWhy(executor, record.explains, width)) yield (indent + line).trimEnd();
  }
  for (const o of record.explored ?? []) {
    const places = placesOf(o);
    const what = o.failure !== undefined
      ? `${o.statement}: ${o.failure}`
      : o.statement === undefined
      ? "nothing was expected"
      : `held: ${o.statement}`;
    yield `${indent}${places.padEnd(PLACES)}${places.length >= PLACES ? " " : ""}${what}`;
    for (const why of [o.cause, o.hazard]) {
      if (why !== undefined) yield `${indent}${" ".repeat(PLACES)}${why}`;
    }
  }
  if (record.outcome !== undefined) {
    const { ret, note } = record.outcome;
    yield `${indent}= ${ret}${note === undefined ? "" : `  ${note}`}`;
  }
  if (record.failure !== undefined) yield `${indent}FAILED: ${record.failure}`;
  if (record.problem !== undefined) {
    const texts: SourceText[] = [];
    for (const text of executor.texts.values()) texts[text.id] = text;
    const lines = options.spoken
      ? sayDiagnostic(record.problem, texts)
      : renderDiagnostic(record.problem, texts, { width }).split("\n");
    for (const line of lines) yield (indent + line).trimEnd();
  }
}

/** Columns for the places of an outcome. */
const PLACES = 32;

/** Runs that are written out; more are told by their number. */
const MOST_RUNS = 3;

/** `85 … 96, 138 … 141`: where an outcome came. */
function placesOf({ runs, count }: Explored): string {
  if (runs.length > MOST_RUNS) {
    const first = placeText(runs[0]![0]);
    return `${first} … ${placeText(runs.at(-1)![1])}, ${count} times in ${runs.length} runs`;
  }
  return runs.map((run) => {
    const [first, last] = run.map(placeText);
    return first === last ? `at ${first}` : `${first} … ${last}`;
  }).join(", ");
}

/** `  12  load capture`: the line number and the statement's first line as it was written. */
function statementLine(executor: Executor, record: StatementRecord): string {
  const number = executor.texts.get(record.span.source)?.position(record.span.start).line ?? 0;
  const indent = "  ".repeat(record.depth);
  return `${String(number).padStart(MARGIN - 2)}  ${indent}${firstLine(executor, record)}`;
}

function firstLine(executor: Executor, { span }: StatementRecord): string {
  return executor.texts.get(span.source)?.slice(span).split("\n", 1)[0]?.trim() ?? "";
}

/** Events of steps `from + 1 … to` that are the statement's own. */
function* eventLines(
  executor: Executor,
  record: StatementRecord,
  from: number,
  to: number,
  options: TranscriptOptions,
): Generator<string, void, void> {
  const { timeline } = executor;
  const indent = indentOf(record);
  let passed: string[] = [];
  const flush = function* (): Generator<string, void, void> {
    if (passed.length === 0) return;
    const lines = wrap(passed.join(", "), options.width, indent + " ".repeat(18));
    lines[0] = `${indent}      ${"passed".padEnd(12)}${lines[0]!.trimStart()}`;
    passed = [];
    yield* lines;
  };
  for (let step = from + 1; step <= to; step++) {
    // Steps of statements inside this one are told by their own records.
    if (timeline.statementAt(step) !== record.index) continue;
    const event = timeline.eventAt(step);
    if (event.kind === "check-passed") {
      if (options.detail === "events") passed.push(event.rule);
      continue;
    }
    const line = describeEvent(event);
    if (line === undefined || (options.detail === "short" && !line.important)) continue;
    yield* flush();
    yield eventLine(indent, step, line);
  }
  yield* flush();
}

function eventLine(indent: string, step: number, { verb, detail }: EventLine): string {
  return `${indent}${String(step).padStart(4)}  ${verb.padEnd(12)}${detail}`;
}

/** `3 expectations held, 1 failed, 2 hazards`: the last word of a run. */
export function summary(executor: Executor): string {
  const held = executor.records.filter((r) => r.held).length;
  const failed = executor.failures.length;
  let hazards = 0;
  for (const event of executor.timeline.events()) if (event.kind === "hazard-found") hazards++;
  const parts = [
    `${executor.timeline.length} steps`,
    `${held} expectation${held === 1 ? "" : "s"} held`,
    `${failed} failed`,
  ];
  if (hazards > 0) parts.push(`${hazards} hazard${hazards === 1 ? "" : "s"}`);
  return parts.join(", ");
}
