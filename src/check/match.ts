/**
 * Matches a sentence against the shapes that a vocabulary offers: which word is a position, which a
 * label, what is missing, what nobody knows. Nothing is evaluated here; the engine does that with
 * the expressions that this pass hands it.
 */
import type { ClauseShape, Param } from "../machine/mod.ts";
import type { Block, Call, Expression, Pasted, Sentence, Statement, Word } from "../syntax/mod.ts";
import { closest, type Diagnostic } from "../diagnostics/mod.ts";
import { joinSpans, type Span } from "../text/mod.ts";

/** What stands in a parameter's place: one expression, several, or a flag that is there. */
export type Argument =
  | { readonly kind: "one"; readonly param: Param; readonly expression: Expression }
  | { readonly kind: "many"; readonly param: Param; readonly expressions: readonly Expression[] }
  | { readonly kind: "flag"; readonly param: Param; readonly span: Span };

export interface MatchedClause {
  readonly shape: ClauseShape;
  readonly sentence: Sentence;
  readonly args: ReadonlyMap<string, Argument>;
  readonly clauses: readonly MatchedClause[];
  readonly pasted: readonly Pasted[];
}

export type Report = (diagnostic: Diagnostic) => void;

/** Labels that any operation may carry: what the script expects of it. */
export const EXPECTATION_LABELS: readonly Param[] = [
  { name: "fails", type: "errno", summary: "it must be refused, with this errno" },
  { name: "returns", type: "integer", summary: "it must give back this number" },
];

/** Any operation may say what it expects. */
export function withExpectations(shape: ClauseShape): ClauseShape {
  return { ...shape, labels: [...(shape.labels ?? []), ...EXPECTATION_LABELS] };
}

/** `f(1, 2)` as a statement: a call of a `def`. */
export function callOf(sentence: Sentence): Call | undefined {
  const [only, ...rest] = sentence.words;
  return only!.kind === "call" && rest.length === 0 ? only : undefined;
}

export function isWord(e: Expression | undefined, text?: string): e is Word {
  return e !== undefined && e.kind === "word" && (text === undefined || e.text === text);
}

/** Matches `sentence` with the one shape whose head it has; reports and gives what could be matched. */
export function matchClause(sentence: Sentence, shape: ClauseShape, report: Report): MatchedClause {
  const args = matchWords(sentence, shape, report);
  const { clauses, pasted } = matchBlock(sentence, shape, report);
  for (const param of [...(shape.positional ?? []), ...(shape.labels ?? [])]) {
    if (param.required && !args.has(param.name)) reportMissing(sentence, shape, param, report);
  }
  return { shape, sentence, args, clauses, pasted };
}

function matchWords(
  sentence: Sentence,
  shape: ClauseShape,
  report: Report,
): Map<string, Argument> {
  const args = new Map<string, Argument>();
  const labels = new Map((shape.labels ?? []).map((p) => [p.name, p]));
  const waiting = [...(shape.positional ?? [])];
  const words = sentence.words;
  let at = 1;
  const collect = (param: Param): void => {
    const first = words[at];
    if (param.type === "ranges" || param.type === "integers" || param.type === "rest") {
      const many: Expression[] = [];
      for (; at < words.length; at++) {
        const e = words[at]!;
        if (e.kind === "mark" && (e.text === "," || param.type === "rest")) continue;
        if (param.type !== "rest" && many.length > 0 && !isMark(words[at - 1], ",")) break;
        many.push(e);
      }
      args.set(param.name, { kind: "many", param, expressions: many });
      return;
    }
    if (first === undefined || first.kind === "mark") {
      // `fails` alone means any refusal.
      if (param.type === "errno") {
        args.set(param.name, { kind: "flag", param, span: words[at - 1]!.span });
        return;
      }
      report({
        code: "KX0203",
        severity: "error",
        message: `\`${param.name}\` needs ${nounOf(param)} after it`,
        span: words[at - 1]!.span,
        hint: hintFor(param),
      });
      args.set(param.name, { kind: "flag", param, span: words[at - 1]!.span });
      return;
    }
    args.set(param.name, { kind: "one", param, expression: first });
    at++;
  };
  while (at < words.length) {
    const e = words[at]!;
    const next = waiting[0];
    if (e.kind === "mark") {
      // `:` and `=` separate positions and mean nothing else; a stray comma does.
      if (e.text === "," || next === undefined) reportUnexpected(e, sentence, shape, report);
      at++;
      continue;
    }
    const label = e.kind === "word" ? labels.get(e.text) : undefined;
    if (label !== undefined && !(next?.required && !args.has(next.name) && next.type !== "rest")) {
      const earlier = args.get(label.name);
      if (earlier !== undefined) reportTwice(e, label, earlier, report);
      at++;
      if (label.type === "flag") args.set(label.name, { kind: "flag", param: label, span: e.span });
      else collect(label);
      continue;
    }
    if (next !== undefined) {
      waiting.shift();
      collect(next);
      continue;
    }
    reportUnexpected(e, sentence, shape, report);
    at++;
    // What follows an unknown label is most likely its value: no second complaint about it.
    if (e.kind === "word" && words[at] !== undefined && !isKnown(words[at]!, labels)) at++;
  }
  return args;
}

