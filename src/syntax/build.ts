/** The nodes of the tree, as the grammar's actions make them. */
import type { Span } from "../text/mod.ts";
import type { Context } from "./context.ts";
import { foldRow, type Tail } from "./fold.ts";
import { isTooLong, numberValue } from "./numbers.ts";
import { ESCAPES, unescape } from "./strings.ts";
import type {
  Call,
  Expression,
  ListLiteral,
  Mark,
  NumberLiteral,
  Parenthesized,
  Phrase,
  StringLiteral,
  Unary,
  VersionLiteral,
  Word,
} from "./tree.ts";

export function word(text: string, span: Span): Word {
  return { kind: "word", text, span };
}

export function number(
  cx: Context,
  digits: string,
  unit: string | null,
  span: Span,
): NumberLiteral {
  if (isTooLong(digits)) {
    cx.report("KX0606", `Number too long: ${digits.length} characters`, span);
    return { kind: "number", value: 0n, digits, span };
  }
  const value = numberValue(digits, unit);
  const lower = /[A-FX]/.test(digits) ? digits.toLowerCase() : digits;
  return unit === null
    ? { kind: "number", value, digits: lower, span }
    : { kind: "number", value, digits: lower, unit, span };
}

export function version(text: string, span: Span): VersionLiteral {
  return { kind: "version", text, span };
}

/** `raw` is what stands between the quotes. */
export function string(cx: Context, raw: string, span: Span): StringLiteral {
  const value = unescape(raw, (at, escape) => {
    const start = span.start + 1 + at;
    const message = `Unknown escape: \`${escape}\``;
    cx.report("KX0013", message, cx.span(start, start + escape.length), {
      hint: `Known are ${ESCAPES}; a backslash itself is \`\\\\\``,
    });
  });
  return { kind: "string", value, span };
}

export function mark(text: Mark["text"], span: Span): Mark {
  return { kind: "mark", text, span };
}

export function list(
  cx: Context,
  start: number,
  items: readonly Expression[] | null,
  end: number,
): ListLiteral {
  return { kind: "list", items: items ?? [], span: cx.span(start, end) };
}

export function call(
  cx: Context,
  callee: Word,
  args: readonly Expression[] | null,
  end: number,
): Call {
  return { kind: "call", callee, args: args ?? [], span: cx.span(callee.span.start, end) };
}

export function parenthesized(
  cx: Context,
  start: number,
  inner: Expression,
  end: number,
): Parenthesized {
  return { kind: "parenthesized", inner, span: cx.span(start, end) };
}

/** `- ~ a`: the operator nearest to the operand is the innermost. */
export function unary(
  cx: Context,
  operators: readonly { operator: Unary["operator"]; start: number }[],
  operand: Expression,
): Expression {
  const end = operand.span.end;
  return operators.reduceRight<Expression>(
    (inner, { operator, start }) => {
      return { kind: "unary", operator, operand: inner, span: cx.span(start, end) };
    },
    operand,
  );
}

export function expression(first: Expression, rest: readonly Tail[] | null): Expression {
  return rest === null ? first : foldRow(first, rest);
}

/** An item is an expression, or a mark and the expression after it. */
export type Item = Expression | readonly [Mark, Expression];

export function phrase(first: Expression, rest: readonly Item[]): Phrase {
  const words = rest.some(Array.isArray) ? rest.flat() : rest;
  return [first, ...words as readonly Expression[]];
}
