/** Escapes in strings, both ways. */

const MEANINGS: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  "\\": "\\",
  '"': '"',
};

/** The escape letters that a string may have, as a diagnostic names them. */
export const ESCAPES = '`\\n` `\\t` `\\r` `\\0` `\\\\` `\\"` `\\xNN`';

const ESCAPE = /\\(?:x[0-9a-fA-F]{2}|[^])/g;

/**
 * What stands between the quotes. `bad` hears of each escape that means nothing, with its offset
 * in `raw`; the character after the backslash then stands for itself.
 */
export function unescape(raw: string, bad: (at: number, escape: string) => void): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(ESCAPE, (escape, at: number) => {
    if (escape.length === 4) return String.fromCharCode(parseInt(escape.slice(2), 16));
    const meaning = MEANINGS[escape[1]!];
    if (meaning === undefined) bad(at, escape);
    return meaning ?? escape[1]!;
  });
}

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries(MEANINGS).map(([letter, meaning]) => [meaning, `\\${letter}`]),
);

// deno-lint-ignore no-control-regex
const NEEDS_ESCAPE = /[\0-\x1f"\\\x7f-\x9f]/g;

/** The one way kx writes a string: an escape only where the text could not stand as it is. */
export function quote(value: string): string {
  const escaped = value.replace(
    NEEDS_ESCAPE,
    (c) => LETTERS.get(c) ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}
