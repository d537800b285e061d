/** What an expression sees from where it stands in a run: names, queries, images, files. */
import type { QueryMatch } from "../check/mod.ts";
import type { ArgValue } from "../machine/mod.ts";
import { settle } from "../machine/mod.ts";
import type { Expression, Phrase, Sentence } from "../syntax/mod.ts";
import type { Span } from "../text/mod.ts";
import { argOf, clauseOf, type Sources } from "./arguments.ts";
import { complain, sentenceFrom, spanOf } from "./evaluate.ts";
import type { Executor } from "./executor.ts";
import { matchedOperation } from "./matched_operation.ts";
import { COMMON_QUERIES, ENGINE_QUERIES } from "./queries.ts";
import { boolean, integer, type Value, word } from "./values.ts";

export function surroundings(executor: Executor, span: Span): Sources {
  const { environment, machine } = executor;
  const text = executor.textOf(span);
  const around: Sources = {
    machine,
    scope: environment.variables,
    queries: [...ENGINE_QUERIES, ...COMMON_QUERIES, ...(executor.world?.queries ?? [])],
    ask: (match, phrase) => ask(executor, match, phrase, around),
    errnoOf: (words) => errnoOf(executor, words, around),
    image: (name) => environment.images.get(name),
    imageNames: () => environment.images.keys(),
    program: (name) => environment.programs.get(name),
    programNames: () => environment.programs.keys(),
    file: (path, e) => {
      const opened = executor.options.files.bytes(path, text);
      return opened.ok ? opened.value : complain("KX0501", e.span, opened.message, opened.hint);
    },
  };
  return around;
}

function ask(
  executor: Executor,
  match: QueryMatch,
  phrase: Phrase,
  around: Sources,
): Value | undefined {
  const args: Record<string, ArgValue> = {};
  for (const [name, { param, expression }] of match.args) {
    // A query compares an image by its name: it need not be declared here.
    args[name] = param.type === "image"
      ? argOf({ name: "image", type: "name" }, expression, around)
      : argOf(param, expression, around);
  }
  if (!ENGINE_QUERIES.includes(match.query)) return match.query.answer(executor.machine, args);
  switch (match.query.pattern[0]) {
    case "errno":
      return executor.lastRet === undefined
        ? complain(
          "KX0106",
          spanOf(phrase),
          "Nothing was asked of the system yet: there is no errno",
        )
        : word(executor.lastRet);
    case "hazards":
      return integer(BigInt(executor.hazards.size));
    case "hazard": {
      const code = String(args.code);
      return boolean(
        [...executor.hazards].some((key) => key === code || key.startsWith(`${code}:`)),
      );
    }
    default:
      return integer(BigInt(executor.timeline.length));
  }
}

/** What an operation would give, asked on the machine as it is and leaving nothing behind. */
function errnoOf(executor: Executor, words: Phrase, around: Sources): Value {
  const inner = sentenceFrom(asSentence(words), words);
  if (inner === undefined) {
    return complain("KX0105", spanOf(words), "`errno of` needs an operation after it");
  }
  const { world, matched } = matchedOperation(executor, inner);
  const decision = world.decide(executor.machine, clauseOf(matched, around), executor.context());
  return word(settle(executor.machine, decision).result.ret);
}

function asSentence(words: readonly Expression[]): Sentence {
  const around = { before: [], blankBefore: false };
  return { kind: "sentence", head: "", words, span: spanOf(words), around };
}