function isKnown(e: Expression, labels: ReadonlyMap<string, Param>): boolean {
  return e.kind === "word" && labels.has(e.text);
}

function isMark(e: Expression | undefined, text: string): boolean {
  return e !== undefined && e.kind === "mark" && e.text === text;
}

function matchBlock(
  sentence: Sentence,
  shape: ClauseShape,
  report: Report,
): { clauses: MatchedClause[]; pasted: Pasted[] } {
  const clauses: MatchedClause[] = [];
  const pasted: Pasted[] = [];
  if (sentence.block === undefined) {
    if (shape.blockRequired) {
      report({
        code: "KX0206",
        severity: "error",
        message: `\`${shape.head}\` needs a block`,
        span: sentence.span,
        hint: `Write \`${shape.head} … { … }\``,
      });
    }
    return { clauses, pasted };
  }
  if (shape.clauses === undefined) {
    report({
      code: "KX0206",
      severity: "error",
      message: `\`${shape.head}\` takes no block`,
      span: { ...sentence.block.span, end: sentence.block.span.start + 1 },
    });
    return { clauses, pasted };
  }
  for (const statement of sentence.block.body) {
    if (statement.kind === "pasted") pasted.push(statement);
    else if (statement.kind === "sentence") {
      const found = findShape(statement, shape.clauses, `in \`${shape.head}\``, report);
      if (found === undefined) continue;
      const earlier = found.once && clauses.find((c) => c.shape.head === found.head);
      if (earlier) {
        report({
          code: "KX0208",
          severity: "error",
          message: `\`${found.head}\` is said twice`,
          span: statement.words[0]!.span,
          label: "said again here",
          labels: [{ span: earlier.sentence.words[0]!.span, text: "said first here" }],
        });
      }
      clauses.push(matchClause(statement, found, report));
    } else if (statement.kind !== "unreadable") reportMisplaced(statement, shape, report);
  }
  return { clauses, pasted };
}

/** The shape with the sentence's head; reports an unknown head with what was perhaps meant. */
export function findShape(
  sentence: Sentence,
  shapes: readonly ClauseShape[],
  where: string,
  report: Report,
): ClauseShape | undefined {
  const found = shapes.find((shape) => shape.head === sentence.head);
  if (found !== undefined) return found;
  const heads = [...new Set(shapes.map((shape) => shape.head))];
  const meant = closest(sentence.head, heads);
  report({
    code: "KX0201",
    severity: "error",
    message: `Unknown word \`${sentence.head}\` ${where}`,
    span: sentence.words[0]!.span,
    hint: meant === undefined
      ? `Known here: ${heads.map((h) => `\`${h}\``).join(", ")}`
      : `Did you mean \`${meant}\`?`,
  });
  return undefined;
}

function reportMisplaced(statement: Statement, shape: ClauseShape, report: Report): void {
  report({
    code: "KX0209",
    severity: "error",
    message: `\`${statement.kind}\` cannot stand in the block of \`${shape.head}\``,
    span: statement.span,
    hint: `Put it before the \`${shape.head}\` statement`,
  });
}

