/**
 * The passes that need no machine: which words a sentence may have, which names exist. They go on
 * after a complaint, so that one slip does not hide the rest. Values that only a run can know are
 * left to the run.
 */
import { closest, type Diagnostic } from "../diagnostics/mod.ts";
import type { ClauseShape, World } from "../machine/mod.ts";
import type { Expression, Script, Sentence, Statement } from "../syntax/mod.ts";
import type { Span } from "../text/mod.ts";
import {
  BOOT,
  CORE_HEADS,
  CUT,
  DMA,
  DUMP,
  imageShape,
  KEYWORDS,
  MACHINE,
  SHOW,
  TRY,
  WHY,
} from "./core_shapes.ts";
import { callOf, findShape, matchClause, withExpectations } from "./match.ts";
import { type NameKind, Names } from "./names.ts";
import { matchQuery, withIdentity } from "./query.ts";
import { type StaticOptions, ValueChecker } from "./static_values.ts";
import { splitStrike } from "./strike.ts";

export function checkStatically(script: Script, options: StaticOptions): Diagnostic[] {
  const checker = new Checker(options);
  checker.statements(script.body, knownNames(options).inner());
  return checker.diagnostics;
}

function knownNames({ known }: StaticOptions): Names {
  const names = new Names();
  for (const [kind, all] of Object.entries(known?.names ?? {})) {
    for (const name of all) names.know(kind as NameKind, name);
  }
  return names;
}

class Checker {
  readonly diagnostics: Diagnostic[] = [];
  readonly #options: StaticOptions;
  readonly #values: ValueChecker;
  /** The world that the text booted last: its operations are preferred. */
  #world: World | undefined;

  constructor(options: StaticOptions) {
    this.#options = options;
    this.#world = options.known?.world;
    this.#values = new ValueChecker(options, this.report);
  }

  report = (diagnostic: Diagnostic): void => void this.diagnostics.push(diagnostic);

  statements(body: readonly Statement[], names: Names): void {
    for (const statement of body) this.#statement(statement, names);
  }

