/** What each kind of statement does. */
import { callOf } from "../check/mod.ts";
import {
  type Call,
  type For,
  parse,
  type Sentence,
  type Statement,
  type Use,
} from "../syntax/mod.ts";
import type { Span } from "../text/mod.ts";
import { cutAfter, declareImage, declareMachine, dmaWrite } from "./declare.ts";
import { dumpOf } from "./dumps.ts";
import { complain, Complaint, evaluatePhrase, sentenceFrom, spanOf } from "./evaluate.ts";
import { judge } from "./conditions.ts";
import type { Executor, Result, Tick } from "./executor.ts";
import { explore } from "./explore.ts";
import { boot, operate } from "./operate.ts";
import { declareProgram } from "./program.ts";
import { resolveShow } from "./show_topics.ts";
import { stop } from "./stop.ts";
import { surroundings } from "./surroundings.ts";
import { integer, type Value } from "./values.ts";

export function* perform(
  executor: Executor,
  s: Statement,
  index: number,
): Generator<Tick, Result | void, void> {
  switch (s.kind) {
    case "let": {
      const value = evaluatePhrase(s.value, surroundings(executor, s.span));
      const { environment } = executor;
      const variables = environment.variables.bind(s.name.text, value);
      executor.environment = { ...environment, variables };
      return;
    }
    case "def": {
      const defs = new Map(executor.environment.defs).set(s.name.text, s);
      executor.environment = { ...executor.environment, defs };
      return;
    }
    case "for":
      return yield* loop(executor, s);
    case "if": {
      const verdict = judge(s.condition, surroundings(executor, s.span));
      const block = verdict.holds ? s.block : s.otherwise;
      if (block !== undefined) yield* executor.block(block);
      return;
    }
    case "use":
      return yield* use(executor, s);
    case "scenario": {
      const before = snapshot(executor);
      yield* executor.block(s.block);
      return yield* restore(
        executor,
        before,
        index,
        `scenario ${JSON.stringify(s.name.value)} ends`,
      );
    }
    case "expect": {
      const verdict = judge(s.condition, surroundings(executor, s.span));
      if (verdict.holds) return { held: true };
      const found = verdict.found === undefined ? "" : `: found ${verdict.found}`;
      return { failure: `does not hold${found}` };
    }
    case "sentence":
      return yield* sentence(executor, s, index);
    case "pasted":
      return complain("KX0209", s.span, `\`${s.format} { … }\` stands in a \`machine\` block`);
    case "unreadable":
      return;
  }
}

function* sentence(
  executor: Executor,
  s: Sentence,
  index: number,
): Generator<Tick, Result | void, void> {
  switch (s.head) {
    case "machine": {
      const around = surroundings(executor, s.span);
      const spec = declareMachine(s, around, executor.textOf(s.span), executor.options.files);
      const machines = new Map(executor.environment.machines).set(spec.name, spec);
      executor.environment = { ...executor.environment, machines };
      return;
    }
    case "image": {
      const { worlds } = executor.options;
      const spec = declareImage(s, surroundings(executor, s.span), worlds);
      const images = new Map(executor.environment.images).set(spec.name, spec);
      executor.environment = { ...executor.environment, images };
      return;
    }
    case "program": {
      const program = declareProgram(s, surroundings(executor, s.span), executor.textOf(s.span));
      const programs = new Map(executor.environment.programs).set(program.name, program);
      executor.environment = { ...executor.environment, programs };
      return yield* executor.append({ kind: "program-known", program }, index);
    }
    case "boot":
      return yield* boot(executor, s, index);
    case "show": {
      const around = surroundings(executor, s.span);
      return { shown: resolveShow(s.words.slice(1), s, around, executor.textOf(s.span)) };
    }
    case "dma":
      return yield* executor.append(dmaWrite(s, surroundings(executor, s.span)), index);
    case "dump":
      return yield* executor.append(dumpOf(s, surroundings(executor, s.span)), index);
    case "why":
      if (executor.lastOperation === undefined) {
        return complain(
          "KX0106",
          s.span,
          "Nothing was asked of the system yet: `why` has nothing to explain",
        );
      }
      return { explains: executor.lastOperation };
    case "at":
      return yield* explore(executor, s, index);
    case "cut":
      return yield* cutShort(executor, s);
    case "try": {
      const inner = sentenceFrom(s, s.words.slice(1));
      if (inner === undefined) {
        return complain("KX0203", s.span, "`try` needs an operation after it");
      }
      return yield* operate(executor, inner, index, { allowed: true });
    }
    default: {
      const called = callOf(s);
      if (called !== undefined) return yield* call(executor, called);
      return yield* operate(executor, s, index, { allowed: false });
    }
  }
}

