/** A diagnostic in sentences: for a screen reader, to whom a picture with carets says nothing. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { printable, type SourceText, type Span } from "../text/mod.ts";

/** More of a text than this is not read out. */
const LONGEST = 60;

/**
 * `error KX0101: Unknown image old`, then where it stands and what stands there, then the hint. No
 * line ends in the middle of a sentence. `sources` are the texts by the number that spans carry.
 */
export function sayDiagnostic(
  { severity, code, message, span, label, labels = [], hint }: Diagnostic,
  sources: readonly SourceText[],
): string[] {
  return [
    `${severity} ${code}: ${printable(message)}`,
    ...place(span, label, sources),
    ...labels.flatMap((other) => place(other.span, other.text, sources)),
    ...(hint === undefined ? [] : [`hint: ${printable(hint)}`]),
  ];
}

function place(
  span: Span,
  label: string | undefined,
  sources: readonly SourceText[],
): string[] {
  const source = sources[span.source];
  if (source === undefined) return [];
  const { line, column } = source.position(span.start);
  const words = source.slice(span).split("\n", 1)[0]!;
  const marked = words.length > LONGEST ? `${words.slice(0, LONGEST)} and so on` : words;
  const what = marked.trim() === "" ? "" : `: ${printable(marked)}`;
  const said = label === undefined || label === "" ? "" : `, ${printable(label)}`;
  return [`${printable(source.name)} line ${line}, column ${column}${what}${said}`];
}
