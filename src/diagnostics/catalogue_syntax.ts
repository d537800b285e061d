/** KX00xx: what cannot be read. */
import type { CatalogueSection } from "./catalogue_entry.ts";

export const syntax: CatalogueSection = {
  KX0001: {
    title: "Invisible character",
    explanation:
      "Control characters, line separators, byte order marks inside a text and marks that turn the direction of text are refused everywhere, comments included: a reader would not see what kx sees.",
    example: "load old \\x1b[8m",
  },
  KX0002: {
    title: "Broken text",
    explanation:
      "The file has bytes that are not UTF-8, or the replacement character that some program already put for such bytes.",
    example: "# caf\\xe9",
  },
  KX0003: {
    title: "Lone carriage return",
    explanation:
      "Lines end in LF or CRLF. A carriage return alone moves the cursor back on a terminal and could hide what stands before it.",
    example: "load old\\r# load new",
  },
  KX0010: {
    title: "Unexpected text",
    explanation:
      "Something stands where the grammar has no place for it; the label says what could stand there. The line is skipped, and reading goes on after it.",
    example: "let 5 = size",
  },
  KX0011: {
    title: "Unexpected character",
    explanation:
      "The character belongs to no word, number, string or operator. Names have the letters A to Z, digits and `_`; anything else goes into a string.",
    example: "load old!",
  },
  KX0012: {
    title: "Unclosed string",
    explanation:
      'A string ends with `"` on the line on which it begins. `\\n` in it is a new line.',
    example: 'cmdline "quiet',
  },
  KX0013: {
    title: "Unknown escape",
    explanation:
      'After a backslash in a string stands one of `n` `t` `r` `0` `\\` `"`, or `x` and two hexadecimal digits.',
    example: 'file "images\\capture.bin"',
  },
  KX0014: {
    title: "Unreadable number",
    explanation:
      "A number is decimal without leading zero, or `0x`, `0b`, `0o` and digits; `_` may stand between two digits. A unit may follow: `64MiB`, `64M`, `17 pages`. All units are powers of two, as the kernel reads them. Numbers have no fraction.",
    example: "memory 1.5GiB",
  },
  KX0016: {
    title: "Unclosed `(` or `[`",
    explanation:
      "Nothing closes the bracket before the next brace or the end of the text. Newlines inside brackets are blanks, so its `)` or `]` may stand on a later line, but no block can.",
    example: "let size = (4KiB + 64",
  },
  KX0017: {
    title: "Unclosed `{`",
    explanation: "The text ends before the block does.",
    example: "machine host {\n  cpus 4",
  },
  KX0018: {
    title: "Stray bracket or brace",
    explanation: "It closes what is not open.",
    example: "load old }",
  },
  KX0019: {
    title: "Statement without a head",
    explanation:
      "Each statement begins with a word that says what it is about. A sentence goes on in the next line only after a comma, after an operator, inside brackets, or after `\\` at the end of the line; and the `{` of its block stands on its last line.",
    example: "machine host\n{\n}",
  },
  KX0020: {
    title: "Misplaced `else`",
    explanation: "`else` stands after the `}` of an `if`, and a block or another `if` follows it.",
    example: "else { load old }",
  },
  KX0021: {
    title: "Comparison in the wrong place",
    explanation:
      "`==` and its relatives compare, in conditions only: after `expect` and `if`. A single `=` gives a name to a value, after `let` only.",
    example: "expect errno = 0",
  },
  KX0022: {
    title: "Chained comparison",
    explanation: "A comparison has two sides. Join two comparisons with `and`.",
    example: "expect 0 < size < 4KiB",
  },
  KX0023: {
    title: "Condition used as a value",
    explanation:
      "Parentheses in a condition hold either a condition, which can only be joined by `and`, `or` and `not`, or a single expression, which is a value. A phrase of several words is a condition.",
    example: "expect (a or b) == c",
  },
  KX0024: {
    title: "Unclosed pasted block",
    explanation:
      "`iomem {` and `e820 {` begin text as a tool printed it. It ends at the first line that holds `}` and nothing else.",
    example: "iomem {\n00001000-0009ffff : System RAM",
  },
  KX0025: {
    title: "Pasted text on the line of its brace",
    explanation:
      "Pasted text begins on the line after `iomem {` or `e820 {`, so that it can be pasted whole.",
    example: "iomem { 00001000-0009ffff : System RAM }",
  },
};
