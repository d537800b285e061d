/**
 * Statements and blocks, as the grammar's actions make them. None has its comments yet: the pass
 * in comments.ts gives them out when the tree is complete.
 */
import type { Context } from "./context.ts";
import { type Item, phrase as flatten } from "./build.ts";
import { heightOf } from "./height.ts";
import type { PastedPlace } from "./layout.ts";
import { MAX_ELSE_IFS, MAX_HEIGHT } from "./limits.ts";
import { unclosedBrace } from "./mistakes.ts";
import type {
  Block,
  Call,
  Condition,
  Phrase,
  Statement,
  StringLiteral,
  Surroundings,
  Unreadable,
  Word,
} from "./tree.ts";

/** The surroundings of a statement without comment or empty line: most of them. */
export const PLAIN: Surroundings = { before: [], blankBefore: false };

/** `end` is -1 where the text ended before the block did. */
export function block(cx: Context, start: number, end: number, body: readonly Statement[]): Block {
  return { body, trailing: [], span: cx.span(start, end === -1 ? unclosedBrace(cx, start) : end) };
}

export function sentence(
  cx: Context,
  start: number,
  head: Word | Call,
  items: readonly Item[],
  block: Block | undefined,
): Statement {
  const words = flatten(head, items);
  const name = head.kind === "word" ? head.text : head.callee.text;
  const end = lastEnd(words);
  if (isTooHigh(cx, start, end, words)) return unreadable(cx, start, block?.span.end ?? end);
  return block === undefined
    ? { kind: "sentence", span: cx.span(start, end), around: PLAIN, head: name, words }
    : {
      kind: "sentence",
      span: cx.span(start, block.span.end),
      around: PLAIN,
      head: name,
      words,
      block,
    };
}

export function expect(cx: Context, start: number, condition: Condition): Statement {
  const end = condition.span.end;
  if (isTooHigh(cx, start, end, [condition])) return unreadable(cx, start, end);
  return { kind: "expect", span: cx.span(start, end), around: PLAIN, condition };
}

export function letName(cx: Context, start: number, name: Word, value: Phrase): Statement {
  const end = lastEnd(value);
  if (isTooHigh(cx, start, end, value)) return unreadable(cx, start, end);
  return { kind: "let", span: cx.span(start, end), around: PLAIN, name, value };
}

export function forEach(
  cx: Context,
  start: number,
  name: Word,
  over: Phrase,
  block: Block,
): Statement {
  const end = block.span.end;
  if (isTooHigh(cx, start, lastEnd(over), over)) return unreadable(cx, start, end);
  return { kind: "for", span: cx.span(start, end), around: PLAIN, name, over, block };
}

/** One `else if`, before the branches are nested. */
export interface ElseIf {
  readonly start: number;
  readonly condition: Condition;
  readonly block: Block;
}

/** The last branch is innermost, so the chain is nested from its end. */
export function ifElse(
  cx: Context,
  start: number,
  condition: Condition,
  block: Block,
  elseIfs: readonly ElseIf[],
  last: Block | null,
): Statement {
  const end = (last ?? elseIfs[elseIfs.length - 1]?.block ?? block).span.end;
  cx.elseIfs += elseIfs.length;
  if (elseIfs.length > MAX_ELSE_IFS) {
    const first = elseIfs[MAX_ELSE_IFS]!.start;
    const message = `Too many \`else if\`: ${elseIfs.length}`;
    cx.report("KX0604", message, cx.span(first, first + 2), {
      label: `up to ${MAX_ELSE_IFS} are read`,
    });
    return unreadable(cx, start, end);
  }
  let otherwise = last ?? undefined;
  let elseIf = false;
  for (const branch of elseIfs.toReversed()) {
    const nested = ifNode(cx, branch, otherwise, elseIf, end);
    otherwise = { body: [nested], trailing: [], span: nested.span };
    elseIf = true;
  }
  return ifNode(cx, { start, condition, block }, otherwise, elseIf, end);
}

function ifNode(
  cx: Context,
  { start, condition, block }: ElseIf,
  otherwise: Block | undefined,
  elseIf: boolean,
  end: number,
): Statement {
  const span = cx.span(start, end);
  if (isTooHigh(cx, start, condition.span.end, [condition])) return unreadable(cx, start, end);
  return otherwise === undefined
    ? { kind: "if", span, around: PLAIN, condition, block, elseIf }
    : { kind: "if", span, around: PLAIN, condition, block, otherwise, elseIf };
}

export function def(
  cx: Context,
  start: number,
  name: Word,
  params: readonly Word[] | null,
  block: Block,
): Statement {
  const span = cx.span(start, block.span.end);
  return { kind: "def", span, around: PLAIN, name, params: params ?? [], block };
}

export function scenario(
  cx: Context,
  start: number,
  name: StringLiteral,
  block: Block,
): Statement {
  return {
    kind: "scenario",
    span: cx.span(start, block.span.end),
    around: PLAIN,
    name,
    block,
  };
}

export function use(cx: Context, start: number, path: StringLiteral): Statement {
  return { kind: "use", span: cx.span(start, path.span.end), around: PLAIN, path };
}

/** Line endings of the text become LF, whatever the file has. */
export function pasted(
  cx: Context,
  start: number,
  format: "iomem" | "e820",
  place: PastedPlace,
): Statement {
  const { textStart, textEnd, end } = place;
  const textSpan = cx.span(textStart, textEnd);
  const brace = cx.text.indexOf("{", start);
  const braceSpan = cx.span(brace, brace + 1);
  if (place.sameLine && cx.text.slice(textStart, textEnd).trim() !== "") {
    cx.report("KX0025", `Pasted text on the line of its \`{\``, braceSpan, {
      label: "the text begins on the next line",
    });
  }
  if (!place.closed) {
    cx.report("KX0024", `Unclosed \`${format} {\``, braceSpan, {
      label: "no line after it holds `}` and nothing else",
      completable: true,
    });
  }
  const text = place.sameLine ? "" : cx.text.slice(textStart, textEnd).replaceAll("\r\n", "\n");
  return { kind: "pasted", span: cx.span(start, end), around: PLAIN, format, text, textSpan };
}

export function unreadable(cx: Context, start: number, end: number): Unreadable {
  const text = cx.text.slice(start, end);
  return { kind: "unreadable", span: cx.span(start, end), around: PLAIN, text };
}

function lastEnd(phrase: Phrase): number {
  return phrase[phrase.length - 1]!.span.end;
}

/** A tree is never higher than its text is long, so only long texts are measured. */
function isTooHigh(
  cx: Context,
  start: number,
  end: number,
  roots: readonly (Phrase[number] | Condition)[],
): boolean {
  if (end - start <= MAX_HEIGHT) return false;
  const height = heightOf(roots);
  if (height <= MAX_HEIGHT) return false;
  cx.report("KX0603", `Expression too long: ${height} operators deep`, cx.span(start, end), {
    label: `up to ${MAX_HEIGHT} are read`,
    hint: "Give parts of it a name with `let`",
  });
  return true;
}
