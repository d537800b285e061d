/**
 * The one layout of kx text.
 *
 * Two spaces for each block, one statement a line, at most one empty line between two of them.
 * A block that was written on one line stays on it if it fits 100 columns and has no comments.
 * Longer lines are broken after commas. A comment keeps its place: on a line of its own, two
 * spaces after the end of a line, after `{` or after `}`. Numbers stay as written, with hexadecimal
 * digits in lower case; strings have an escape only where they need one; pasted text stays as it is.
 */
import type { SourceText } from "../text/mod.ts";
import { layLines, type PlacedComment, WIDTH } from "./format_lines.ts";
import { Pieces } from "./format_pieces.ts";
import { quote } from "./strings.ts";
import type { Block, Comment, If, Script, Statement } from "./tree.ts";

/**
 * The text of `script`, which came from `source`. A script with errors has statements that nobody
 * could read: do not format it, for they would come out as they are, and what follows them moved.
 */
export function format(script: Script, source: SourceText): string {
  const formatter = new Formatter(source.text);
  formatter.body(script.body, script.trailing, "");
  return formatter.lines.map((line) => `${line}\n`).join("");
}

type WithBlock = Extract<Statement, { block?: Block }>;

class Formatter {
  readonly lines: string[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  body(statements: readonly Statement[], trailing: readonly Comment[], indent: string): void {
    const start = this.lines.length;
    for (const statement of statements) {
      const { before, blankBefore } = statement.around;
      this.#comments(before, indent, start);
      if (blankBefore && this.lines.length > start) this.lines.push("");
      this.#statement(statement, indent);
    }
    this.#comments(trailing, indent, start);
  }

  #comments(comments: readonly Comment[], indent: string, start: number): void {
    for (const { text, blankBefore } of comments) {
      if (blankBefore && this.lines.length > start) this.lines.push("");
      this.lines.push(indent + text);
    }
  }

  #statement(s: Statement, indent: string): void {
    if (s.kind === "unreadable") this.lines.push(indent + s.text);
    else if (s.kind === "pasted") {
      this.lines.push(withComment(`${indent}${s.format} {`, s.around.after));
      if (s.text !== "") this.lines.push(...s.text.replace(/\n$/, "").split("\n"));
      this.lines.push(`${indent}}`);
    } else if (hasBlock(s)) this.#withBlock(s, indent);
    else {
      this.#head(s, "", indent, "");
      this.#append(s.around.after);
    }
  }

  #withBlock(s: WithBlock & { block: Block }, indent: string): void {
    const flat = this.#isOnOneLine(s) ? indent + flatStatement(s) : undefined;
    if (flat !== undefined && flat.length <= WIDTH) {
      this.lines.push(withComment(flat, lastBlock(s).closing));
      return;
    }
    this.#head(s, "", indent, isEmpty(s.block, s.around.after) ? " {}" : " {");
    this.#append(s.around.after);
    this.#blockRest(s.block, s.around.after, indent);
    if (s.kind === "if") this.#otherwise(s, indent);
  }

  /** What follows `{`, whose line is the last one so far. */
  #blockRest(block: Block, opening: Comment | undefined, indent: string): void {
    if (!isEmpty(block, opening)) {
      this.body(block.body, block.trailing, `${indent}  `);
      this.lines.push(`${indent}}`);
    }
    this.#append(block.closing);
  }

  /** Goes on in the line of the `}` before. */
  #otherwise(s: If, indent: string): void {
    const { otherwise, elseIf } = s;
    if (otherwise === undefined) return;
    const closed = this.lines.pop()!;
    const nested = otherwise.body[0];
    if (elseIf && nested?.kind === "if") {
      const empty = isEmpty(nested.block, nested.around.after);
      this.#head(nested, `${closed.trimStart()} else `, indent, empty ? " {}" : " {");
      this.#append(nested.around.after);
      this.#blockRest(nested.block, nested.around.after, indent);
      this.#otherwise(nested, indent);
      return;
    }
    const opened = `${closed} else ${isEmpty(otherwise, otherwise.opening) ? "{}" : "{"}`;
    this.lines.push(withComment(opened, otherwise.opening));
    this.#blockRest(otherwise, otherwise.opening, indent);
  }

  /** The lines of all before the block, with `prefix` before the first word. */
  #head(s: Statement, prefix: string, indent: string, suffix: string): void {
    const pieces = piecesOf(s);
    const first = pieces[0]!;
    const last = pieces.length - 1;
    const whole = pieces.with(0, { ...first, text: prefix + first.text });
    const closed = whole.with(last, { ...whole[last]!, text: whole[last]!.text + suffix });
    const inside = (s.around.inside ?? []).map((comment) => this.#place(comment));
    this.lines.push(...layLines(indent, closed, inside));
  }

  #place(comment: Comment): PlacedComment {
    const lineStart = this.#text.lastIndexOf("\n", comment.span.start - 1) + 1;
    const ownLine = this.#text.slice(lineStart, comment.span.start).trim() === "";
    return { comment, ownLine };
  }

  #append(comment: Comment | undefined): void {
    this.lines.push(withComment(this.lines.pop()!, comment));
  }

  /** Whether the source has it on one line; a tree without source never was. */
  #isOnOneLine(s: Statement): boolean {
    const written = this.#text.slice(s.span.start, s.span.end);
    return written !== "" && !written.includes("\n");
  }
}

