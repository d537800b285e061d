/** Names and questions in expressions, phrases and conditions: what is known without a machine. */
import { closest } from "../diagnostics/mod.ts";
import type { Param, QueryShape, World } from "../machine/mod.ts";
import type { Condition, Expression, Phrase, Script } from "../syntax/mod.ts";
import { joinSpans, type Span } from "../text/mod.ts";
import type { Argument, MatchedClause, Report } from "./match.ts";
import type { NameKind, Names } from "./names.ts";
import { matchQuery } from "./query.ts";

/** What a text may rely on without saying it. */
export interface Known {
  readonly names: Readonly<Record<NameKind, Iterable<string>>>;
  /** What runs on the machine. */
  readonly world: World | undefined;
}

export interface StaticOptions {
  readonly worlds: readonly World[];
  /** What may be asked of any machine, and what `show` can draw. */
  readonly queries: readonly QueryShape[];
  readonly topics: readonly QueryShape[];
  /** Functions that an expression may call. */
  readonly functions: readonly string[];
  /** What texts before this one declared and booted, when it goes on with them. */
  readonly known?: Known;
  /** The statements of a text that `use` names; undefined if it cannot be read (reported by the caller). */
  used(path: string, span: Span): Script | undefined;
}

/** Words that take a part of what follows, known to the evaluator too. */
export const PART_WORDS = ["start", "end", "size", "count", "first", "last"] as const;

export class ValueChecker {
  readonly #options: StaticOptions;
  readonly #queries: readonly QueryShape[];
  readonly report: Report;

  constructor(options: StaticOptions, report: Report) {
    this.#options = options;
    this.#queries = [...options.queries, ...options.worlds.flatMap((w) => w.queries)];
    this.report = report;
  }

  clause(clause: MatchedClause, names: Names): void {
    for (const argument of clause.args.values()) this.argument(argument, names);
    for (const inner of clause.clauses) this.clause(inner, names);
  }

  argument(argument: Argument, names: Names): void {
    if (argument.kind === "flag") return;
    const { param } = argument;
    const expressions = argument.kind === "one" ? [argument.expression] : argument.expressions;
    for (const e of expressions) {
      if (isValue(param)) {
        this.expression(e, names, true);
        if (e.kind === "number") this.#chosen(param, String(e.value), e.span);
      } else if (
        (param.type === "program" || param.type === "image") && e.kind === "word" &&
        !names.find(param.type, e.text)
      ) {
        this.unknown(e.text, e.span, names.all(param.type), param.type);
      } else if (e.kind === "word") this.#chosen(param, e.text, e.span);
    }
  }

  /** Whether it is one of what may stand there. */
  #chosen({ choices }: Param, text: string, span: Span): void {
    if (choices === undefined || choices.includes(text)) return;
    const meant = closest(text, choices);
    this.report({
      code: "KX0207",
      severity: "error",
      message: `\`${text}\` is not one of ${choices.map((c) => `\`${c}\``).join(", ")}`,
      span,
      ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
    });
  }

  /** `strict`: a bare word that is bound to nothing is a mistake, not a word of its own. */
  expression(e: Expression, names: Names, strict: boolean): void {
    switch (e.kind) {
      case "word":
        if (strict && !names.find("variable", e.text) && !this.isQuestion([e])) {
          this.unknown(e.text, e.span, names.all("variable"));
        }
        return;
      case "list":
        for (const item of e.items) this.expression(item, names, false);
        return;
      case "call":
        if (!this.#options.functions.includes(e.callee.text)) {
          this.unknown(e.callee.text, e.callee.span, [...this.#options.functions], "function");
        }
        for (const arg of e.args) this.expression(arg, names, true);
        return;
      case "unary":
        return this.expression(e.operand, names, true);
      case "binary": {
        let left: Expression = e;
        for (; left.kind === "binary"; left = left.left) this.expression(left.right, names, true);
        return this.expression(left, names, true);
      }
      case "parenthesized":
        return this.expression(e.inner, names, strict);
      case "number":
      case "version":
      case "string":
      case "mark":
        return;
    }
  }

  condition(c: Condition, names: Names): void {
    switch (c.kind) {
      case "and":
      case "or":
        this.condition(c.left, names);
        this.condition(c.right, names);
        return;
      case "not":
        return this.condition(c.operand, names);
      case "group":
        return this.condition(c.inner, names);
      case "holds":
        return this.phrase(c.phrase, names, true);
      case "compare":
        this.phrase(c.left, names, true);
        this.phrase(c.right, names);
    }
  }

  /** `asks`: a lone word must be a name or a question, since a bare word would be compared with itself. */
  phrase(phrase: Phrase, names: Names, asks = false): void {
    const [head, second] = phrase;
    if (phrase.length === 1) {
      const lone = head!.kind === "word";
      return this.expression(head!, names, asks && lone && !isConstant(head!));
    }
    if (head!.kind === "word" && second?.kind === "word" && second.text === "of") {
      if (
        (PART_WORDS as readonly string[]).includes(head!.text) &&
        matchQuery(phrase, this.#queries) === undefined
      ) {
        return this.phrase(phrase.slice(2), names, true);
      }
      if (head!.text === "errno") return;
    }
    const match = matchQuery(phrase, this.#queries);
    if (match === undefined) {
      const heads = this.#queries.map((q) => q.pattern[0]).filter((w) => typeof w === "string");
      const meant = head!.kind === "word" ? closest(head!.text, heads) : undefined;
      this.report({
        code: "KX0105",
        severity: "error",
        message: "This phrase asks nothing that is known",
        span: joinSpans(head!.span, phrase.at(-1)!.span),
        hint: meant === undefined
          ? "`kx --help expect` lists what can be asked"
          : `Did you mean \`${meant}\`?`,
      });
      return;
    }
    for (const { param, expression } of match.args.values()) {
      this.argument({ kind: "one", param, expression }, names);
    }
  }

  isQuestion(phrase: Phrase): boolean {
    return isConstant(phrase[0]!) || matchQuery(phrase, this.#queries) !== undefined;
  }

  unknown(name: string, span: Span, known: string[], kind = "name"): void {
    const meant = closest(name, known);
    this.report({
      code: "KX0101",
      severity: "error",
      message: `Unknown ${kind} \`${name}\``,
      span,
      ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
    });
  }
}

function isConstant(e: Expression): boolean {
  return e.kind === "word" && (e.text === "true" || e.text === "false");
}

function isValue(param: Param): boolean {
  return ["address", "size", "integer", "integers", "range", "ranges"].includes(param.type);
}
