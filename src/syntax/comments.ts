/**
 * Gives each comment to the statement or block that it stands at. The grammar knows comments only
 * as blanks; layout.ts has listed them, and tree and list are both in the order of the text, so
 * one walk over both is enough.
 */
import { PLAIN } from "./build_statement.ts";
import type { Context } from "./context.ts";
import type { Block, Comment, Script, Statement, Surroundings } from "./tree.ts";

const AFTER_EMPTY_LINE: Surroundings = { ...PLAIN, blankBefore: true };

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The script that `body` makes; fills in the surroundings of `body` and of all within it. */
export function attachComments(cx: Context, body: readonly Statement[]): Script {
  const trailing = new Attachment(cx).body(body, 0, cx.text.length);
  return { body, trailing, span: cx.span(0, cx.text.length) };
}

class Attachment {
  readonly #cx: Context;
  /** Index of the next comment, counted in pairs of offsets. */
  #next = 0;

  constructor(cx: Context) {
    this.#cx = cx;
  }

  /** Statements between `start` and `end`; returns the comments after the last of them. */
  body(statements: readonly Statement[], start: number, end: number): readonly Comment[] {
    let from = start;
    for (const statement of statements) {
      const first = from === start;
      const before = this.#takeUntil(statement.span.start, first);
      const blank = this.#blankBefore(statement.span.start) && !(first && before.length === 0);
      const around = this.#surroundings(statement, before, blank);
      if (around !== PLAIN) (statement as Writable<Statement>).around = around;
      this.#blocksOf(statement);
      from = statement.span.end;
    }
    return this.#takeUntil(end, from === start);
  }

  #surroundings(s: Statement, before: readonly Comment[], blankBefore: boolean): Surroundings {
    const inside = this.#takeUntil(this.#headEnd(s), true);
    const after = this.#takeOnLine(this.#headEnd(s));
    if (before.length + inside.length === 0 && after === undefined) {
      return blankBefore ? AFTER_EMPTY_LINE : PLAIN;
    }
    return {
      before,
      blankBefore,
      ...(inside.length > 0 ? { inside: inside.map((c) => ({ ...c, blankBefore: false })) } : {}),
      ...(after !== undefined ? { after } : {}),
    };
  }

  #blocksOf(statement: Statement): void {
    const block = blockOf(statement);
    if (block !== undefined) this.#block(block);
    if (statement.kind === "if" && statement.otherwise !== undefined) {
      if (statement.elseIf) this.#elseIf(statement.otherwise.body[0]!);
      else this.#block(statement.otherwise, true);
    }
    if (statement.kind === "unreadable") this.#takeUntil(statement.span.end, false);
  }

  #elseIf(nested: Statement): void {
    const around = this.#surroundings(nested, [], false);
    if (around !== PLAIN) (nested as Writable<Statement>).around = around;
    this.#blocksOf(nested);
  }

  #block(block: Writable<Block>, isElse = false): void {
    const { start, end } = block.span;
    if (isElse) {
      const opening = this.#takeOnLine(start + 1);
      if (opening !== undefined) block.opening = opening;
    }
    const trailing = this.body(block.body, start + 1, end);
    if (trailing.length > 0) block.trailing = trailing;
    const closing = this.#takeOnLine(end);
    if (closing !== undefined) block.closing = closing;
  }

  /** The comments before `offset`; the first of them has no empty line before it if `atStart`. */
  #takeUntil(offset: number, atStart: boolean): readonly Comment[] {
    const { comments } = this.#cx.layout;
    if (!(comments[this.#next]! < offset)) return PLAIN.before;
    const taken: Comment[] = [];
    for (; comments[this.#next]! < offset; this.#next += 2) {
      const at = comments[this.#next]!;
      const blankBefore = !(atStart && taken.length === 0) && this.#blankBefore(at);
      taken.push(this.#comment(this.#next, blankBefore));
    }
    return taken;
  }

  /** The next comment if nothing but blanks and `;` stands between `offset` and it. */
  #takeOnLine(offset: number): Comment | undefined {
    const start = this.#cx.layout.comments[this.#next];
    if (start === undefined || start < offset) return undefined;
    for (let at = offset; at < start; at++) {
      if (!" \t;".includes(this.#cx.text.charAt(at))) return undefined;
    }
    this.#next += 2;
    return this.#comment(this.#next - 2, false);
  }

  #comment(index: number, blankBefore: boolean): Comment {
    const { text, layout: { comments } } = this.#cx;
    const start = comments[index]!;
    const end = comments[index + 1]!;
    return { text: text.slice(start, end), span: this.#cx.span(start, end), blankBefore };
  }

  /** Whether `offset` is the first on its line and the line before is empty. */
  #blankBefore(offset: number): boolean {
    const { text } = this.#cx;
    let newlines = 0;
    for (let at = offset - 1; at >= 0; at--) {
      const code = text.charCodeAt(at);
      if (code === 10) {
        if (++newlines === 2) return true;
      } else if (code !== 32 && code !== 9 && code !== 13) return false;
    }
    return false;
  }

  /** Where the head of a statement ends: after its opening brace, or at its end. */
  #headEnd(statement: Statement): number {
    const { span } = statement;
    if (statement.kind === "pasted") return this.#cx.text.indexOf("{", span.start) + 1;
    const block = blockOf(statement);
    return block === undefined ? span.end : block.span.start + 1;
  }
}

/** Asking each kind is faster than asking whether there is a property, and this runs for each. */
function blockOf(statement: Statement): Block | undefined {
  switch (statement.kind) {
    case "sentence":
    case "def":
    case "for":
    case "if":
    case "scenario":
      return statement.block;
    default:
      return undefined;
  }
}
