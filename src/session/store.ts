/**
 * The session that is on the screen now, and the work that it wants done. Everything that is not pure
 * goes through here: files by the host, and long runs in slices, so that a key can stop them.
 */
import { closest } from "../diagnostics/mod.ts";
import { Executor } from "../engine/mod.ts";
import type { Action } from "./actions.ts";
import { complaint } from "./command.ts";
import type { Effect } from "./effects.ts";
import type { SessionHost } from "./host.ts";
import { beginLoad, beginRun, describeError, type Job } from "./jobs.ts";
import { reduce } from "./reduce.ts";
import { LEFT_BEHIND } from "./greeting.ts";
import { newSession, type Session, type SessionModel, type View } from "./session.ts";

/** A slice of a long run: short enough that keys feel immediate. */
const SLICE_MS = 8;
/** Ticks between two looks at the clock. */
const STRIDE = 64;
/** Time between two reports of progress. */
const REPORT_MS = 100;

export class Store {
  #session: Session;
  readonly #host: SessionHost;
  readonly #listeners = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #job: Job | undefined;
  #ticks = 0;
  #reported = 0;
  #draining = false;

  constructor(model: SessionModel, host: SessionHost, view: Partial<View> = {}) {
    this.#host = host;
    const executor = new Executor({ ...model, files: host.files });
    this.#session = newSession(model, executor, view);
  }

  get session(): Session {
    return this.#session;
  }

