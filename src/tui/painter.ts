/**
 * Draws the screen: takes the parts that React has made, and writes what differs from what the terminal
 * shows. Ink puts a whole frame together cell by cell, which takes it 30 ms for a coloured screen of 160
 * by 50; here a part that has not changed costs nothing. So Ink runs the tree and lends the screen, and
 * its own frame stays empty.
 */
import type { Rect } from "./layout.ts";
import { fit, pad, plainText, slice, type StyledLine } from "./styled.ts";
import type { Paint } from "./theme.ts";

export interface Part {
  readonly rect: Rect;
  readonly lines: readonly StyledLine[];
  /** Lies over parts that are not. */
  readonly above?: boolean;
}

export interface Caret {
  readonly x: number;
  readonly y: number;
}

/** A piece of a row: where it begins, and what is there. */
interface Segment {
  readonly x: number;
  readonly width: number;
  readonly line: StyledLine;
}

/** Nothing of a half-drawn frame is shown by terminals that know these. */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";
const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";

export class Painter {
  readonly #write: (text: string) => void;
  readonly #parts = new Map<string, Part>();
  #columns = 0;
  #rows = 0;
  #caret: Caret | undefined;
  #paint: Paint | undefined;
  /** By row: what the terminal shows from each column on. Absent: nobody knows. */
  #shown: (Map<number, string> | undefined)[] = [];
  #shownCaret = "";
  #frame: readonly (readonly Segment[])[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** A part that begins to be, changes, or ends. */
  put(name: string, part: Part | undefined): void {
    if (part === undefined) this.#parts.delete(name);
    else this.#parts.set(name, part);
  }

  set caret(caret: Caret | undefined) {
    this.#caret = caret;
  }

  /** What the terminal shows is not what was drawn: all of it is drawn again. */
  forget(): void {
    this.#shown = [];
    this.#shownCaret = "";
  }

  /** Brings the terminal up to date. */
  draw(columns: number, rows: number, paint: Paint): void {
    const fresh = columns !== this.#columns || rows !== this.#rows || paint !== this.#paint;
    this.#columns = columns;
    this.#rows = rows;
    this.#paint = paint;
    if (fresh) this.forget();
    this.#frame = this.#compose();
    const all = this.#shown.length === 0;
    let out = all ? "\x1b[0m\x1b[2J" : "";
    for (const [y, segments] of this.#frame.entries()) out += this.#row(y, segments, paint);
    const caret = this.#caret === undefined
      ? ""
      : `\x1b[${this.#caret.y + 1};${this.#caret.x + 1}H${SHOW}`;
    if (out === "" && caret === this.#shownCaret) return;
    this.#shownCaret = caret;
    this.#write(`${BEGIN}${HIDE}${out}${caret}${END}`);
  }

  /** The screen as text, blanks at the ends of rows dropped. */
  get text(): string {
    return this.#frame.map((segments) => {
      let row = "";
      for (const { x, line } of segments) row = pad(row, x) + plainText(line);
      return row.trimEnd();
    }).join("\n");
  }

  #row(y: number, segments: readonly Segment[], paint: Paint): string {
    const known = this.#shown[y];
    const next = new Map<number, string>();
    let out = "";
    for (const { x, width, line } of segments) {
      const text = paint.line(line);
      // Its width tells two segments apart that begin alike.
      const mark = `${width}:${text}`;
      next.set(x, mark);
      if (known?.get(x) !== mark) out += `\x1b[${y + 1};${x + 1}H${text}`;
    }
    this.#shown[y] = next;
    return out;
  }

  /** Rows of segments that fill them, from the left. */
  #compose(): Segment[][] {
    const rows: Segment[][] = Array.from({ length: this.#rows }, () => []);
    const parts = [...this.#parts.values()];
    for (const part of parts) if (!part.above) this.#lay(rows, part);
    for (const row of rows) row.sort((a, b) => a.x - b.x);
    for (const part of parts) if (part.above) this.#layOver(rows, part);
    return rows.map((row) => filled(row, this.#columns));
  }

  #lay(rows: Segment[][], { rect, lines }: Part): void {
    const width = Math.min(rect.width, this.#columns - rect.x);
    if (width <= 0) return;
    for (let i = 0; i < rect.height; i++) {
      rows[rect.y + i]?.push({ x: rect.x, width, line: fitted(lines[i], width) });
    }
  }

  #layOver(rows: Segment[][], { rect, lines }: Part): void {
    const end = rect.x + rect.width;
    for (let i = 0; i < rect.height; i++) {
      const row = rows[rect.y + i];
      if (row === undefined) continue;
      const left = row.flatMap((s) => part(s, s.x, rect.x));
      const right = row.flatMap((s) => part(s, end, s.x + s.width));
      const over = { x: rect.x, width: rect.width, line: fitted(lines[i], rect.width) };
      row.splice(0, row.length, ...left, over, ...right);
    }
  }
}

/** The columns `[from, to)` of a segment, if it has any. */
function part({ x, width, line }: Segment, from: number, to: number): Segment[] {
  const start = Math.max(x, from);
  const end = Math.min(x + width, to);
  if (end <= start) return [];
  return [{ x: start, width: end - start, line: slice(line, start - x, end - x) }];
}

/** Blanks where no part is. */
function filled(row: readonly Segment[], columns: number): Segment[] {
  const result: Segment[] = [];
  let at = 0;
  for (const segment of row) {
    if (segment.x > at) result.push(blank(at, segment.x - at));
    result.push(segment);
    at = segment.x + segment.width;
  }
  if (at < columns) result.push(blank(at, columns - at));
  return result;
}

function blank(x: number, width: number): Segment {
  return { x, width, line: [{ text: " ".repeat(width), class: "plain" }] };
}

const fits = new WeakMap<StyledLine, { readonly width: number; readonly line: StyledLine }>();

/** A line made as wide as it must be, once. */
function fitted(line: StyledLine | undefined, width: number): StyledLine {
  if (line === undefined) return fit([], width);
  const known = fits.get(line);
  if (known?.width === width) return known.line;
  const result = fit(line, width);
  fits.set(line, { width, line: result });
  return result;
}
