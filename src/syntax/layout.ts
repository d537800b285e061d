/**
 * One pass over a text before it is parsed. It knows strings, comments, brackets and pasted blocks
 * and nothing else, so it costs about a nanosecond a character, and it answers what a grammar
 * can only find out by trying:
 *
 * - is this newline inside brackets, and so a mere blank?
 * - will this bracket be closed? If not, the parser says so at once and gives up one line only,
 *   instead of swallowing the rest of the text;
 * - is the text nested deeper than a recursive parser should follow?
 * - where are the comments, which the grammar skips as blanks?
 */
import { MAX_NESTING } from "./limits.ts";

/** Where a pasted block lies: `iomem {`, lines of text, `}`. */
export interface PastedPlace {
  readonly textStart: number;
  readonly textEnd: number;
  /** After the closing `}`, or the end of the text. */
  readonly end: number;
  /** Whether text stands on the line of the opening brace. */
  readonly sameLine: boolean;
  readonly closed: boolean;
}

/** What the pass found. All numbers are offsets. */
export interface Layout {
  /** Start and end of each comment in turn; the end is before blanks at the end of the line. */
  readonly comments: readonly number[];
  /** Start and end in turn of the outermost bracket pairs that contain a newline. */
  readonly joined: readonly number[];
  /** `(` and `[` that nothing closes before the next brace or the end. */
  readonly unclosed: ReadonlySet<number>;
  /** Brackets that are still open at the end of the text, outermost first. */
  readonly open: readonly number[];
  /** Pasted blocks by the offset after their opening brace. */
  readonly pasted: ReadonlyMap<number, PastedPlace>;
  /** The first bracket that is nested too deep. The pass stops there. */
  readonly tooDeep?: number;
}

const NEWLINE = 10;
const QUOTE = 34;
const HASH = 35;
const ROUND = 40;
const ROUND_END = 41;
const SQUARE = 91;
const BACKSLASH = 92;
const SQUARE_END = 93;
const BRACE = 123;
const BRACE_END = 125;

/** Linear in the length of the text. */
export function scanLayout(text: string): Layout {
  const comments: number[] = [];
  const joined: number[] = [];
  const unclosed = new Set<number>();
  const pasted = new Map<number, PastedPlace>();
  /** Offsets of what is open, outermost first. */
  const open: number[] = [];
  /** How many of `open`, from its end, are `(` or `[`. */
  let inner = 0;
  let newlineInside = false;

  const giveUpInner = () => {
    for (; inner > 0; inner--) unclosed.add(open.pop()!);
    newlineInside = false;
  };

  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > BRACE_END || (code > HASH && code < ROUND)) continue;
    switch (code) {
      case NEWLINE:
        if (inner > 0) newlineInside = true;
        break;
      case QUOTE:
        at = endOfString(text, at) - 1;
        break;
      case HASH: {
        const next = text.indexOf("\n", at);
        const end = next === -1 ? text.length : next;
        comments.push(at, trimmedEnd(text, at, end));
        at = end - 1;
        break;
      }
      case ROUND:
      case SQUARE:
        open.push(at);
        inner++;
        break;
      case ROUND_END:
      case SQUARE_END: {
        const match = innermost(text, open, inner, code === ROUND_END ? ROUND : SQUARE);
        if (match === -1) break;
        for (; open.length - 1 > match; inner--) unclosed.add(open.pop()!);
        const start = open.pop()!;
        inner--;
        if (inner === 0) {
          if (newlineInside) joined.push(start, at);
          newlineInside = false;
        }
        break;
      }
      case BRACE: {
        giveUpInner();
        const head = pastedHead(text, at, comments);
        if (head === undefined) {
          open.push(at);
          break;
        }
        const place = pastedPlace(text, at);
        pasted.set(at + 1, place);
        if (!place.sameLine) collectComment(text, at + 1, place.textStart, comments);
        at = place.end - 1;
        break;
      }
      case BRACE_END:
        giveUpInner();
        open.pop();
        break;
    }
    if (open.length > MAX_NESTING) return { comments, joined, unclosed, open, pasted, tooDeep: at };
  }
  for (const offset of open.slice(open.length - inner)) unclosed.add(offset);
  return { comments, joined, unclosed, open, pasted };
}

