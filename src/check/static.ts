/**
 * The passes that need no machine: which words a sentence may have, which names exist. They go on
 * after a complaint, so that one slip does not hide the rest. Values that only a run can know are
 * left to the run.
 */
import { closest, type Diagnostic } from "../diagnostics/mod.ts";
import type { ClauseShape, Param, QueryShape, World } from "../machine/mod.ts";
import type { Condition, Expression, Phrase, Script, Sentence, Statement } from "../syntax/mod.ts";
import { joinSpans, type Span } from "../text/mod.ts";
import { BOOT, CORE_HEADS, DMA, IMAGE, KEYWORDS, MACHINE, SHOW, TRY, WHY } from "./core_shapes.ts";
import { type Argument, callOf, findShape, type MatchedClause, matchClause, withExpectations } from "./match.ts";
import { Names } from "./names.ts";
import { matchQuery } from "./query.ts";

export interface StaticOptions {
  readonly worlds: readonly World[];
  /** What may be asked of any machine, and what `show` can draw. */
  readonly queries: readonly QueryShape[];
  readonly topics: readonly QueryShape[];
  /** Functions that an expression may call. */
  readonly functions: readonly string[];
  /** The statements of a text that `use` names; undefined if it cannot be read (reported by the caller). */
  used(path: string, span: Span): Script | undefined;
}

/** Words that take a part of what follows, known to the evaluator too. */
export const PART_WORDS = ["start", "end", "size", "count", "first", "last"] as const;

export function checkStatically(script: Script, options: StaticOptions): Diagnostic[] {
  const checker = new Checker(options);
  checker.statements(script.body, new Names());
  return checker.diagnostics;
}

class Checker {
  readonly diagnostics: Diagnostic[] = [];
  readonly #options: StaticOptions;
  readonly #queries: readonly QueryShape[];
  /** The world that the text booted last: its operations are preferred. */
  #world: World | undefined;

  constructor(options: StaticOptions) {
    this.#options = options;
    this.#queries = [...options.queries, ...options.worlds.flatMap((w) => w.queries)];
  }

  report = (diagnostic: Diagnostic): void => void this.diagnostics.push(diagnostic);

  statements(body: readonly Statement[], names: Names): void {
    for (const statement of body) this.#statement(statement, names);
  }

