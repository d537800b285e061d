/** Words, expressions and conditions as rows of pieces, which format_lines.ts puts into lines. */
import { quote } from "./strings.ts";
import type { Condition, Expression, NumberLiteral, Phrase } from "./tree.ts";

/** A token or a few that are never parted. */
export interface Piece {
  readonly text: string;
  /** Whether no space goes before it. */
  readonly tight: boolean;
  /** An offset into the source: comments before it in the source are written before it. */
  readonly at: number;
}

/** Collects the pieces of one statement. */
export class Pieces {
  readonly list: Piece[] = [];
  #tightNext = false;

  add(text: string, at: number, tight = false): void {
    this.list.push({ text, tight: tight || this.#tightNext, at });
    this.#tightNext = false;
  }

  /** A piece with no space after it: an opening bracket, or a sign. */
  addOpening(text: string, at: number): void {
    this.add(text, at);
    this.#tightNext = true;
  }

  addPhrase(phrase: Phrase): void {
    phrase.forEach((word, i) => {
      if (isRatio(phrase, i)) {
        this.add(":", word.span.start, true);
        this.#tightNext = true;
      } else this.addExpression(word);
    });
  }

  addExpression(e: Expression): void {
    const { start, end } = e.span;
    switch (e.kind) {
      case "word":
      case "version":
        return this.add(e.text, start);
      case "number":
        return this.add(numberText(e), start);
      case "string":
        return this.add(quote(e.value), start);
      case "mark":
        return this.add(e.text, start, e.text === ",");
      case "list":
        return this.#addItems("[", e.items, "]", start, end);
      case "call":
        return this.#addItems(`${e.callee.text}(`, e.args, ")", start, end);
      case "parenthesized":
        this.addOpening("(", start);
        this.addExpression(e.inner);
        return this.add(")", end - 1, true);
      case "unary":
        this.addOpening(e.operator, start);
        return this.addExpression(e.operand);
      case "binary":
        this.addExpression(e.left);
        this.add(e.operator, e.left.span.end);
        return this.addExpression(e.right);
    }
  }

  addCondition(c: Condition): void {
    switch (c.kind) {
      case "and":
      case "or":
        this.addCondition(c.left);
        this.add(c.kind, c.left.span.end);
        return this.addCondition(c.right);
      case "not":
        this.add("not", c.span.start);
        return this.addCondition(c.operand);
      case "compare":
        this.addPhrase(c.left);
        this.add(c.operator, c.left[c.left.length - 1]!.span.end);
        return this.addPhrase(c.right);
      case "holds":
        return this.addPhrase(c.phrase);
      case "group":
        this.addOpening("(", c.span.start);
        this.addCondition(c.inner);
        return this.add(")", c.span.end - 1, true);
    }
  }

  #addItems(
    open: string,
    items: readonly Expression[],
    close: string,
    start: number,
    end: number,
  ): void {
    this.addOpening(open, start);
    items.forEach((item, i) => {
      if (i > 0) this.add(",", items[i - 1]!.span.end, true);
      this.addExpression(item);
    });
    this.add(close, end - 1, true);
  }
}

/** The colon of `1:1`. */
function isRatio(phrase: Phrase, i: number): boolean {
  const word = phrase[i]!;
  return word.kind === "mark" && word.text === ":" && phrase[i - 1]?.kind === "number" &&
    phrase[i + 1]?.kind === "number";
}

/** Words stand apart from their digits, letters do not. */
function numberText({ digits, unit = "" }: NumberLiteral): string {
  return ["page", "pages", "bytes"].includes(unit) ? `${digits} ${unit}` : digits + unit;
}