  #statement(s: Statement, names: Names): void {
    switch (s.kind) {
      case "let":
        this.#values.phrase(s.value, names);
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
        this.#values.phrase(s.over, names);
        const inner = names.inner();
        inner.declare("variable", s.name);
        this.statements(s.block.body, inner);
        return;
      }
      case "if":
        this.#values.condition(s.condition, names);
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
        this.#values.condition(s.condition, names);
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
      if (def === undefined) {
        this.#values.unknown(call.callee.text, call.callee.span, names.all("def"));
      }
      for (const arg of call.args) this.#values.expression(arg, names, false);
      return;
    }
    switch (s.head) {
      case "machine":
        names.declareName("machine", s.words[1], this.report);
        this.#values.clause(matchClause(s, MACHINE, this.report), names);
        return;
      case "image":
        names.declareName("image", s.words[1], this.report);
        this.#image(s, names);
        return;
      case "program":
        if (s.words[1]?.kind === "call") names.declare("program", s.words[1].callee, this.report);
        return; // Its block holds no statements of a run: it is looked at when it is declared.
      case "boot":
        this.#boot(s, names);
        return;
      case "why":
        matchClause(s, WHY, this.report);
        return;
      case "at":
        this.#exploration(s, names);
        return;
      case "cut":
        this.#cut(s, names);
        return;
      case "dma":
        this.#values.clause(matchClause(s, DMA, this.report), names);
        return;
      case "dump":
        this.#values.clause(matchClause(s, DUMP, this.report), names);
        return;
      case "show":
        this.#show(s, names);
        return;
      case "try": {
        const head = s.words[1];
        if (head?.kind !== "word") {
          this.report({
            code: "KX0203",
            severity: "error",
            message: `\`${TRY.head}\` needs an operation after it`,
            span: s.span,
          });
          return;
        }
        this.#operation({ ...s, head: head.text, words: s.words.slice(1) }, names);
        return;
      }
      default:
        this.#operation(s, names);
    }
  }

  #image(s: Sentence, names: Names): void {
    const clause = matchClause(s, imageShape(this.#options.worlds), this.report);
    this.#values.clause(clause, names);
    const kinds = clause.args.get("kind");
    const known = [
      "default",
      "crash",
      ...this.#options.worlds.flatMap((w) => w.imageFlags.map(({ name }) => name)),
    ];
    for (const e of kinds?.kind === "many" ? kinds.expressions : []) {
      if (e.kind !== "word" || known.includes(e.text)) continue;
      const meant = closest(e.text, known);
      this.report({
        code: "KX0202",
        severity: "error",
        message: `Unknown kind of image \`${e.text}\``,
        span: e.span,
        hint: meant === undefined
          ? `Known: ${[...new Set(known)].map((k) => `\`${k}\``).join(", ")}`
          : `Did you mean \`${meant}\`?`,
      });
    }
  }

  /** `at every step of OPERATION { … }`: the operation begins after `of` or `in`. */
  #exploration(s: Sentence, names: Names): void {
    const at = s.words.findIndex((e, i) =>
      i > 2 && e.kind === "word" && ["of", "in"].includes(e.text) &&
      !isNamed(s.words[i + 1], "allocation") && !isNamed(s.words[i + 1], "suspend")
    );
    const head = s.words[at + 1];
    if (!isNamed(s.words[1], "every") || at === -1 || head?.kind !== "word") {
      this.report({
        code: "KX0205",
        severity: "error",
        message:
          "`at` begins `at every step of OPERATION { … }` or `at every failure of allocation in OPERATION { … }` (or `of suspend`)",
        span: s.words[0]!.span,
      });
      return;
    }
    const { block, ...rest } = s;
    const { operation, strike } = splitStrike(s.words.slice(at + 1));
    this.#operation({ ...rest, head: head.text, words: operation }, names);
    if (strike !== undefined) {
      if (isNamed(s.words[2], "failure")) this.report(strikeWithoutStep(strike[0]!.span));
      const dma = matchClause({ ...rest, head: "dma", words: strike }, DMA, this.report);
      this.#values.clause(dma, names);
    }
    if (block !== undefined) this.statements(block.body, names.inner());
    else {this.report({
        code: "KX0206",
        severity: "error",
        message: "`at every` needs a block to run at each place",
        span: s.span,
      });}
  }

  /** `cut after N steps { … }` */
  #cut({ block, ...rest }: Sentence, names: Names): void {
    this.#values.clause(matchClause(rest, CUT, this.report), names);
    if (block !== undefined) this.statements(block.body, names.inner());
    else {
      this.report({
        code: "KX0206",
        severity: "error",
        message: "`cut` needs a block that it leaves",
        span: rest.span,
      });
    }
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
        hint: meant === undefined
          ? `Known: ${known.map((k) => `\`${k}\``).join(", ")}`
          : `Did you mean \`${meant}\`?`,
      });
      return;
    }
    this.#world = world;
    const clause = matchClause(
      s,
      withExpectations({ ...BOOT, clauses: world.bootClauses }),
      this.report,
    );
    const on = clause.args.get("on");
    if (on?.kind === "one" && on.expression.kind === "word") {
      const { text, span } = on.expression;
      if (names.find("machine", text) === undefined) {
        this.#values.unknown(text, span, names.all("machine"), "machine");
      }
    }
    this.#values.clause(clause, names);
  }

  #operation(s: Sentence, names: Names): void {
    const { worlds } = this.#options;
    const order = this.#world === undefined ? worlds : [this.#world, ...worlds];
    const world = order.find((w) => w.operations.some((o) => o.head === s.head));
    if (world !== undefined) {
      const shape = world.operations.find((o) => o.head === s.head)!;
      this.#values.clause(matchClause(s, withExpectations(shape), this.report), names);
      return;
    }
    const all: ClauseShape[] = [
      ...[...CORE_HEADS, ...KEYWORDS].map((head) => ({ head, summary: "" })),
      ...(this.#world === undefined ? worlds.flatMap((w) => w.operations) : this.#world.operations),
    ];
    findShape(s, all, "at the start of a statement", this.report);
  }

  #show(s: Sentence, names: Names): void {
    const phrase = withIdentity(s.words.slice(1));
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
    if (matchQuery(phrase, this.#options.topics) === undefined) this.#values.phrase(phrase, names);
  }
}

function isNamed(e: Expression | undefined, name: string): boolean {
  return e?.kind === "word" && e.text === name;
}

function strikeWithoutStep(span: Span): Diagnostic {
  return {
    code: "KX0205",
    severity: "error",
    message: "A device writes at a step: `at every step of OPERATION, dma …`",
    span,
  };
}
