/** Long work in ticks: running what was typed, reading and running a script. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { checkScript, Executor, KxBug, type Tick } from "../engine/mod.ts";
import { parse, type Script, type Statement } from "../syntax/mod.ts";
import type { SourceText } from "../text/mod.ts";
import { renderDiagnostic, sayDiagnostic, summary } from "../views/mod.ts";
import type { Action } from "./actions.ts";
import { complaint } from "./command.ts";
import type { SessionHost } from "./host.ts";
import { failures, outputOf } from "./output.ts";
import { backward, clampPlace, comparePlaces, lastPlace, type Place } from "./place.ts";
import { forkOf, sizeOf } from "./running.ts";
import { type Branch, branchOf, type Cursor, type Entry, type Session, TYPED } from "./session.ts";
import { isQuestion, questionOf } from "./question.ts";

export interface Job {
  /** For the line that says how far it is. */
  readonly what: string;
  readonly steps: Generator<unknown, void, void>;
  /** Steps of its timeline so far. */
  length(): number;
  finish(): readonly Action[];
  /** Nothing of it is kept. */
  cancel(): readonly Action[];
  fail(error: unknown): readonly Action[];
}

/** A statement's words, for a status line. */
function nameOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]!;
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

export function beginRun(session: Session, host: SessionHost, text: string): Job {
  const branch = branchOf(session);
  const at = session.cursor;
  const asked = questionOf(session, text);
  const source = host.typed(TYPED, asked?.text ?? text);
  const { script, diagnostics } = parse(source);
  const atTip = comparePlaces(at, lastPlace(branch.entries)) === 0;
  const question = asked !== undefined || (!atTip && script.body.every(isQuestion));
  const own = atTip && !question && isNewest(branch);
  const executor = own ? branch.executor : executorAt(branch, at);
  const wrong = [...diagnostics];
  if (!hasErrors(wrong)) wrong.push(...checkScript(source, script, executor.options, executor));
  const entries: Entry[] = [];
  const before = executor.records.length;
  return {
    what: nameOf(text),
    steps: hasErrors(wrong)
      ? nothing()
      : runTop(executor, source, script, entries, session.comments),
    length: () => executor.timeline.length,
    finish(): Action[] {
      if (hasErrors(wrong)) {
        const past = atTip ? [] : [pastNote(branch, at)];
        return [told("error", wrong, source, session), ...past, { kind: "idle" }];
      }
      const lines = outputOf(executor, before, session);
      const failed = failures(executor, before).length > 0;
      const output: Action[] = [
        ...(wrong.length > 0 ? [told("warning", wrong, source, session)] : []),
        ...(lines.length > 0 ? [say(failed ? "error" : "output", lines)] : []),
      ];
      if (asked?.answer !== undefined) {
        return [say("output", asked.answer(executor.records[before]!)), { kind: "idle" }];
      }
      if (script.body.length === 0) return [{ kind: "comment", text: `${text.trimEnd()}\n` }];
      if (question) return [...output, { kind: "idle" }];
      const kept = keep(executor, entries, { at, branch, forked: !atTip });
      const opens = !atTip && kept.some((action) => action.kind === "ran");
      return [...(opens ? [branchNote(session)] : []), ...output, ...kept];
    },
    cancel: () => [
      say("note", [`Stopped: nothing of \`${nameOf(text)}\` is kept`]),
      ...(own ? [rolledBack(branch, at)] : [{ kind: "idle" } as const]),
    ],
    fail: (error) => [
      say("error", describeError(error)),
      ...(own ? [rolledBack(branch, at)] : [{ kind: "idle" } as const]),
    ],
  };
}

/** Names that were declared later are unknown here, which surprises who forgot where they stand. */
function pastNote(branch: Branch, { step }: Cursor): Action {
  return say("note", [
    `You stand at step ${step} of ${branch.length}: \`:goto end\` goes to the end`,
  ]);
}

function branchNote({ branches, cursor }: Session): Action {
  return say("note", [
    `Branch ${branches.length} opens at step ${cursor.step} of branch ${cursor.branch}: ` +
    `\`:branch ${cursor.branch}\` goes back, \`:diff\` compares`,
  ]);
}

/** What ran is kept up to the first statement that could not be made sense of. */
function keep(
  executor: Executor,
  entries: readonly Entry[],
  { at, branch, forked }: { at: Cursor; branch: Branch; forked: boolean },
): Action[] {
  const wrong = entries.findIndex((e) => executor.records[e.record]!.problem !== undefined);
  const kept = wrong === -1 ? entries : entries.slice(0, wrong);
  const last = kept.at(-1);
  if (forked && last === undefined) return [{ kind: "idle" }];
  const runs = [...branch.entries.slice(0, at.entry + 1), ...kept];
  const whole = wrong === -1
    ? executor
    : executor.resume({ statement: runs.at(-1)?.record ?? -1, step: last?.to ?? at.step });
  const text = kept.map((e) => e.script).join("");
  return [{ kind: "ran", executor: whole, entries: kept, at, forked, text }];
}