/** The offset after a string: after its closing quote, or the end of its line if it has none. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === NEWLINE) return at;
    if (code === BACKSLASH && text.charCodeAt(at + 1) !== NEWLINE) at++;
  }
  return text.length;
}

/** Where in `open` the innermost bracket like `wanted` is, among the last `inner`; -1 if nowhere. */
function innermost(text: string, open: readonly number[], inner: number, wanted: number): number {
  for (let i = open.length - 1; i >= open.length - inner; i--) {
    if (text.charCodeAt(open[i]!) === wanted) return i;
  }
  return -1;
}

function trimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}

/**
 * The offset of `iomem` or `e820` if the brace at `at` opens a pasted block: nothing but blanks
 * between the two, and the word begins a statement.
 */
function pastedHead(text: string, at: number, comments: readonly number[]): number | undefined {
  const end = trimmedEnd(text, 0, at);
  const head = text.endsWith("iomem", end) ? end - 5 : text.endsWith("e820", end) ? end - 4 : -1;
  if (head < 0) return undefined;
  return beginsStatement(text, head, comments) ? head : undefined;
}

/** A newline begins a statement unless an operator, a mark or a backslash stands before it. */
function beginsStatement(text: string, head: number, comments: readonly number[]): boolean {
  const at = significantBefore(text, head, comments);
  const before = text.charAt(at);
  if (before === "" || before === "\uFEFF" || ";{}".includes(before)) return true;
  return text.slice(at, head).includes("\n") && !CONTINUES.includes(before);
}

/** The last characters of marks and operators, after which a sentence goes on. */
export const CONTINUES = ",:=.@|^&<>+-*/%~\\";

/** The offset of the last character before `offset` that is no blank and in no comment, or -1. */
export function significantBefore(
  text: string,
  offset: number,
  comments: readonly number[],
): number {
  const before = firstAbove(comments, offset);
  let comment = before - 1 - before % 2;
  let at = offset - 1;
  while (at >= 0) {
    const code = text.charCodeAt(at);
    if (comment > 0 && at === comments[comment]! - 1) {
      at = comments[comment - 1]! - 1;
      comment -= 2;
    } else if (code === NEWLINE || isBlank(code)) at--;
    else break;
  }
  return at;
}

/** Whether `offset` lies in one of the sorted, separate `[start, end]` pairs. */
export function intervalAround(pairs: readonly number[], offset: number): boolean {
  return firstAbove(pairs, offset) % 2 === 1;
}

/** The index of the first of the sorted numbers above `limit`, or their count. */
export function firstAbove(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const BLANK_OR_COMMENT_LINE = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y;
const CLOSING_LINE = /^[ \t]*\}[ \t\r]*$/gm;

/**
 * The text begins on the line after the brace. Text on the brace's own line is a mistake, which
 * the parser reports; if a brace closes that line too, the block is taken to end there.
 */
function pastedPlace(text: string, brace: number): PastedPlace {
  let textStart = brace + 1;
  BLANK_OR_COMMENT_LINE.lastIndex = textStart;
  const sameLine = !BLANK_OR_COMMENT_LINE.test(text);
  if (sameLine) {
    const newline = text.indexOf("\n", brace);
    const end = trimmedEnd(text, textStart, newline === -1 ? text.length : newline);
    if (text.charCodeAt(end - 1) === BRACE_END) {
      return { textStart, textEnd: end - 1, end, sameLine, closed: true };
    }
  } else textStart = BLANK_OR_COMMENT_LINE.lastIndex;
  CLOSING_LINE.lastIndex = textStart;
  const match = CLOSING_LINE.exec(text);
  const textEnd = match?.index ?? text.length;
  const end = match === null ? textEnd : textEnd + match[0].indexOf("}") + 1;
  return { textStart, textEnd, end, sameLine, closed: match !== null };
}

/** The comment on the line of a pasted block's brace. */
function collectComment(text: string, from: number, to: number, comments: number[]): void {
  const start = text.indexOf("#", from);
  if (start === -1 || start >= to) return;
  const newline = text.charCodeAt(to - 1) === NEWLINE ? to - 1 : to;
  comments.push(start, trimmedEnd(text, start, newline));
}
