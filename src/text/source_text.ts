/** A script's text and the places in it. Offsets count UTF-16 units, as JavaScript strings do. */

/** `[start, end)` offsets into the text of `source`, an index into the session's list of texts. */
export interface Span {
  readonly source: number;
  readonly start: number;
  readonly end: number;
}

/** 1-based line and column; a column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One text that was read: a file, standard input, or a line typed at the REPL. */
export class SourceText {
  /** What diagnostics print; never an absolute path of this machine unless the user typed one. */
  readonly name: string;
  readonly text: string;
  readonly id: number;
  #lineStarts: readonly number[] | undefined;

  constructor(id: number, name: string, text: string) {
    this.id = id;
    this.name = name;
    this.text = text;
  }

  /** Costs one pass over the text on the first call, then a binary search. */
  position(offset: number): Position {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }

  /** The text of a 1-based line without its line ending; empty past the end. */
  line(number: number): string {
    const starts = this.#starts();
    const start = starts[number - 1];
    if (start === undefined) return "";
    const next = starts[number] ?? this.text.length + 1;
    return this.text.slice(start, next - 1).replace(/\r$/, "");
  }

  get lineCount(): number {
    return this.#starts().length;
  }

  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  #starts(): readonly number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1)) {
      starts.push(at + 1);
    }
    this.#lineStarts = starts;
    return starts;
  }
}

export function joinSpans(a: Span, b: Span): Span {
  return { source: a.source, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
