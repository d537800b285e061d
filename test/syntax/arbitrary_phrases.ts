/**
 * Expressions, phrases and conditions as a parser could have made them. What no text can say is
 * left out: a unary minus where a binary one would be read, `and` as an operand, a unit after
 * digits that would swallow it. Spans are all empty: whoever compares trees strips them.
 */
import fc from "fast-check";
import { foldRow, type Tail } from "../../src/syntax/fold.ts";
import type {
  BinaryOperator,
  CompareOperator,
  Condition,
  Expression,
  Mark,
  Phrase,
  StringLiteral,
  Word,
} from "../../src/syntax/mod.ts";

export const span = { source: 0, start: 0, end: 0 };

const NAMES = ["a", "b_1", "load", "machine", "segment", "EINVAL", "kernel.kexec_load_disabled"];

export const word = fc.constantFrom(...NAMES).map((text): Word => ({ kind: "word", text, span }));

const UNITS: readonly (readonly [string, bigint])[] = [
  ["K", 10n],
  ["kB", 10n],
  ["KiB", 10n],
  ["m", 20n],
  ["MiB", 20n],
  ["G", 30n],
  ["TB", 40n],
  ["PiB", 50n],
  ["pages", 12n],
  ["page", 12n],
];

/** After hexadecimal digits a `B` or an `E` would be one more digit. */
const DECIMAL_UNITS = [...UNITS, ["B", 0n], ["bytes", 0n], ["EiB", 60n], ["e", 60n]] as const;

const PREFIXES: Readonly<Record<number, string>> = { 2: "0b", 8: "0o", 10: "", 16: "0x" };

const number = fc.tuple(
  fc.bigInt({ min: 0n, max: 1n << 70n }),
  fc.constantFrom(2, 8, 10, 16),
  fc.boolean(),
  fc.option(fc.nat(100), { nil: undefined }),
).map(([plain, radix, grouped, unitIndex]): Expression => {
  const text = plain.toString(radix);
  const digits = PREFIXES[radix]! +
    (grouped ? text.replace(/(?<=.)(?=(?:.{4})+$)/g, "_") : text);
  if (unitIndex === undefined) return { kind: "number", value: plain, digits, span };
  const units = radix === 16 ? UNITS : DECIMAL_UNITS;
  const [unit, shift] = units[unitIndex % units.length]!;
  return { kind: "number", value: plain << shift, digits, unit, span };
});

const version = fc.array(fc.nat(999), { minLength: 2, maxLength: 4 })
  .map((parts): Expression => ({ kind: "version", text: parts.join("."), span }));

/** Any text but characters that the check refuses and no escape can say. */
export const text = fc.string({ unit: "grapheme", maxLength: 12 })
  .map((s) => s.replace(/[\u0080-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/g, "x"));

const SPECIAL = ["\n", "\t", "\r", "\0", "\\", '"', "\x1b", "\x7f", "\x85", "é", "#", "{"];

export const string = fc.array(fc.oneof(text, fc.constantFrom(...SPECIAL)), { maxLength: 4 })
  .map((parts): StringLiteral => ({ kind: "string", value: parts.join(""), span }));

const OPERATORS: readonly BinaryOperator[] = [
  ...["..", "@", "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"] as const,
];

type Expressions = {
  primary: Expression;
  operand: Expression;
  unsigned: Expression;
  expression: Expression;
  item: Expression;
};

const expressions = fc.letrec<Expressions>((tie) => {
  const several = fc.array(tie("expression"), { maxLength: 3 });
  return {
    primary: fc.oneof(
      { depthSize: "small", depthIdentifier: "expression", withCrossShrink: true },
      word,
      number,
      version,
      string,
      several.map((items): Expression => ({ kind: "list", items, span })),
      fc.tuple(word, several)
        .map(([callee, args]): Expression => ({ kind: "call", callee, args, span })),
      tie("expression").map((inner): Expression => ({ kind: "parenthesized", inner, span })),
    ),
    operand: fc.tuple(tie("primary"), fc.array(fc.constantFrom("-", "~"), { maxLength: 2 }))
      .map(([primary, signs]) => signs.reduce(sign, primary)),
    unsigned: tie("operand").map((e) => e.kind === "unary" ? { ...e, operator: "~" as const } : e),
    expression: row(tie("operand"), tie("operand")),
    item: row(tie("unsigned"), tie("operand")),
  };
});

function sign(operand: Expression, operator: "-" | "~"): Expression {
  return { kind: "unary", operator, operand, span };
}

/** Operands joined as the parser joins them; precedence has tests of its own. */
function row(
  first: fc.Arbitrary<Expression>,
  next: fc.Arbitrary<Expression>,
): fc.Arbitrary<Expression> {
  const tail = fc.tuple(fc.constantFrom(...OPERATORS), next);
  return fc.tuple(first, fc.array<Tail>(tail, { maxLength: 2 }))
    .map(([operand, tails]) => foldRow(operand, tails));
}

export const expression = expressions.expression;

/** What may follow a head word: a sign only after a mark, where nothing stands to its left. */
export function items(marks: readonly Mark["text"][]): fc.Arbitrary<Expression[]> {
  const marked = fc.tuple(fc.constantFrom(...marks), expression)
    .map(([text, e]): Expression[] => [{ kind: "mark", text, span }, e]);
  const single = expressions.item.map((e) => [e]);
  return fc.array(fc.oneof(single, marked), { maxLength: 4 }).map((groups) => groups.flat());
}

function startedBy(rest: fc.Arbitrary<Expression[]>): fc.Arbitrary<Phrase> {
  return fc.tuple(expression, rest).map(([first, others]) => [first, ...others]);
}

export const phrase = startedBy(items([",", ":", "="]));

/** In a condition `=` would be taken for a comparison. */
const side = startedBy(items([",", ":"]));

const COMPARATORS: readonly CompareOperator[] = [
  ...["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"] as const,
];

type Conditions = {
  simple: Condition;
  negation: Condition;
  condition: Condition;
};

const conditions = fc.letrec<Conditions>((tie) => {
  const conjunction = fc.array(tie("negation"), { minLength: 1, maxLength: 2 });
  return {
    simple: fc.oneof(
      { depthSize: "small", depthIdentifier: "condition" },
      side.map((phrase): Condition => ({ kind: "holds", phrase, span })),
      fc.tuple(fc.constantFrom(...COMPARATORS), side, side)
        .map(([operator, left, right]): Condition => {
          return { kind: "compare", operator, left, right, span };
        }),
      tie("condition").map(group),
    ),
    negation: fc.tuple(tie("simple"), fc.nat(2)).map(([simple, nots]) => {
      let result = simple;
      for (let i = 0; i < nots; i++) result = { kind: "not", operand: result, span };
      return result;
    }),
    condition: fc.array(conjunction, { minLength: 1, maxLength: 2 })
      .map((rows) => joined("or", rows.map((terms) => joined("and", terms)))),
  };
});

export const condition = conditions.condition;

/** Parentheses around a single expression would make it an operand. */
function group(inner: Condition): Condition {
  const isOperand = inner.kind === "holds" && inner.phrase.length === 1;
  return isOperand ? inner : { kind: "group", inner, span };
}

function joined(kind: "and" | "or", terms: readonly Condition[]): Condition {
  return terms.reduce((left, right) => ({ kind, left, right, span }));
}
