/** Lines of pasted text: logs with time stamps, quoted mail, word diffs. Every step is linear. */
import { type Imported, refused } from "./imported.ts";

/** No kernel prints a longer line that matters; what is longer is not looked at. */
const LONGEST_LINE = 4096;

const TAB = 8;

/** The lines without their ends, or why this is no text at all. Overlong lines come back empty. */
export function linesOf(text: string): Imported<string[]> {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const line = text.slice(0, nul).split("\n").length;
    return refused(line, "This is binary data, not text", "Paste what the tool printed");
  }
  if (text.trim() === "") {
    return refused(1, "The text is empty", "Paste the output of dmesg or of /proc/iomem");
  }
  const lines = text.split("\n").map((line) =>
    line.length > LONGEST_LINE ? "" : line.endsWith("\r") ? line.slice(0, -1) : line
  );
  return { ok: true, value: lines, notes: [] };
}

/** The new side of a line of `git diff --word-diff`: `[-old-]` goes, `{+new+}` loses its marks. */
export function newSide(line: string): string {
  if (!line.includes("-]") && !line.includes("+}") && !line.includes("{+")) return line;
  let kept = "";
  let at = 0;
  for (let open = line.indexOf("[-"); open >= 0; open = line.indexOf("[-", at)) {
    const close = line.indexOf("-]", open + 2);
    if (close < 0) break;
    kept += line.slice(at, open);
    at = close + 2;
  }
  return (kept + line.slice(at)).replaceAll("{+", "").replaceAll("+}", "");
}

/** A line that mail wrapped is continued by the next one without its quote marks. */
export function unquoted(line: string): string {
  let at = 0;
  while (at < line.length && " \t>|".includes(line[at])) at++;
  return line.slice(at);
}

/** `line` up to `end` as columns on a screen: a tab goes to the next multiple of eight. */
export function columnOf(line: string, end: number): number {
  let column = 0;
  for (let i = 0; i < end; i++) {
    column = line[i] === "\t" ? column - column % TAB + TAB : column + 1;
  }
  return column;
}

/**
 * A hexadecimal number, or undefined where it reaches 2^53: there numbers are no longer exact, and
 * no machine has memory.
 */
export function hexNumber(digits: string): number | undefined {
  const significant = digits.replace(/^0+/, "");
  if (significant.length > 14) return undefined;
  const value = significant === "" ? 0 : parseInt(significant, 16);
  return value < Number.MAX_SAFE_INTEGER ? value : undefined;
}
