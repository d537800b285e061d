/** Characters that no text may contain, not even in a comment: they hide what the text says. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { SourceText } from "../text/mod.ts";

/**
 * Control characters but tab and line feed, and carriage return before it; line and paragraph
 * separators, which some editors show as new lines; marks that change the direction of text;
 * a byte order mark that is not the first character; what a decoder puts for bytes that are no
 * UTF-8; halves of surrogate pairs. Equal ones in a row count once.
 */
const BAD =
  // deno-lint-ignore no-control-regex
  /([\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]|\r(?!\n)|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff])\1*/g;

/** Without surrogates, which a faster question finds. A text without any costs one pass. */
const MAYBE_BAD =
  // deno-lint-ignore no-control-regex
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]|\r(?!\n)/;

/** All of them, up to `limit` diagnostics. A byte order mark at the very start is allowed. */
export function checkCharacters(source: SourceText, limit: number): Diagnostic[] {
  const { text } = source;
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const rest = start === 0 ? text : text.slice(start);
  if (!MAYBE_BAD.test(rest) && rest.isWellFormed()) return [];
  const diagnostics: Diagnostic[] = [];
  for (const match of rest.matchAll(BAD)) {
    if (diagnostics.length === limit) break;
    const at = start + match.index;
    const span = { source: source.id, start: at, end: at + match[0].length };
    diagnostics.push({ ...describe(match[0]), severity: "error", span });
  }
  return diagnostics;
}

/** Whether `checkCharacters` has a word for the character at `at`. */
export function isBadCharacter(text: string, at: number): boolean {
  if (text[at] === "\r") return text[at + 1] !== "\n";
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  return MAYBE_BAD.test(character) || !character.isWellFormed();
}

function describe(run: string): Pick<Diagnostic, "code" | "message" | "label" | "hint"> {
  const times = run.length > 1 ? `, ${run.length} times` : "";
  if (run[0] === "\uFFFD" || !run.isWellFormed()) {
    return {
      code: "KX0002",
      message: `Broken text: bytes that are not UTF-8${times}`,
      hint: "Save the file as UTF-8",
    };
  }
  if (run[0] === "\r") {
    return {
      code: "KX0003",
      message: `Lone carriage return${times}`,
      hint: "Lines end in LF or CRLF",
    };
  }
  const code = run.charCodeAt(0);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const escape = code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : undefined;
  return {
    code: "KX0001",
    message: `Invisible character ${name}${nameOf(code)}${times}`,
    ...(escape === undefined ? {} : { hint: `A string can say it as \`${escape}\`` }),
  };
}

function nameOf(code: number): string {
  if (code === 0) return " (NUL)";
  if (code === 0x1b) return " (ESC)";
  if (code === 0xfeff) return " (byte order mark)";
  if (code === 0x2028 || code === 0x2029) return " (line or paragraph separator)";
  if (code >= 0x200e) return " (direction of text)";
  return " (control character)";
}
