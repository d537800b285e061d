/**
 * Runs statements one by one over a timeline. Every event is a yield, so a caller that pulls may
 * stop anywhere; one that does not care drains the generator. The executor is the only mutable
 * thing here: what it makes (timeline, records, environments) can be kept and forked. What each
 * statement means is in perform.ts, operate.ts and explore.ts.
 */
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { Context, Decision, Event, Machine, World } from "../machine/mod.ts";
import type { Invariant } from "../machine/invariants/mod.ts";
import type { Block, Statement } from "../syntax/mod.ts";
import type { SourceText, Span } from "../text/mod.ts";
import { EMPTY_ENVIRONMENT, type Environment } from "./environment.ts";
import { Complaint } from "./evaluate.ts";
import type { FileLoader } from "./files.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { perform } from "./perform.ts";
import type { StatementRecord } from "./record.ts";
import { KxBug, Stop, stop } from "./stop.ts";
import { type Standing, standingHazards } from "./standing_hazards.ts";
import { Timeline } from "./timeline.ts";
import type { Value } from "./values.ts";

export interface Options {
  readonly worlds: readonly World[];
  readonly invariants: readonly Invariant[];
  readonly files: FileLoader;
  readonly limits?: Partial<Limits>;
  /** Hazards count as failures. */
  readonly strict?: boolean;
}

/** One pull of the generator: an event was appended, or a statement ended. */
export type Tick = "event" | "statement";

/** What came of a statement, besides the steps that it made. */
export type Result = Partial<Omit<StatementRecord, "index" | "span" | "from" | "to" | "next">>;

/** A place in what an executor has run. */
export interface Position {
  /** The record of the top-level statement that is current: begun, perhaps ended. -1 before the first. */
  readonly statement: number;
  /** Events behind. */
  readonly step: number;
}

/** Where a second executor starts. */
interface Branch {
  readonly timeline: Timeline;
  readonly environment: Environment;
  readonly texts: Map<number, SourceText>;
  readonly lastRet: string | undefined;
  readonly budget: { steps: number };
}

/** One allocation, or one step of going to sleep, counted from 0 within its operation. */
export interface Failing {
  readonly of: "allocation" | "suspend";
  readonly at: number;
  reached: boolean;
}

/** An event that comes from elsewhere while an operation is done. */
export interface Strike {
  /** The step after which it comes. */
  readonly after: number;
  readonly event: Event;
}

export class Executor {
  readonly timeline: Timeline;
  readonly records: StatementRecord[] = [];
  readonly options: Options;
  readonly limits: Limits;
  environment: Environment;
  /** What the last operation gave back, for `errno`. */
  lastRet: string | undefined;
  /** The record of the last operation, for `why`. */
  lastOperation: number | undefined;
  /** How deep calls of `def`s nest now. */
  calls = 0;
  /** Names of the texts that `use` has run. */
  readonly used = new Set<string>();
  #hazards: Pick<Standing, "found" | "told">;
  readonly #texts: Map<number, SourceText>;
  /** Steps that may still be taken, shared with every fork. */
  readonly #budget: { steps: number };
  /** Records whose blocks are being run, outermost first. */
  readonly #open: number[] = [];
  #stopped = false;

  constructor(options: Options, from?: Branch) {
    this.options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.timeline = from?.timeline ?? Timeline.empty();
    this.environment = from?.environment ?? EMPTY_ENVIRONMENT;
    this.#texts = from?.texts ?? new Map();
    this.#hazards = standingHazards(this.timeline);
    this.lastRet = from?.lastRet;
    this.#budget = from?.budget ?? { steps: this.limits.steps };
  }

  get machine(): Machine {
    return this.timeline.machine;
  }

  /** The world that runs on the machine now. */
  get world(): World | undefined {
    const name = this.machine.system?.world;
    return this.options.worlds.find((world) => world.name === name);
  }

  /** Texts by the number that spans give. */
  get texts(): ReadonlyMap<number, SourceText> {
    return this.#texts;
  }

