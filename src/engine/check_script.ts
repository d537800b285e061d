/**
 * Everything that can be said of a text before it runs: its words and names, and what its machines
 * and images come to where their values do not depend on a machine. The second part is a run of
 * the declarations alone, so that check and run cannot disagree.
 */
import { checkStatically, type Known } from "../check/mod.ts";
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { World } from "../machine/mod.ts";
import { type Expression, parse, type Script, type Statement } from "../syntax/mod.ts";
import type { SourceText, Span } from "../text/mod.ts";
import type { Environment } from "./environment.ts";
import { FUNCTIONS } from "./evaluate.ts";
import { Executor, type Options } from "./executor.ts";
import { COMMON_QUERIES, ENGINE_QUERIES } from "./queries.ts";
import { SHOW_TOPICS } from "./show_topics.ts";

/**
 * Diagnostics in the order of the texts, without those that the parser gave. `after`: the text goes
 * on where this executor stands, and may use what it declared.
 */
export function checkScript(
  source: SourceText,
  script: Script,
  options: Options,
  after?: Executor,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>([source.name]);
  const texts = new Map([[source.id, source]]);
  diagnostics.push(...checkStatically(script, {
    worlds: options.worlds,
    queries: [...ENGINE_QUERIES, ...COMMON_QUERIES],
    topics: SHOW_TOPICS,
    functions: FUNCTIONS,
    ...(after === undefined ? {} : { known: knownAt(after) }),
    used: (path, span) => readUsed(path, span),
  }));
  // A declaration that is wrong in its words would only be complained of twice.
  const wrong = diagnostics.map((d) => d.span);
  const runner = after?.fork() ?? new Executor({ ...options, invariants: [] });
  diagnostics.push(...declarationProblems(source, script, runner, wrong));
  return diagnostics.sort((a, b) => a.span.source - b.span.source || a.span.start - b.span.start);

  function readUsed(path: string, span: Span): Script | undefined {
    const opened = options.files.text(path, texts.get(span.source)!);
    if (!opened.ok) {
      diagnostics.push({
        code: "KX0501",
        severity: "error",
        message: opened.message,
        span,
        ...(opened.hint === undefined ? {} : { hint: opened.hint }),
      });
      return undefined;
    }
    if (seen.has(opened.value.name)) return undefined;
    seen.add(opened.value.name);
    texts.set(opened.value.id, opened.value);
    const parsed = parse(opened.value);
    diagnostics.push(...parsed.diagnostics);
    return parsed.script;
  }
}

/** What a text may rely on that goes on where `executor` stands. */
function knownAt({ environment, world }: Pick<Executor, "environment" | "world">): Known {
  const { machines, images, defs, programs, variables } = environment;
  return {
    names: {
      machine: machines.keys(),
      image: images.keys(),
      def: defs.keys(),
      program: programs.keys(),
      variable: variables.names(),
    },
    world,
  };
}

/**
 * The same for a text that is still being typed: no file is opened and nothing is run, so that it may
 * be asked at every key.
 */
export function checkTyped(
  script: Script,
  worlds: readonly World[],
  after: { readonly environment: Environment; readonly world: World | undefined },
): Diagnostic[] {
  return checkStatically(script, {
    worlds,
    queries: [...ENGINE_QUERIES, ...COMMON_QUERIES],
    topics: SHOW_TOPICS,
    functions: FUNCTIONS,
    known: knownAt(after),
    used: () => undefined,
  });
}

/** Runs the top-level declarations whose values are known without a machine. */
function declarationProblems(
  source: SourceText,
  script: Script,
  executor: Executor,
  wrong: readonly Span[],
): Diagnostic[] {
  const unknown = new Set<string>();
  const run: Statement[] = [];
  for (const s of script.body) {
    if (
      wrong.some((w) =>
        w.source === s.span.source && w.start >= s.span.start && w.end <= s.span.end
      )
    ) {
      forget(s, unknown);
      continue;
    }
    const declares = s.kind === "def" || (s.kind === "let" && s.value.length === 1) ||
      (s.kind === "sentence" &&
        (s.head === "machine" || s.head === "image" || s.head === "program"));
    if (declares && !mentions(s, unknown)) run.push(s);
    else forget(s, unknown);
  }
  for (const _ of executor.run(source, run)) { /* only the records matter */ }
  return executor.problems.filter((d) => d.code !== "KX0106");
}

/** What a statement binds is unknown if it was not run; a `use` may bind anything. */
function forget(s: Statement, unknown: Set<string>): void {
  if (s.kind === "let") unknown.add(s.name.text);
  if (s.kind === "use") unknown.add("*");
}

function mentions(s: Statement, unknown: ReadonlySet<string>): boolean {
  if (unknown.size === 0) return false;
  if (unknown.has("*")) return true;
  const words = s.kind === "sentence"
    ? [...s.words, ...(s.block?.body ?? []).flatMap((b) => b.kind === "sentence" ? b.words : [])]
    : s.kind === "let"
    ? s.value
    : [];
  return words.some((e) => mentionsName(e, unknown));
}

function mentionsName(e: Expression, unknown: ReadonlySet<string>): boolean {
  switch (e.kind) {
    case "word":
      return unknown.has(e.text);
    case "binary": {
      let left: Expression = e;
      for (; left.kind === "binary"; left = left.left) {
        if (mentionsName(left.right, unknown)) return true;
      }
      return mentionsName(left, unknown);
    }
    case "unary":
      return mentionsName(e.operand, unknown);
    case "parenthesized":
      return mentionsName(e.inner, unknown);
    case "list":
      return e.items.some((item) => mentionsName(item, unknown));
    case "call":
      return e.args.some((arg) => mentionsName(arg, unknown));
    default:
      return false;
  }
}
