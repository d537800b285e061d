/** From text to tree. Never throws: what cannot be read becomes a diagnostic and a node. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { SourceText } from "../text/mod.ts";
import { unreadable } from "./build_statement.ts";
import { checkCharacters } from "./characters.ts";
import { attachComments } from "./comments.ts";
import { Context, type Failure } from "./context.ts";
import { parse as run } from "./generated/kx_parser.js";
import { depthOf } from "./height.ts";
import { type Layout, scanLayout } from "./layout.ts";
import { MAX_DIAGNOSTICS, MAX_ELSE_IFS, MAX_NESTING, MAX_TEXT } from "./limits.ts";
import type { Script, Statement } from "./tree.ts";

/** A tree and what is wrong with the text; with no errors, the tree has no unreadable statement. */
export interface ParseResult {
  readonly script: Script;
  /** In the order of the text. */
  readonly diagnostics: Diagnostic[];
}

/** Linear in the length of the text, whatever it is. */
export function parse(source: SourceText): ParseResult {
  const { script, diagnostics } = parseFully(source);
  return { script, diagnostics };
}

/**
 * Whether `text` is fine but for its end, so that more lines could complete it: an open brace,
 * bracket or pasted block, or an operator, a comma or a backslash at the end. A REPL then asks
 * for another line. Any other mistake is better reported at once.
 */
export function isIncomplete(text: string): boolean {
  const { diagnostics, hopeless } = parseFully(new SourceText(0, "", text.trimEnd()));
  return diagnostics.length > 0 && !hopeless;
}

interface FullResult extends ParseResult {
  readonly hopeless: boolean;
}

const NO_LAYOUT: Layout = {
  comments: [],
  joined: [],
  unclosed: new Set(),
  open: [],
  pasted: new Map(),
};

function parseFully(source: SourceText): FullResult {
  if (source.text.length > MAX_TEXT) return refuseLength(source);
  const broken = checkCharacters(source, MAX_DIAGNOSTICS + 1);
  const layout = scanLayout(source.text);
  if (layout.tooDeep !== undefined) return refuseDepth(source, layout, layout.tooDeep);
  const cx = newContext(source, layout);
  let script: Script;
  try {
    const body = run(source.text, { ...optionsFor(source, cx), startRule: "Script" });
    script = attachComments(cx, body.map((statement) => limitDepth(cx, statement)));
  } catch (error) {
    // The stack is too small for what the limits allow: someone calls from deep down.
    if (!(error instanceof RangeError)) throw error;
    return refuseDepth(source, layout, 0);
  }
  const diagnostics = [...broken, ...cx.diagnostics].sort((a, b) => a.span.start - b.span.start);
  return {
    script,
    diagnostics: limitCount(diagnostics),
    hopeless: cx.hopeless || broken.length > 0,
  };
}

function newContext(source: SourceText, layout: Layout): Context {
  return new Context(source, layout, (start) => explain(source, layout, start));
}

function optionsFor(source: SourceText, context: Context) {
  return { context, grammarSource: source.id, peg$silentFails: 1 } as const;
}

/** Reads a statement that cannot be read once more, now collecting what was expected. */
function explain(source: SourceText, layout: Layout, start: number): Failure {
  const { peg$maxFailPos, peg$maxFailExpected } = run(source.text, {
    ...optionsFor(source, newContext(source, layout)),
    startRule: "Readable",
    peg$silentFails: 0,
    peg$currPos: start,
    peg$library: true,
  });
  const expected = peg$maxFailExpected.flatMap((e) =>
    e.type === "other" ? [e.description] : e.type === "literal" ? [`\`${e.text}\``] : []
  );
  return { at: peg$maxFailPos, expected };
}

/** A chain of `else if` in a chain of `else if` is deep without many open braces. */
function limitDepth(cx: Context, statement: Statement): Statement {
  if (cx.elseIfs <= MAX_ELSE_IFS || depthOf(statement) <= MAX_NESTING + MAX_ELSE_IFS) {
    return statement;
  }
  const { start, end } = statement.span;
  cx.report("KX0604", "Too many `else if` in one another", statement.span);
  return unreadable(cx, start, end);
}

function limitCount(diagnostics: Diagnostic[]): Diagnostic[] {
  if (diagnostics.length <= MAX_DIAGNOSTICS) return diagnostics;
  const { span } = diagnostics[MAX_DIAGNOSTICS]!;
  const message = "Too many mistakes: the rest of the text is not listed";
  return [
    ...diagnostics.slice(0, MAX_DIAGNOSTICS),
    { code: "KX0605", severity: "error", message, span },
  ];
}

function refuseLength(source: SourceText): FullResult {
  const message = `Text too long: ${source.text.length} characters, and ${MAX_TEXT} are read`;
  return refuse(source, NO_LAYOUT, "KX0601", message, MAX_TEXT);
}

function refuseDepth(source: SourceText, layout: Layout, at: number): FullResult {
  const message = `Nested too deep: more than ${MAX_NESTING} brackets are open here`;
  return refuse(source, layout, "KX0602", message, at);
}

/** The whole text as one unreadable statement. */
function refuse(
  source: SourceText,
  layout: Layout,
  code: string,
  message: string,
  at: number,
): FullResult {
  const cx = newContext(source, layout);
  const { length } = source.text;
  cx.report(code, message, cx.span(Math.min(at, length), Math.min(at + 1, length)));
  const body = [unreadable(cx, 0, length)];
  const script = { body, trailing: [], span: cx.span(0, length) };
  return { script, diagnostics: cx.diagnostics, hopeless: true };
}