/** The executor of a branch without what a cancelled run left on it. */
function rolledBack(branch: Branch, at: Cursor): Action {
  return {
    kind: "ran",
    executor: executorAt(branch, lastPlace(branch.entries)),
    entries: [],
    at,
    forked: false,
    text: "",
  };
}

/** Whether nothing was run on the branch's executor since this session. */
function isNewest({ executor, length, records }: Branch): boolean {
  return executor.timeline.length === length && executor.records.length === records;
}

/** An executor of its own that goes on from a place. */
export function executorAt({ executor, entries }: Branch, { entry, step }: Place): Executor {
  return executor.resume({ statement: entries[entry]?.record ?? -1, step });
}

export function beginLoad(
  session: Session,
  host: SessionHost,
  { path, shown, keep: keepPlace }: { path: string; shown: string; keep: boolean },
): Job {
  const executor = new Executor({ ...session.model, files: host.files });
  const opened = host.script(path, shown);
  const entries: Entry[] = [];
  const none = (): Action[] => [{ kind: "idle" }];
  if (!opened.ok) {
    const { message, hint } = opened;
    const lines = complaint(message, hint);
    return {
      what: shown,
      steps: nothing(),
      length: () => 0,
      finish: () => [say("error", lines), { kind: "idle" }],
      cancel: none,
      fail: none,
    };
  }
  const source = opened.value;
  const { script, diagnostics } = parse(source);
  const wrong = [...diagnostics, ...checkScript(source, script, executor.options)]
    .sort((a, b) => a.span.source - b.span.source || a.span.start - b.span.start);
  const good = upToError(script, wrong, source);
  const [main, ...others] = session.branches;
  const again = keepPlace ? main!.entries.filter((e) => !e.loaded) : [];
  const branches: Branch[] = [];
  return {
    what: shown,
    steps: loadAll(),
    length: () => executor.timeline.length,
    finish(): Action[] {
      const { cursor } = session;
      const at = keepPlace
        ? samePlace(branchOf(session).entries, cursor, branches[cursor.branch]!.entries)
        : lastPlace(entries);
      const branch = keepPlace ? cursor.branch : 0;
      return [
        { kind: "loaded", path, shown, branches, cursor: { branch, ...at } },
        ...loadReport(),
      ];
    },
    cancel: () => [say("note", [`Stopped: \`${shown}\` is not loaded`]), { kind: "idle" }],
    fail: (error) => [say("error", describeError(error)), { kind: "idle" }],
  };

  function* loadAll(): Generator<Tick, void, void> {
    yield* runTop(executor, source, good, entries, undefined);
    for (const entry of again) yield* runAgain(executor, entry, entries);
    branches.push({ id: 0, executor, entries, shared: 0, ...sizeOf(executor) });
    if (keepPlace) { for (const old of others) yield* forkAgain(old); }
  }

  function* runAgain(on: Executor, { script }: Entry, into: Entry[]): Generator<Tick, void, void> {
    const text = host.typed(TYPED, script);
    yield* runTop(on, text, parse(text).script, into, "");
  }

  /** A branch leaves the new one where it left the old. */
  function* forkAgain(old: Branch): Generator<Tick, void, void> {
    const { branch, place } = old.parent!;
    const from = branches[branch]!;
    const left = old.lost ?? { entries: session.branches[branch]!.entries, place };
    const there = samePlace(left.entries, left.place, from.entries);
    // At the very end it would be no branch.
    const atTip = comparePlaces(there, lastPlace(from.entries)) === 0;
    const at = atTip ? backward(from.entries, there) : there;
    const fork = executorAt(from, at);
    const own: Entry[] = [];
    for (const entry of old.entries.slice(old.shared)) yield* runAgain(fork, entry, own);
    const words = wordsAt(left.entries, left.place.entry);
    const isFound = words === wordsAt(from.entries, at.entry);
    branches.push({ ...forkOf(from, old.id, at, fork, own), ...(isFound ? {} : { lost: left }) });
  }

  function loadReport(): Action[] {
    const actions: Action[] = [];
    if (wrong.length > 0) actions.push(told("error", wrong, source, session, host));
    if (good.body.length < script.body.length) {
      const { line } = source.position(script.body[good.body.length]!.span.start);
      actions.push(
        say("error", [
          `Ran what stands before line ${line}: mend the file and \`:reload\``,
        ]),
      );
    }
    for (const { id, executor, entries, shared } of branches.slice(1)) {
      const [record] = failures(executor, entries[shared]?.record ?? executor.records.length);
      if (record === undefined) continue;
      const what = nameOf(executor.textOf(record.span).slice(record.span));
      const why = record.failure ?? record.problem!.message;
      actions.push(say("error", [`branch ${id}: ${what}`, `  FAILED: ${why}`]));
    }
    const failed = failures(executor, 0);
    for (const record of failed) {
      const { line } = executor.textOf(record.span).position(record.span.start);
      const what = nameOf(executor.textOf(record.span).slice(record.span));
      const why = record.failure ?? record.problem!.message;
      actions.push(say("error", [`line ${line}: ${what}`, `  FAILED: ${why}`]));
    }
    actions.push(
      say("note", [
        `${source.name}: ${entries.length} statements, ${summary(executor)}`,
        ...(keepPlace || entries.length === 0 ? [] : [AT_ITS_END]),
      ]),
    );
    return actions;
  }
}