function hasBlock(s: Statement): s is WithBlock & { block: Block } {
  return "block" in s && s.block !== undefined;
}

function withComment(line: string, comment: Comment | undefined): string {
  return comment === undefined ? line : `${line}  ${comment.text}`;
}

function isEmpty(block: Block, opening: Comment | undefined): boolean {
  return block.body.length === 0 && block.trailing.length === 0 && opening === undefined;
}

function lastBlock(s: WithBlock & { block: Block }): Block {
  if (s.kind !== "if" || s.otherwise === undefined) return s.block;
  const nested = s.otherwise.body[0];
  return s.elseIf && nested?.kind === "if" ? lastBlock(nested) : s.otherwise;
}

/** A statement that was on one line, and so has no comments, without breaks. */
function flatStatement(s: Statement): string {
  const pieces = piecesOf(s).map(({ text, tight }, i) => tight || i === 0 ? text : ` ${text}`);
  const head = pieces.join("");
  if (!hasBlock(s)) return head;
  const block = `${head} ${flatBlock(s.block)}`;
  if (s.kind !== "if" || s.otherwise === undefined) return block;
  return s.elseIf
    ? `${block} else ${flatStatement(s.otherwise.body[0]!)}`
    : `${block} else ${flatBlock(s.otherwise)}`;
}

function flatBlock({ body }: Block): string {
  return body.length === 0 ? "{}" : `{ ${body.map(flatStatement).join("; ")} }`;
}

/** The words of a statement up to its block. */
function piecesOf(s: Statement) {
  const pieces = new Pieces();
  const { start } = s.span;
  switch (s.kind) {
    case "sentence":
      pieces.addPhrase(s.words);
      break;
    case "let":
      pieces.add("let", start);
      pieces.addExpression(s.name);
      pieces.add("=", s.name.span.end);
      pieces.addPhrase(s.value);
      break;
    case "def":
      pieces.add("def", start);
      pieces.addExpression({
        kind: "call",
        callee: s.name,
        args: s.params,
        span: { ...s.name.span, end: s.block.span.start },
      });
      break;
    case "for":
      pieces.add("for", start);
      pieces.addExpression(s.name);
      pieces.add("in", s.name.span.end);
      pieces.addPhrase(s.over);
      break;
    case "if":
    case "expect":
      pieces.add(s.kind, start);
      pieces.addCondition(s.condition);
      break;
    case "use":
    case "scenario":
      pieces.add(`${s.kind} ${quote(s.kind === "use" ? s.path.value : s.name.value)}`, start);
      break;
    case "pasted":
    case "unreadable":
      break;
  }
  return pieces.list;
}