  #statement(s: Statement, names: Names): void {
    switch (s.kind) {
      case "let":
        this.#phrase(s.value, names);
        names.declare("variable", s.name);
        return;
      case "def": {
        names.declare("def", s.name, this.report);
        const inner = names.inner();
        for (const param of s.params) inner.declare("variable", param);
        this.statements(s.block.body, inner);
        return;
      }
      case "for": {
        this.#phrase(s.over, names);
        const inner = names.inner();
        inner.declare("variable", s.name);
        this.statements(s.block.body, inner);
        return;
      }
      case "if":
        this.#condition(s.condition, names);
        this.statements(s.block.body, names.inner());
        if (s.otherwise !== undefined) this.statements(s.otherwise.body, names.inner());
        return;
      case "use": {
        const script = this.#options.used(s.path.value, s.path.span);
        if (script !== undefined) this.statements(script.body, names);
        return;
      }
      case "scenario":
        this.statements(s.block.body, names.inner());
        return;
      case "expect":
        this.#condition(s.condition, names);
        return;
      case "sentence":
        this.#sentence(s, names);
        return;
      case "pasted":
        this.report({
          code: "KX0209",
          severity: "error",
          message: `\`${s.format} { … }\` stands in a \`machine\` block`,
          span: { ...s.span, end: s.span.start + s.format.length },
        });
        return;
      case "unreadable":
        return;
    }
  }

  #sentence(s: Sentence, names: Names): void {
    const call = callOf(s);
    if (call !== undefined) {
      const def = names.find("def", call.callee.text);
      if (def === undefined) this.#unknown(call.callee.text, call.callee.span, names.all("def"));
      for (const arg of call.args) this.#expression(arg, names, false);
      return;
    }
    switch (s.head) {
      case "machine":
        names.declareName("machine", s.words[1], this.report);
        this.#clause(matchClause(s, MACHINE, this.report), names);
        return;
      case "image":
        names.declareName("image", s.words[1], this.report);
        this.#clause(matchClause(s, IMAGE, this.report), names);
        return;
      case "boot":
        this.#boot(s, names);
        return;
      case "why":
        matchClause(s, WHY, this.report);
        return;
      case "at":
        this.#exploration(s, names);
        return;
      case "dma":
        this.#clause(matchClause(s, DMA, this.report), names);
        return;
      case "show":
        this.#show(s, names);
        return;
      case "try": {
        const head = s.words[1];
        if (head?.kind !== "word") {
          this.report({ code: "KX0203", severity: "error", message: `\`${TRY.head}\` needs an operation after it`, span: s.span });
          return;
        }
        this.#operation({ ...s, head: head.text, words: s.words.slice(1) }, names);
        return;
      }
      default:
        this.#operation(s, names);
    }
  }

  /** `at every step of OPERATION { … }`: the operation begins after `of` or `in`. */
  #exploration(s: Sentence, names: Names): void {
    const at = s.words.findIndex((e, i) => i > 2 && e.kind === "word" && ["of", "in"].includes(e.text) && !isNamed(s.words[i + 1], "allocation"));
    const head = s.words[at + 1];
    if (!isNamed(s.words[1], "every") || at === -1 || head?.kind !== "word") {
      this.report({
        code: "KX0205",
        severity: "error",
        message: "`at` begins `at every step of OPERATION { … }` or `at every failure of allocation in OPERATION { … }`",
        span: s.words[0]!.span,
      });
      return;
    }
    const { block, ...rest } = s;
    this.#operation({ ...rest, head: head.text, words: s.words.slice(at + 1) }, names);
    if (block !== undefined) this.statements(block.body, names.inner());
    else this.report({ code: "KX0206", severity: "error", message: "`at every` needs a block to run at each place", span: s.span });
  }

  #boot(s: Sentence, names: Names): void {
    const name = s.words[1]?.kind === "word" ? s.words[1].text : "";
    const world = this.#options.worlds.find((w) => w.name === name);
    if (world === undefined) {
      const known = this.#options.worlds.map((w) => w.name);
      const meant = closest(name, known);
      this.report({
        code: "KX0101",
        severity: "error",
        message: name === "" ? "`boot` needs a system" : `Unknown system \`${name}\``,
        span: s.words[1]?.span ?? s.words[0]!.span,
        hint: meant === undefined ? `Known: ${known.map((k) => `\`${k}\``).join(", ")}` : `Did you mean \`${meant}\`?`,
      });
      return;
    }
    this.#world = world;
    const clause = matchClause(s, withExpectations({ ...BOOT, clauses: world.bootClauses }), this.report);
    const on = clause.args.get("on");
    if (on?.kind === "one" && on.expression.kind === "word") {
      const { text, span } = on.expression;
      if (names.find("machine", text) === undefined) this.#unknown(text, span, names.all("machine"), "machine");
    }
    this.#clause(clause, names);
  }

  #operation(s: Sentence, names: Names): void {
    const { worlds } = this.#options;
    const order = this.#world === undefined ? worlds : [this.#world, ...worlds];
    const world = order.find((w) => w.operations.some((o) => o.head === s.head));
    if (world !== undefined) {
      const shape = world.operations.find((o) => o.head === s.head)!;
      this.#clause(matchClause(s, withExpectations(shape), this.report), names);
      return;
    }
    const all: ClauseShape[] = [
      ...[...CORE_HEADS, ...KEYWORDS].map((head) => ({ head, summary: "" })),
      ...(this.#world === undefined ? worlds.flatMap((w) => w.operations) : this.#world.operations),
    ];
    findShape(s, all, "at the start of a statement", this.report);
  }

  #show(s: Sentence, names: Names): void {
    const phrase = s.words.slice(1);
    if (phrase.length === 0) {
      this.report({
        code: "KX0203",
        severity: "error",
        message: "`show` needs something to show",
        span: s.span,
        hint: `${SHOW.summary}: \`show map\`, \`show image crash\`, \`show owner of 0x1000\``,
      });
      return;
    }
    if (matchQuery(phrase, this.#options.topics) === undefined) this.#phrase(phrase, names);
  }

  #clause(clause: MatchedClause, names: Names): void {
    for (const argument of clause.args.values()) this.#argument(argument, names);
    for (const inner of clause.clauses) this.#clause(inner, names);
  }

  #argument(argument: Argument, names: Names): void {
    if (argument.kind === "flag") return;
    const { param } = argument;
    const expressions = argument.kind === "one" ? [argument.expression] : argument.expressions;
    for (const e of expressions) {
      if (isValue(param)) this.#expression(e, names, true);
      else if (param.type === "image" && e.kind === "word" && !names.find("image", e.text)) {
        this.#unknown(e.text, e.span, names.all("image"), "image");
      } else if (param.choices !== undefined && e.kind === "word" && !param.choices.includes(e.text)) {
        const meant = closest(e.text, param.choices);
        this.report({
          code: "KX0207",
          severity: "error",
          message: `\`${e.text}\` is not one of ${param.choices.map((c) => `\`${c}\``).join(", ")}`,
          span: e.span,
          ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
        });
      }
    }
  }

  /** `strict`: a bare word that is bound to nothing is a mistake, not a word of its own. */
  #expression(e: Expression, names: Names, strict: boolean): void {
    switch (e.kind) {
      case "word":
        if (strict && !names.find("variable", e.text) && !this.#isQuestion([e])) {
          this.#unknown(e.text, e.span, names.all("variable"));
        }
        return;
      case "list":
        for (const item of e.items) this.#expression(item, names, false);
        return;
      case "call":
        if (!this.#options.functions.includes(e.callee.text)) {
          this.#unknown(e.callee.text, e.callee.span, [...this.#options.functions], "function");
        }
        for (const arg of e.args) this.#expression(arg, names, true);
        return;
      case "unary":
        return this.#expression(e.operand, names, true);
      case "binary": {
        let left: Expression = e;
        for (; left.kind === "binary"; left = left.left) this.#expression(left.right, names, true);
        return this.#expression(left, names, true);
      }
      case "parenthesized":
        return this.#expression(e.inner, names, strict);
      case "number":
      case "version":
      case "string":
      case "mark":
        return;
    }
  }

  #condition(c: Condition, names: Names): void {
    switch (c.kind) {
      case "and":
      case "or":
        this.#condition(c.left, names);
        this.#condition(c.right, names);
        return;
      case "not":
        return this.#condition(c.operand, names);
      case "group":
        return this.#condition(c.inner, names);
      case "holds":
        return this.#phrase(c.phrase, names, true);
      case "compare":
        this.#phrase(c.left, names, true);
        this.#phrase(c.right, names);
    }
  }

  /** `asks`: a lone word must be a name or a question, since a bare word would be compared with itself. */
  #phrase(phrase: Phrase, names: Names, asks = false): void {
    const [head, second] = phrase;
    if (phrase.length === 1) {
      const lone = head!.kind === "word";
      return this.#expression(head!, names, asks && lone && !isConstant(head!));
    }
    if (head!.kind === "word" && second?.kind === "word" && second.text === "of") {
      if ((PART_WORDS as readonly string[]).includes(head!.text) && matchQuery(phrase, this.#queries) === undefined) {
        return this.#phrase(phrase.slice(2), names, true);
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
        hint: meant === undefined ? "`kx --help expect` lists what can be asked" : `Did you mean \`${meant}\`?`,
      });
      return;
    }
    for (const { param, expression } of match.args.values()) {
      this.#argument({ kind: "one", param, expression }, names);
    }
  }

  #isQuestion(phrase: Phrase): boolean {
    return isConstant(phrase[0]!) || matchQuery(phrase, this.#queries) !== undefined;
  }

  #unknown(name: string, span: Span, known: string[], kind = "name"): void {
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

function isNamed(e: Expression | undefined, name: string): boolean {
  return e?.kind === "word" && e.text === name;
}

function isConstant(e: Expression): boolean {
  return e.kind === "word" && (e.text === "true" || e.text === "false");
}

function isValue(param: Param): boolean {
  return ["address", "size", "integer", "range", "ranges"].includes(param.type);
}