/** `cut after N steps { … }`: what the block declared is forgotten with it, as where a session leaves one. */
function* cutShort(executor: Executor, s: Sentence): Generator<Tick, Result, void> {
  const { block, ...rest } = s;
  const wanted = cutAfter(rest, surroundings(executor, s.span));
  if (block === undefined) return complain("KX0206", s.span, "`cut` needs a block that it leaves");
  const before = executor.environment;
  const taken = yield* executor.leave(block, wanted);
  executor.environment = before;
  if (taken === wanted) return {};
  return { failure: `its block ended after ${taken} step${taken === 1 ? "" : "s"}` };
}

function* loop(executor: Executor, s: For): Generator<Tick, void, void> {
  const over = evaluatePhrase(s.over, surroundings(executor, s.span));
  for (const value of items(executor, over, spanOf(s.over))) {
    if (executor.stopped) break;
    yield* executor.block(s.block, new Map([[s.name.text, value]]));
  }
}

function* items(executor: Executor, over: Value, span: Span): Generator<Value, void, void> {
  if (over.kind === "list") return yield* over.items;
  if (over.kind !== "range") {
    return complain("KX0404", span, "`for` needs a list or a range: `[1, 2, 3]`, `0 .. 10`");
  }
  const { iterations } = executor.limits;
  if (over.end - over.start > BigInt(iterations)) {
    throw stop(
      span,
      `A loop runs at most ${iterations} times: this range has ${over.end - over.start} numbers`,
    );
  }
  for (let i = over.start; i < over.end; i++) yield integer(i);
}

function* call(executor: Executor, called: Call): Generator<Tick, void, void> {
  const name = called.callee.text;
  const def = executor.environment.defs.get(name);
  if (def === undefined) {
    return complain(
      "KX0101",
      called.callee.span,
      `Unknown name \`${name}\``,
      "Define it first: `def NAME(…) { … }`",
    );
  }
  if (def.params.length !== called.args.length) {
    return complain(
      "KX0103",
      called.span,
      `\`${name}\` takes ${def.params.length} values: ${called.args.length} given`,
    );
  }
  if (executor.calls >= executor.limits.calls) {
    throw stop(
      called.span,
      `Calls nest at most ${executor.limits.calls} deep: does \`${name}\` ever end?`,
    );
  }
  const around = surroundings(executor, called.span);
  const values = new Map(
    def.params.map((p, i) => [p.text, evaluatePhrase([called.args[i]!], around)]),
  );
  executor.calls++;
  try {
    yield* executor.block(def.block, values);
  } finally {
    executor.calls--;
  }
}

function* use(executor: Executor, s: Use): Generator<Tick, void, void> {
  const opened = executor.options.files.text(s.path.value, executor.textOf(s.span));
  if (!opened.ok) return complain("KX0501", s.path.span, opened.message, opened.hint);
  const text = opened.value;
  // A file is used once: a second `use` of it, also from itself, changes nothing.
  if (executor.used.has(text.name)) return;
  executor.used.add(text.name);
  const { script, diagnostics } = parse(text);
  const [error] = diagnostics;
  if (error !== undefined) throw new Complaint(error);
  executor.addText(text);
  yield* executor.statements(script.body);
}

/** The machine and the names as they are, to come back to. */
function snapshot(executor: Executor) {
  const { machine, environment, lastRet } = executor;
  return { machine, environment, lastRet, step: executor.timeline.length };
}

function* restore(
  executor: Executor,
  before: ReturnType<typeof snapshot>,
  index: number,
  why: string,
): Generator<Tick, void, void> {
  executor.environment = before.environment;
  executor.lastRet = before.lastRet;
  if (executor.timeline.length === before.step) return;
  const { machine, step } = before;
  yield* executor.append({ kind: "state-restored", machine, step, why }, index);
}