  /** `listener` is called after every change; the result ends that. */
  subscribe = (listener: () => void): () => void => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  dispatch = (action: Action): void => {
    const next = this.#next(action);
    if (next === this.#session) return;
    this.#session = next;
    for (const listener of this.#listeners) listener();
    this.#drain();
  };

  /** A bug in kx costs the action that met it, and not the session. */
  #next(action: Action): Session {
    try {
      return reduce(this.#session, action);
    } catch (error) {
      return reduce(this.#session, { kind: "say", as: "error", lines: describeError(error) });
    }
  }

  /** When nothing runs and nothing waits to be done. */
  idle(): Promise<void> {
    if (this.#job === undefined && this.#session.effects.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Does what the session wants, one thing after the other; a run that is long goes on later. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#job === undefined && this.#session.effects.length > 0) {
        const [effect] = this.#session.effects;
        this.dispatch({ kind: "effects-taken", count: 1 });
        this.#perform(effect!);
      }
    } finally {
      this.#draining = false;
    }
    if (this.#job !== undefined || this.#session.effects.length > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "run":
        return this.#begin(beginRun(this.#session, this.#host, effect.text));
      case "load":
        return this.#begin(beginLoad(this.#session, this.#host, effect));
      case "open-example": {
        const examples = this.#host.examples();
        const example = examples.find(({ name }) => name === effect.name);
        if (example === undefined) {
          const meant = closest(effect.name, examples.map(({ name }) => name));
          return this.#complain(
            `There is no example \`${effect.name}\``,
            meant === undefined ? "`:open` lists them" : `Did you mean \`:open ${meant}\`?`,
          );
        }
        const { path, name } = example;
        return this.#begin(
          beginLoad(this.#session, this.#host, {
            path,
            shown: `examples/${name}.kx`,
            keep: false,
          }),
        );
      }
      case "list-examples": {
        const examples = this.#host.examples();
        const width = Math.max(0, ...examples.map(({ name }) => name.length));
        const lines = examples.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
        return this.dispatch({
          kind: "say",
          as: "output",
          lines: lines.length === 0
            ? ["No examples are installed beside kx"]
            : ["`:open NAME` opens one of", ...lines],
        });
      }
      case "save": {
        const problem = this.#host.save(effect.path, effect.text, effect.replace);
        if (problem !== undefined) return this.#complain(problem.message, problem.hint);
        this.dispatch({
          kind: "say",
          as: "note",
          lines: [`Saved as \`${effect.path}\``, ...effect.remarks],
        });
        return this.dispatch({ kind: "saved", path: effect.path });
      }
      case "list-files":
        return this.dispatch({
          kind: "files-listed",
          folder: effect.folder,
          names: this.#host.list(effect.folder, effect.beside),
        });
      case "remember":
        return this.#warn(this.#host.remember(effect.line));
      case "journal":
        return this.#warn(this.#host.journal(effect.entry));
      case "recover":
        return this.#recover();
      case "discard-journal":
        return this.#discard(effect.wanted);
      case "type":
        return this.dispatch({ ...effect, kind: "type-now" });
      case "answer":
        return this.dispatch(effect);
      case "explain-tour":
        return this.dispatch({ kind: "tour", to: "explain" });
    }
  }

  #recover(): void {
    const entries = this.#host.recoverable();
    const [first] = entries;
    if (first === undefined) return this.#complain("Nothing was left by another session");
    // Places count from an empty session, or from the script that takes the place of everything.
    const { branches } = this.#session;
    if (first.kind === "run" && (branches.length > 1 || branches[0]!.entries.length > 0)) {
      return this.#complain(
        "What was left begins with nothing, and here is something already",
        "Leave with `:quit` (`:save FILE` keeps this) and start `kx repl` anew: it is offered again",
      );
    }
    this.dispatch({
      kind: "queue",
      effects: [
        ...entries.map((entry): Effect =>
          entry.kind === "load"
            ? { ...entry, keep: false }
            : { kind: "type", text: entry.text, cursor: { branch: entry.branch, ...entry.place } }
        ),
        { kind: "discard-journal", wanted: true },
      ],
    });
  }

  #discard(wanted: boolean): void {
    if (!wanted && this.#host.recoverable().length === 0) {
      return this.#complain("Nothing was left by another session");
    }
    this.#host.discardRecoverable();
    const more = this.#host.recoverable().length > 0;
    const lines = [
      ...(wanted ? [] : ["Forgotten"]),
      ...(more
        ? [wanted ? "Another session is left: it is offered at the next start" : LEFT_BEHIND]
        : []),
    ];
    if (lines.length > 0) this.dispatch({ kind: "say", as: "note", lines });
  }

  #complain(message: string, hint?: string): void {
    this.dispatch({ kind: "say", as: "error", lines: complaint(message, hint) });
  }

  /** Told once: a disk that is full stays full. */
  #warned = false;

  #warn(problem: { message: string; hint?: string } | undefined): void {
    if (problem === undefined || this.#warned) return;
    this.#warned = true;
    const { message, hint } = problem;
    this.dispatch({
      kind: "say",
      as: "warning",
      lines: hint === undefined ? [message] : [message, hint],
    });
  }

  #begin(job: Job): void {
    this.#job = job;
    this.#ticks = 0;
    this.#reported = this.#host.now();
    this.#pump();
  }

  #pump = (): void => {
    const job = this.#job;
    if (job === undefined) return;
    const start = this.#host.now();
    for (;;) {
      if (this.#session.running?.cancelled) return this.#end(job.cancel());
      let ended: readonly Action[] | undefined;
      try {
        if (job.steps.next().done) ended = job.finish();
      } catch (error) {
        ended = job.fail(error);
      }
      if (ended !== undefined) return this.#end(ended);
      if (++this.#ticks % STRIDE !== 0) continue;
      const now = this.#host.now();
      if (now - start < SLICE_MS) continue;
      if (this.#session.running === undefined || now - this.#reported > REPORT_MS) {
        this.#reported = now;
        this.dispatch({
          kind: "running",
          what: job.what,
          steps: job.length(),
          ticks: this.#ticks,
        });
      }
      return this.#host.later(this.#pump);
    }
  };

  #end(actions: readonly Action[]): void {
    this.#job = undefined;
    const draining = this.#draining;
    // What came of it belongs together: nothing that waits may come in between.
    this.#draining = true;
    for (const action of actions) this.dispatch(action);
    this.#draining = draining;
    if (!draining) this.#drain();
  }
}