const AT_ITS_END = "You stand at its end: `:goto start` goes to its start, `:next` a statement on";

/** The statements before the first that is wrong. A mistake in a file that it uses is not of this text. */
function upToError(
  script: Script,
  wrong: readonly Diagnostic[],
  source: SourceText,
): Script {
  const first = wrong.find((d) => d.severity === "error" && d.span.source === source.id);
  if (first === undefined) return script;
  const index = script.body.findIndex((s) => s.span.end > first.span.start);
  return { ...script, body: index === -1 ? script.body : script.body.slice(0, index) };
}

/**
 * Runs the statements of a text, each an entry of the session. `typedAfter`: comments that were typed
 * before it; undefined for a file, which goes on after a statement that makes no sense.
 */
function* runTop(
  executor: Executor,
  source: SourceText,
  { body }: Script,
  entries: Entry[],
  typedAfter: string | undefined,
): Generator<Tick, void, void> {
  const loaded = typedAfter === undefined;
  executor.addText(source);
  const chunks = chunksOf(source, body);
  for (const [i, statement] of body.entries()) {
    const record = executor.records.length;
    const from = executor.timeline.length;
    yield* executor.execute(statement);
    const to = executor.timeline.length;
    const { span } = statement;
    const script = i === 0 ? (typedAfter ?? "") + chunks[i]! : chunks[i]!;
    entries.push({ record, from, to, source, span, script, loaded });
    if (!loaded && executor.records[record]!.problem !== undefined) return;
    if (executor.stopped) return;
  }
}

/** A text cut at the ends of its statements, so that the pieces joined are the text. */
function chunksOf(source: SourceText, body: readonly Statement[]): string[] {
  const { text } = source;
  let start = 0;
  return body.map(({ span }, i) => {
    const next = body[i + 1]?.span.start ?? text.length;
    const line = text.indexOf("\n", span.end);
    const end = i === body.length - 1 ? text.length : Math.min(next, line === -1 ? next : line + 1);
    const chunk = text.slice(start, end);
    start = end;
    return chunk;
  });
}

/** Where a place is after the script was edited: the same statement, as many events in. */
function samePlace(before: readonly Entry[], place: Place, after: readonly Entry[]): Place {
  const old = before[place.entry];
  if (old === undefined) return clampPlace(after, place);
  const words = wordsAt(before, place.entry);
  let best = Math.min(place.entry, after.length - 1);
  let distance = Infinity;
  after.forEach((_, i) => {
    const away = Math.abs(i - place.entry);
    if (away < distance && wordsAt(after, i) === words) [best, distance] = [i, away];
  });
  const from = after[best]?.from ?? 0;
  return clampPlace(after, { entry: best, step: from + place.step - old.from });
}

function wordsAt(entries: readonly Entry[], index: number): string | undefined {
  const entry = entries[index];
  return entry?.source.slice(entry.span);
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}

/** Diagnostics as pictures. Of those in other texts only what is known of them here. */
function told(
  as: "error" | "warning",
  diagnostics: readonly Diagnostic[],
  source: SourceText,
  { view }: Session,
  host?: SessionHost,
): Action {
  const sources: SourceText[] = [...(host?.sources ?? [])];
  sources[source.id] = source;
  const width = Math.max(40, view.columns);
  const lines = diagnostics.flatMap((d) =>
    view.spoken ? sayDiagnostic(d, sources) : renderDiagnostic(d, sources, { width }).split("\n")
  );
  return say(as, lines);
}

function say(as: "note" | "output" | "error" | "warning", lines: readonly string[]): Action {
  return { kind: "say", as, lines };
}

/** What a person is told of an error: a bug of kx is called one. */
export function describeError(error: unknown): readonly string[] {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof KxBug || !(error instanceof Error) || error.name === "Error" ||
      /^(Type|Range|Reference)Error$/.test(error.name)
    ? [
      `kx has a bug: ${message}`,
      "What was typed last is not kept. Please report it with the session: `:save FILE` writes it",
    ]
    : complaint(message);
}

function* nothing(): Generator<never, void, void> {}
