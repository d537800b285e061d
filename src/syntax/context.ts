/** What the grammar's actions share during one parse: the layout, and what they reported. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { SourceText, Span } from "../text/mod.ts";
import { intervalAround, type Layout, type PastedPlace } from "./layout.ts";
import { MAX_DIAGNOSTICS } from "./limits.ts";

/** What a report adds to its code, message and place. */
export interface ReportDetails extends Partial<Pick<Diagnostic, "label" | "labels" | "hint">> {
  /** Whether lines after the end of the text could still make it right: what a REPL asks. */
  readonly completable?: boolean;
}

/** How far the parser came in a statement that it cannot read. */
export interface Failure {
  readonly at: number;
  /** Display names and literals of the grammar that were possible there. */
  readonly expected: readonly string[];
}

/** One parse. A parser may try a thing twice, so the same code at the same place counts once. */
export class Context {
  readonly source: number;
  readonly text: string;
  readonly layout: Layout;
  readonly diagnostics: Diagnostic[] = [];
  /**
   * Whether something was reported that no further lines could mend. What stands behind a bracket
   * that is still open was read without it, and so tells nothing.
   */
  hopeless = false;
  /** How many `else if` were read so far. */
  elseIfs = 0;
  /** Where the latest mistake made a rule fail; -1 before the first. */
  failedAt = -1;
  readonly #explain: (start: number) => Failure;
  readonly #reported = new Set<string>();
  readonly #openBracket: number;

  constructor(source: SourceText, layout: Layout, explain: (start: number) => Failure) {
    this.text = source.text;
    this.layout = layout;
    this.source = source.id;
    this.#explain = explain;
    const isBracket = (offset: number) => "([".includes(this.text.charAt(offset));
    this.#openBracket = layout.open.find(isBracket) ?? Infinity;
  }

  span(start: number, end: number): Span {
    return { source: this.source, start, end };
  }

  report(code: string, message: string, span: Span, details: ReportDetails = {}): void {
    const { completable = false, ...rest } = details;
    if (this.isReported(code, span.start)) return;
    this.#reported.add(`${code}:${span.start}`);
    if (!completable && span.start < this.#openBracket) this.hopeless = true;
    if (this.isFull) return;
    this.diagnostics.push({ code, severity: "error", message, span, ...rest });
  }

  isReported(code: string, start: number): boolean {
    return this.#reported.has(`${code}:${start}`);
  }

  /** Whether one more than is shown was reported: then nobody asks what the others are. */
  get isFull(): boolean {
    return this.diagnostics.length > MAX_DIAGNOSTICS;
  }

  /** Reports a mistake for which the rule then fails: always false, so a predicate can return it. */
  fail(code: string, message: string, span: Span, details?: ReportDetails): false {
    this.failedAt = Math.max(this.failedAt, span.start);
    this.report(code, message, span, details);
    return false;
  }

  /** Reads the statement at `start` once more, slowly, to learn where and why it fails. */
  explain(start: number): Failure {
    return this.#explain(start);
  }

  /** Whether a newline at `offset` is a blank, being inside brackets. */
  isJoined(offset: number): boolean {
    return this.layout.joined.length > 0 && intervalAround(this.layout.joined, offset);
  }

  /** Whether something closes the bracket at `offset`; reports it if not. */
  willClose(offset: number): boolean {
    if (this.layout.unclosed.size === 0 || !this.layout.unclosed.has(offset)) return true;
    const bracket = this.text.charAt(offset);
    return this.fail("KX0016", `Unclosed \`${bracket}\``, this.span(offset, offset + 1), {
      label: `no \`${bracket === "(" ? ")" : "]"}\` for it`,
      completable: this.layout.open.includes(offset),
    });
  }

  /** The pasted block whose brace ends at `offset`. */
  pasted(offset: number): PastedPlace | undefined {
    return this.layout.pasted.get(offset);
  }
}
