/** Colours of a terminal. Only the 16 that every theme has made readable on its own background. */
import type { renderDiagnostic } from "../views/mod.ts";

type DiagnosticColours = NonNullable<Parameters<typeof renderDiagnostic>[2]["colour"]>;

type Paint = (text: string) => string;

function style(code: string): Paint {
  return (text) => text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`;
}

export const red = style("31");
export const green = style("32");
const yellow = style("33");
const dim = style("2");
const bold = style("1");

export const DIAGNOSTIC_COLOURS: DiagnosticColours = {
  error: style("1;31"),
  warning: style("1;33"),
  message: bold,
  secondary: style("34"),
  frame: dim,
  hint: style("36"),
};

/** Lines of a transcript that a reader looks for. */
const LINES: readonly (readonly [RegExp, Paint])[] = [
  [/^ *FAILED: /, style("1;31")],
  [/^ *\d+ {2}refused /, yellow],
  [/^ *\d+ {2}hazard /, yellow],
];

export function paintTranscript(line: string): string {
  for (const [pattern, paint] of LINES) if (pattern.test(line)) return paint(line);
  return line;
}

export function paintDiff(line: string): string {
  if (line.startsWith("@@")) return dim(line);
  if (line.startsWith("-")) return red(line);
  if (line.startsWith("+")) return green(line);
  return line;
}
