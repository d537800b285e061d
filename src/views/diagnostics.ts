/**
 * Diagnostics as text:
 *
 *     error[KX0304]: Reservation `video` overlaps reservation `crash`
 *       ┌─ crash.kx:5:3
 *      4│   reserve crash at 0x20000000 size 256M
 *       │   ------------- covers [0x20000000, 0x30000000)
 *      5│   reserve video at 0x2f800000 size 16M
 *       │   ^^^^^^^^^^^^^ starts 8 MiB before that end
 *     hint: The first free place after `crash` is 0x30000000
 *
 * Columns are those of a terminal: tabs are spread, wide characters count twice, and what a
 * terminal would act on is shown as a picture. A line that is too long is cut to a window around
 * what is marked.
 */
import type { Diagnostic, Label } from "../diagnostics/mod.ts";
import {
  type Cell,
  cellsOf,
  displayWidth,
  printable,
  type SourceText,
  wrapWords,
} from "../text/mod.ts";

type Role = "error" | "warning" | "message" | "secondary" | "frame" | "hint";

/** What each part of the picture is painted with; what is absent stays as it is. */
export type DiagnosticColours = Partial<Record<Role, (text: string) => string>>;

export interface DiagnosticOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour?: DiagnosticColours;
}

/** Less leaves no room for a window on a long line. */
const NARROWEST = 40;

/**
 * The picture of one diagnostic, without a newline at its end. `sources` are the texts of the
 * session, by the number that spans carry.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sources: readonly SourceText[],
  options: DiagnosticOptions,
): string {
  const { severity, code, span, label, labels = [], hint } = diagnostic;
  const width = Math.max(NARROWEST, options.width);
  const paint = (role: Role, text: string) => options.colour?.[role]?.(text) ?? text;
  const marks = [
    ...marksOf({ span, text: label ?? "" }, severity, sources),
    ...labels.flatMap((other) => marksOf(other, "secondary", sources)),
  ];
  const digits = `${Math.max(1, ...marks.map((mark) => mark.line))}`.length;
  const picture = new Picture(Math.max(2, digits + 1), width, paint);
  const [first, ...rest] = wrapWords(printable(diagnostic.message), width - code.length - 10);
  picture.lines.push(
    `${paint(severity, `${severity}[${code}]`)}: ${paint("message", first!)}`,
    ...rest.map((line) => paint("message", `  ${line}`)),
  );
  const order = [...new Set([span, ...labels.map((other) => other.span)].map((s) => s.source))];
  order.forEach((id, i) => {
    const source = sources[id];
    if (source === undefined) return;
    const start = [{ span }, ...labels].find((other) => other.span.source === id)!.span.start;
    const { line, column } = source.position(start);
    picture.place(`${printable(source.name)}:${line}:${column}`, i === 0);
    picture.excerpt(source, marks.filter((mark) => mark.source === id));
  });
  if (hint !== undefined) {
    wrapWords(printable(hint), width - 6).forEach((text, i) => {
      picture.lines.push((i === 0 ? `${paint("hint", "hint")}: ` : "      ") + text);
    });
  }
  return picture.lines.join("\n");
}

/** A part of one line that is marked. Offsets are in the line, in UTF-16 units. */
interface Mark {
  readonly source: number;
  readonly line: number;
  readonly from: number;
  readonly to: number;
  /** Empty if nothing is said here. */
  readonly text: string;
  readonly role: "error" | "warning" | "secondary";
}

/** One mark for a span within a line; for a longer one its first and its last line. */
function marksOf(
  { span, text }: Label,
  role: Mark["role"],
  sources: readonly SourceText[],
): Mark[] {
  const source = sources[span.source];
  if (source === undefined) return [];
  const first = source.position(span.start);
  const last = source.position(Math.max(span.start, span.end - 1));
  const shared = { source: span.source, text: printable(text), role };
  const from = first.column - 1;
  if (first.line === last.line) return [{ ...shared, line: first.line, from, to: last.column }];
  const lastLine = source.line(last.line);
  const lastFrom = /^\s*/.exec(lastLine)![0].length;
  return [
    { ...shared, text: "", line: first.line, from, to: source.line(first.line).length },
    { ...shared, line: last.line, from: Math.min(lastFrom, last.column - 1), to: last.column },
  ];
}

/** Rows behind a gutter of line numbers. */
class Picture {
  readonly lines: string[] = [];
  readonly #gutter: number;
  readonly #room: number;
  readonly #paint: (role: Role, text: string) => string;

  constructor(gutter: number, width: number, paint: (role: Role, text: string) => string) {
    this.#gutter = gutter;
    this.#room = width - gutter - 2;
    this.#paint = paint;
  }

  place(text: string, first: boolean): void {
    const corner = `${" ".repeat(this.#gutter)}${first ? "┌─" : "├─"}`;
    this.lines.push(`${this.#paint("frame", corner)} ${text}`);
  }

