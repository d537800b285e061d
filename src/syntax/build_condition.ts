/** Conditions, and the question which parentheses in them are a group and which an operand. */
import { joinSpans, type Span } from "../text/mod.ts";
import { type Item, parenthesized, phrase as expressionPhrase } from "./build.ts";
import type { Context } from "./context.ts";
import type { CompareOperator, Condition, Expression, Phrase } from "./tree.ts";

type Group = Extract<Condition, { kind: "group" }>;

/** A phrase of a condition while it is read: it may turn out to be a lone group. */
type Side = Phrase | Group;

/** What an expression begins with; a group may stand there only to be refused or to stand alone. */
type First = Expression | Group;

/** The right side of a comparison. */
export interface Compared {
  readonly operator: CompareOperator;
  readonly right: Side;
}

export function foldCondition(
  kind: "or" | "and",
  first: Condition,
  rest: readonly Condition[],
): Condition {
  return rest.reduce<Condition>(
    (left, right) => ({ kind, left, right, span: joinSpans(left.span, right.span) }),
    first,
  );
}

/** `nots` are the offsets of each `not`, outermost first. */
export function negate(cx: Context, nots: readonly number[], operand: Condition): Condition {
  return nots.reduceRight<Condition>(
    (inner, start) => ({ kind: "not", operand: inner, span: cx.span(start, operand.span.end) }),
    operand,
  );
}

/**
 * `( … )` in a condition. What holds one expression alone is that expression in parentheses, as
 * in `(a + b) * 2 == c`; anything else in it makes a group.
 */
export function parenthesis(cx: Context, start: number, end: number, inner: Condition): First {
  if (inner.kind === "holds" && inner.phrase.length === 1) {
    return parenthesized(cx, start, inner.phrase[0]!, end);
  }
  return { kind: "group", inner, span: cx.span(start, end) };
}

/** A group stands alone: nothing can be added to a condition. Reports it if something follows. */
export function standsAlone(
  cx: Context,
  first: First,
  following: readonly unknown[] | null,
): boolean {
  if (!isGroup(first) || following === null || following.length === 0) return true;
  return failGroup(cx, first);
}

export function side(first: First, rest: readonly Item[]): Side {
  return isGroup(first) ? first : expressionPhrase(first, rest);
}

/** Whether at most two sides are compared, and neither is a condition. Reports it if not. */
export function isComparison(cx: Context, left: Side, rest: readonly Compared[]): boolean {
  if (rest.length === 0) return true;
  if (isGroup(left)) return failGroup(cx, left);
  const [{ right }, second] = rest as readonly [Compared, Compared?];
  if (isGroup(right)) return failGroup(cx, right);
  if (second === undefined) return true;
  const middle = cx.text.slice(phraseSpan(right).start, phraseSpan(right).end);
  const span = isGroup(second.right) ? second.right.span : phraseSpan(second.right);
  return cx.fail("KX0022", "Chained comparison: each `and` or `or` joins two", span, {
    label: "a third side",
    hint: `Write \`… ${rest[0]!.operator} ${middle} and ${middle} ${second.operator} …\``,
  });
}

/** After `isComparison` has agreed. */
export function comparison(left: Side, rest: readonly Compared[]): Condition {
  if (isGroup(left)) return left;
  const compared = rest[0];
  const span = phraseSpan(left);
  if (compared === undefined) return { kind: "holds", phrase: left, span };
  const right = compared.right as Phrase;
  return {
    kind: "compare",
    operator: compared.operator,
    left,
    right,
    span: joinSpans(span, phraseSpan(right)),
  };
}

function isGroup(first: First | Side): first is Group {
  return "kind" in first && first.kind === "group";
}

function phraseSpan(phrase: Phrase): Span {
  return joinSpans(phrase[0]!.span, phrase[phrase.length - 1]!.span);
}

function failGroup(cx: Context, group: Group): false {
  return cx.fail("KX0023", "Condition used as a value", group.span, {
    label: "true or false, which nothing is compared with or added to",
    hint: "Parentheses around a single expression make a value; around more, a condition",
  });
}