  /** Keys of the hazards that were found and not taken back. */
  get hazards(): ReadonlySet<string> {
    return this.#hazards.found;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get failures(): StatementRecord[] {
    return this.records.filter((r) => r.failure !== undefined);
  }

  get problems(): Diagnostic[] {
    return this.records.flatMap((r) => r.problem ?? []);
  }

  /** A second executor that starts where this one was at `step` and leaves no trace here. */
  fork(step: number = this.timeline.length): Executor {
    return new Executor(this.options, {
      timeline: this.timeline.fork(step),
      environment: this.environment,
      texts: this.#texts,
      lastRet: this.lastRet,
      budget: this.#budget,
    });
  }

  /**
   * A second executor that goes on from an earlier place as if nothing had come after it. A statement
   * that was under way there ends there: its record has no outcome, and what its block declared is
   * forgotten with the block.
   */
  resume(at: Position): Executor {
    const { step } = at;
    const end = this.#recordsAt(at);
    const kept = this.records.slice(0, end).map((r) => r.to <= step ? r : cut(r, step, end));
    const isUndone = (r: StatementRecord): boolean => {
      for (let at = r.parent; at !== undefined; at = this.records[at]!.parent) {
        // A scenario that has ended takes back what was answered in it.
        if (this.records[at]!.kind === "scenario" && this.records[at]!.to <= step) return true;
      }
      return false;
    };
    const resumed = new Executor(this.options, {
      timeline: this.timeline.fork(step),
      environment: this.environmentAt(at),
      texts: new Map(this.#texts),
      lastRet: kept.findLast((r) => r.outcome !== undefined && !isUndone(r))?.outcome?.ret,
      budget: { steps: this.limits.steps - step },
    });
    for (const record of kept) resumed.records.push(record);
    resumed.lastOperation = kept.findLast((r) => r.outcome !== undefined)?.index;
    const read = new Set(kept.map((r) => this.#texts.get(r.span.source)?.name));
    for (const name of this.used) if (read.has(name)) resumed.used.add(name);
    return resumed;
  }

  /** Names as they are at an earlier place. */
  environmentAt(at: Position): Environment {
    const top = this.records[at.statement];
    if (top !== undefined && top.to > at.step) return top.before;
    return this.records[this.#recordsAt(at)]?.before ?? this.environment;
  }

  /** How many records had begun at a place. */
  #recordsAt({ statement, step }: Position): number {
    const top = this.records[statement];
    if (top === undefined) return 0;
    if (top.to <= step) return top.next;
    // Those of its block are in the order in which they began.
    let low = statement + 1;
    let high = top.next;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle]!.from < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  addText(text: SourceText): void {
    this.#texts.set(text.id, text);
  }

  textOf(span: Span): SourceText {
    return this.#texts.get(span.source)!;
  }

  /** Runs the statements of a text, in order. */
  *run(text: SourceText, body: readonly Statement[]): Generator<Tick, void, void> {
    this.addText(text);
    yield* this.statements(body);
  }

  *statements(body: readonly Statement[]): Generator<Tick, void, void> {
    for (const statement of body) {
      if (this.#stopped) return;
      yield* this.execute(statement);
    }
  }

  *execute(statement: Statement): Generator<Tick, void, void> {
    const index = this.records.length;
    const from = this.timeline.length;
    const base = {
      index,
      span: statement.span,
      kind: statement.kind === "sentence" ? statement.head : statement.kind,
      depth: this.#open.length,
      ...(this.#open.length === 0 ? {} : { parent: this.#open.at(-1)! }),
      from,
      before: this.environment,
    };
    this.records.push({ ...base, to: from, next: index + 1 });
    let result: Result = {};
    this.#open.push(index);
    try {
      if (index >= this.limits.statements) {
        throw stop(statement.span, `A run executes at most ${this.limits.statements} statements`);
      }
      result = (yield* perform(this, statement, index)) ?? {};
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      if (error instanceof Stop) this.#stopped = true;
      result = { problem: error.diagnostic };
    } finally {
      this.#open.pop();
    }
    const to = this.timeline.length;
    const record = { ...base, ...result, to, next: this.records.length };
    this.records[index] = this.options.strict ? this.#strictly(record) : record;
    yield "statement";
  }

  *block(block: Block, names: ReadonlyMap<string, Value> = new Map()): Generator<Tick, void, void> {
    const outer = this.environment.variables;
    this.environment = { ...this.environment, variables: outer.inner(names) };
    try {
      yield* this.statements(block.body);
    } finally {
      this.environment = { ...this.environment, variables: outer };
    }
  }

  /**
   * Runs a block up to its `steps`th event and leaves it there, as if nothing had come after: what
   * was under way has no outcome. Gives the steps that were taken, fewer if the block ends before.
   */
  *leave(block: Block, steps: number): Generator<Tick, number, void> {
    const from = this.timeline.length;
    const around = this.#open.length;
    const running = this.block(block);
    let open: readonly number[] = [];
    for (;;) {
      const { done, value } = running.next();
      if (done) break;
      open = this.#open.slice(around);
      yield value;
      if (this.timeline.length - from >= steps) break;
    }
    running.return();
    const to = this.timeline.length;
    for (const index of open) {
      this.records[index] = cut(this.records[index]!, to, this.records.length);
    }
    return to - from;
  }

  /** Pulls a routine to its end, each event a step and a tick. */
  *drive<T>(decision: Decision<T>, index: number, strike?: Strike): Generator<Tick, T, void> {
    let due = strike;
    for (let next = decision.next();; next = decision.next(this.machine)) {
      if (next.done) return next.value;
      yield* this.append(next.value, index);
      if (due === undefined || this.timeline.length < due.after) continue;
      yield* this.append(due.event, index);
      due = undefined;
    }
  }

  /** Adds a step, and the hazards that it gave rise to. */
  *append(event: Event, index: number): Generator<Tick, void, void> {
    if (this.#budget.steps-- <= 0) {
      throw stop(this.records[index]!.span, `A run takes at most ${this.limits.steps} steps`);
    }
    this.timeline.append(event, index);
    this.#notice(event);
    yield "event";
    for (const invariant of this.options.invariants) {
      if (!invariant.concerns.includes(event.kind)) continue;
      for (const hazard of invariant.check(this.machine, event)) {
        if (this.#hazards.told.has(hazard.key)) continue;
        if (invariant.nature === "bug") throw new KxBug(hazard.message, this.timeline.length);
        const found: Event = { kind: "hazard-found", hazard };
        this.timeline.append(found, index);
        this.#notice(found);
        yield "event";
      }
    }
  }

  /** Keeps `#hazards` as the timeline has them. */
  #notice(event: Event): void {
    switch (event.kind) {
      case "hazard-found":
        this.#hazards.found.add(event.hazard.key);
        this.#hazards.told.add(event.hazard.key);
        return;
      case "machine-powered":
        return this.#hazards.told.clear();
      case "state-restored":
        this.#hazards = standingHazards(this.timeline);
    }
  }

  /** What a routine is lent; `failing` is what must fail in it. */
  context(failing?: Failing): Context {
    const fails = (what: Failing["of"]) => (count: number): boolean => {
      if (failing === undefined || failing.of !== what || count !== failing.at) return false;
      failing.reached = true;
      return true;
    };
    return { allocationFails: fails("allocation"), suspendFails: fails("suspend") };
  }

  #strictly(record: StatementRecord): StatementRecord {
    if (record.failure !== undefined) return record;
    for (let step = record.from + 1; step <= record.to; step++) {
      if (this.timeline.statementAt(step) !== record.index) continue;
      const event = this.timeline.eventAt(step);
      if (event.kind === "hazard-found") {
        return { ...record, failure: `hazard ${event.hazard.code} at step ${step}` };
      }
    }
    return record;
  }
}

/** What is left of a record where its statement was interrupted. */
function cut(record: StatementRecord, step: number, next: number): StatementRecord {
  const { index, span, kind, depth, parent, from, before } = record;
  const base = { index, span, kind, depth, from, to: step, before, next };
  return parent === undefined ? base : { ...base, parent };
}
