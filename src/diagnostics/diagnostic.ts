/** What is wrong with a text. Data only: views/ draws it, cli/ colours it. */
import type { Span } from "../text/mod.ts";

export type Severity = "error" | "warning";

/** A place and what is said of it. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

/** One complaint. `code` is a key of the catalogue; `labels` are the other halves of a conflict. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  /** Said of `span` itself, under the carets. */
  readonly label?: string;
  readonly labels?: readonly Label[];
  readonly hint?: string;
}