function reportUnexpected(
  e: Expression,
  sentence: Sentence,
  shape: ClauseShape,
  report: Report,
): void {
  const labels = (shape.labels ?? []).map((p) => p.name);
  const meant = e.kind === "word" ? closest(e.text, labels) : undefined;
  const shown = e.kind === "word" || e.kind === "mark" ? `\`${e.text}\`` : "This";
  report({
    code: e.kind === "word" ? "KX0202" : "KX0205",
    severity: "error",
    message: `${shown} is not expected after \`${sentence.head}\``,
    span: e.span,
    hint: meant !== undefined
      ? `Did you mean \`${meant}\`?`
      : labels.length === 0
      ? `Write \`${usage(shape)}\``
      : `Known here: ${labels.map((l) => `\`${l}\``).join(", ")}`,
  });
}

function reportTwice(e: Expression, label: Param, earlier: Argument, report: Report): void {
  const span = earlier.kind === "one"
    ? earlier.expression.span
    : earlier.kind === "flag"
    ? earlier.span
    : earlier.expressions.map((x) => x.span).reduce(joinSpans);
  report({
    code: "KX0204",
    severity: "error",
    message: `\`${label.name}\` is given twice`,
    span: e.span,
    label: "given again here",
    labels: [{ span, text: "given first here" }],
  });
}

function reportMissing(
  sentence: Sentence,
  shape: ClauseShape,
  param: Param,
  report: Report,
): void {
  const isLabel = shape.labels?.includes(param) ?? false;
  report({
    code: "KX0203",
    severity: "error",
    message: `\`${shape.head}\` needs ${isLabel ? `\`${param.name}\`` : nounOf(param)}`,
    span: sentence.words.map((w) => w.span).reduce(joinSpans),
    hint: `Write \`${usage(shape)}\``,
  });
}

/** `segment NAME at ADDRESS size SIZE …`, for hints and help. */
export function usage(shape: ClauseShape): string {
  const parts = [shape.head];
  for (const p of shape.positional ?? []) {
    parts.push(p.required ? placeholder(p) : `[${placeholder(p)}]`);
  }
  for (const p of shape.labels ?? []) {
    const text = p.type === "flag" ? p.name : `${p.name} ${placeholder(p)}`;
    parts.push(p.required ? text : `[${text}]`);
  }
  if (shape.clauses !== undefined) parts.push(shape.blockRequired ? "{ … }" : "[{ … }]");
  return parts.join(" ");
}

function placeholder(p: Param): string {
  return p.shown ?? p.choices?.join("|") ?? p.name.toUpperCase();
}

const NOUNS: Readonly<Record<Param["type"], string>> = {
  address: "an address",
  size: "a size",
  integer: "a number",
  text: "a text in quotes",
  word: "a word",
  name: "a name",
  version: "a version",
  range: "a range",
  ranges: "one or more ranges",
  integers: "one or more numbers",
  program: "the name of a program",
  image: "the name of an image",
  errno: "an errno",
  file: "a file name in quotes",
  flag: "nothing",
  rest: "words",
};

export function nounOf(param: Param): string {
  return NOUNS[param.type];
}

function hintFor(param: Param): string | undefined {
  switch (param.type) {
    case "address":
      return "An address looks like `0x1000_0000` or `16MiB`";
    case "size":
      return "A size looks like `64MiB`, `0x1000` or `17 pages`";
    case "range":
    case "ranges":
      return "A range looks like `1MiB .. 3GiB` (end not included) or `64MiB @ 128MiB`";
    case "errno":
      return "An errno looks like `EINVAL`";
    default:
      return param.choices === undefined
        ? undefined
        : `One of ${param.choices.map((c) => `\`${c}\``).join(", ")}`;
  }
}

/** All sentences of a block, for passes that walk into it. */
export function sentencesOf(block: Block): Sentence[] {
  return block.body.filter((s): s is Sentence => s.kind === "sentence");
}