  /** The marked lines of one source, each followed by its marks. */
  excerpt(source: SourceText, marks: readonly Mark[]): void {
    let previous: number | undefined;
    const sorted = [...marks].sort((a, b) => a.line - b.line || a.from - b.from);
    for (const line of new Set(sorted.map((mark) => mark.line))) {
      if (previous !== undefined && line > previous + 1) this.#row("·", "");
      previous = line;
      this.#line(line, source.line(line), sorted.filter((mark) => mark.line === line));
    }
  }

  #line(number: number, text: string, marks: readonly Mark[]): void {
    if (text.length > LONG) {
      for (const mark of marks) this.#shortLine(number, ...shortened(text, mark));
    } else this.#shortLine(number, text, marks);
  }

  #shortLine(number: number, text: string, marks: readonly Mark[]): void {
    const line = new Line(text);
    const from = Math.min(...marks.map((mark) => line.column(mark.from)));
    const to = Math.max(...marks.map((mark) => line.column(mark.to)));
    // Marks too far apart for one window get a copy of the line each.
    const apart = line.width > this.#room && to - from > this.#room - 2 && marks.length > 1;
    if (apart) return marks.forEach((mark) => this.#shortLine(number, text, [mark]));
    const view = line.window(from, to, this.#room);
    this.#row(`${number}`, view.text);
    for (const mark of marks) this.#mark(line, view, mark);
  }

  #mark(line: Line, view: Window, { from, to, text, role }: Mark): void {
    const start = Math.max(line.column(from), view.from);
    const size = Math.max(1, Math.min(line.column(to), view.to) - start);
    const indent = start - view.from + view.shift;
    const carets = this.#paint(role, (role === "secondary" ? "-" : "^").repeat(size));
    const fits = indent + size + 1 + displayWidth(text) <= this.#room;
    const said = fits && text !== "" ? ` ${this.#paint(role, text)}` : "";
    this.#row("", `${" ".repeat(indent)}${carets}${said}`);
    if (fits || text === "") return;
    const column = Math.min(indent, Math.max(0, this.#room - displayWidth(text)));
    for (const part of wrapWords(text, this.#room - column)) {
      this.#row("", `${" ".repeat(column)}${this.#paint(role, part)}`);
    }
  }

  #row(gutter: string, text: string): void {
    const frame = this.#paint("frame", `${gutter.padStart(this.#gutter)}│`);
    this.lines.push(text === "" ? frame : `${frame} ${text}`);
  }
}

/** UTF-16 units of a line from which on it is not measured as a whole. */
const LONG = 2000;

/** The neighbourhood of a mark on a line that may have millions of characters. */
function shortened(text: string, mark: Mark): [text: string, marks: Mark[]] {
  const start = Math.max(0, mark.from - LONG / 4);
  const end = Math.min(text.length, start + LONG / 2);
  const left = start > 0 ? "…" : "";
  const right = end < text.length ? "…" : "";
  const by = start - left.length;
  const to = Math.max(mark.from + 1, Math.min(mark.to, end));
  const moved = { ...mark, from: mark.from - by, to: to - by };
  return [left + text.slice(start, end) + right, [moved]];
}

/** A part of a line: columns `[from, to)`, printed `shift` columns further to the right. */
interface Window {
  readonly from: number;
  readonly to: number;
  readonly shift: number;
  readonly text: string;
}

class Line {
  readonly width: number;
  readonly #cells: readonly Cell[];
  readonly #length: number;

  constructor(text: string) {
    this.#cells = cellsOf(text);
    this.#length = text.length;
    this.width = this.#cells.reduce((sum, cell) => sum + cell.width, 0);
  }

  /** The column of an offset; the line ending and what is behind it count one each. */
  column(offset: number): number {
    let column = 0;
    for (const cell of this.#cells) {
      if (cell.at >= offset) return column;
      column += cell.width;
    }
    return column + offset - this.#length;
  }

  /** At most `room` columns that show `[from, to)`, or its start; `…` where something is cut. */
  window(from: number, to: number, room: number): Window {
    const whole = Math.max(this.width, to);
    if (whole <= room) return { from: 0, to: whole, shift: 0, text: this.#cut(0, whole) };
    const spare = Math.max(0, room - 2 - (to - from));
    const start = Math.max(0, Math.min(from - (spare >> 1), whole - room + 1));
    const left = start > 0 ? "…" : "";
    const end = start + room - left.length;
    if (end >= whole) {
      return { from: start, to: whole, shift: left.length, text: left + this.#cut(start, whole) };
    }
    const text = `${left}${this.#cut(start, end - 1)}…`;
    return { from: start, to: end - 1, shift: left.length, text };
  }

  /** Half of a wide character at an edge becomes a space. */
  #cut(from: number, to: number): string {
    let text = "";
    let column = 0;
    for (const cell of this.#cells) {
      const end = column + cell.width;
      const inside = Math.min(end, to) - Math.max(column, from);
      if (column >= from && end <= to) text += cell.text;
      else if (inside > 0) text += " ".repeat(inside);
      column = end;
    }
    return text;
  }
}
