/**
 * What panes give back: lines of pieces, each with a class that a theme turns into colour. Widths are
 * columns of a terminal. Nothing here knows a colour.
 */
import { cellsOf, displayWidth, printable } from "../text/mod.ts";
import type { OwnerKind } from "../machine/mod.ts";

/** What a piece is, for a theme to draw. `owner-…` is one colour in every pane. */
export type Class =
  | "plain"
  | "dim"
  | "strong"
  | "title"
  | "title-focus"
  | "border"
  | "border-focus"
  | "key"
  | "current"
  | "selected"
  | "good"
  | "bad"
  | "wrong"
  | "warn"
  | "note"
  | "changed"
  | "address"
  | "number"
  | "string"
  | "keyword"
  | "name"
  | "comment"
  | `owner-${OwnerMark}`
  /** A cell of the map: the owner's colour fills it. */
  | `cell-${OwnerMark}`
  /** A cell that the last event touched, and the one that is looked at. */
  | "cell-changed"
  | "cell-looked";

export type OwnerMark = OwnerKind | "free" | "hole";

export interface Piece {
  readonly text: string;
  readonly class: Class;
}

export type StyledLine = readonly Piece[];

export const EMPTY_LINE: StyledLine = [];

export function piece(text: string, as: Class = "plain"): Piece {
  return { text, class: as };
}

export function line(text: string, as: Class = "plain"): StyledLine {
  return text === "" ? EMPTY_LINE : [{ text, class: as }];
}

/** ASCII, and the marks and frames that the panes draw themselves: each is one column wide. */
const NARROW = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f]*$/;

export function textWidth(text: string): number {
  return NARROW.test(text) ? text.length : displayWidth(text);
}

export function lineWidth(pieces: StyledLine): number {
  let width = 0;
  for (const { text } of pieces) width += textWidth(text);
  return width;
}

/** The first `width` columns of a text; a wide character that does not fit whole is left out. */
export function cut(text: string, width: number): string {
  if (NARROW.test(text)) return text.length <= width ? text : text.slice(0, width);
  let used = 0;
  let kept = "";
  for (const cell of cellsOf(text)) {
    if (used + cell.width > width) break;
    kept += cell.text;
    used += cell.width;
  }
  return kept;
}

/** A text of at most `width` columns; `…` at its end says that there is more. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return safe(text);
  return width <= 0 ? "" : `${cut(text, width - 1)}…`;
}

/** Text of somebody else, safe to print on one line. */
export function safe(text: string): string {
  return NARROW.test(text) ? text : printable(text);
}

/** Exactly `width` columns: cut with `…`, or filled with blanks. */
export function fit(pieces: StyledLine, width: number, fill: Class = "plain"): StyledLine {
  const fitted: Piece[] = [];
  let used = 0;
  for (const [i, { text, class: as }] of pieces.entries()) {
    const size = textWidth(text);
    if (used + size > width || (used + size === width && hasTextAfter(pieces, i))) {
      const short = `${cut(text, Math.max(0, width - used - 1))}…`;
      fitted.push({ text: cut(short, width - used), class: as });
      used += textWidth(fitted.at(-1)!.text);
      break;
    }
    fitted.push({ text: safe(text), class: as });
    used += size;
  }
  if (used < width) fitted.push({ text: " ".repeat(width - used), class: fill });
  return fitted;
}

function hasTextAfter(pieces: StyledLine, index: number): boolean {
  for (let i = index + 1; i < pieces.length; i++) if (pieces[i]!.text.trim() !== "") return true;
  return false;
}

/** Exactly `height` lines of exactly `width` columns. */
export function fitBlock(
  lines: readonly StyledLine[],
  width: number,
  height: number,
): StyledLine[] {
  const block = lines.slice(0, height).map((pieces) => fit(pieces, width));
  while (block.length < height) block.push(fit(EMPTY_LINE, width));
  return block;
}

/** As `text.padEnd`, in columns. */
export function pad(text: string, width: number): string {
  const size = textWidth(text);
  return size >= width ? text : text + " ".repeat(width - size);
}

/** As `text.padStart`, in columns. */
export function padLeft(text: string, width: number): string {
  const size = textWidth(text);
  return size >= width ? text : " ".repeat(width - size) + text;
}

/** Blocks of equal height side by side. */
export function beside(...blocks: readonly (readonly StyledLine[])[]): StyledLine[] {
  const height = Math.max(...blocks.map((block) => block.length));
  return Array.from(
    { length: height },
    (_, i) => blocks.flatMap((block) => block[i] ?? EMPTY_LINE),
  );
}

/** Plain text of a line, blanks at its end dropped: for tests and screen readers. */
export function plainText(pieces: StyledLine): string {
  return pieces.map(({ text }) => text).join("").trimEnd();
}

/** Neighbours of one class joined: a terminal is told of a colour once. */
export function joined(pieces: StyledLine): StyledLine {
  const result: Piece[] = [];
  for (const next of pieces) {
    if (next.text === "") continue;
    const last = result.at(-1);
    if (last?.class === next.class) {
      result[result.length - 1] = { text: last.text + next.text, class: last.class };
    } else result.push(next);
  }
  return result;
}

/** Columns `[from, to)` of a line; half of a wide character is a blank. */
export function slice(pieces: StyledLine, from: number, to: number): StyledLine {
  const result: Piece[] = [];
  let at = 0;
  for (const { text, class: as } of pieces) {
    let part = "";
    for (const cell of cellsOf(text)) {
      const end = at + cell.width;
      if (at >= from && end <= to) part += cell.text;
      else if (at < to && end > from) part += " ".repeat(Math.min(end, to) - Math.max(at, from));
      at = end;
    }
    if (part !== "") result.push(piece(part, as));
  }
  return result;
}
