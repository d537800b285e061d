/** How many columns of a terminal a text takes, and a form of it that is safe to print. */

/** One character as printed: text of a known width, and where it came from. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** Offset in the text, in UTF-16 units. */
  readonly at: number;
}

const TAB_STOP = 4;

/** Characters that a terminal would act on, or that hide: printed as a symbol instead. */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;

/**
 * The characters of one line. Tabs become spaces up to the next stop; a control character becomes
 * its picture, and one that has no picture the replacement character.
 */
export function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  let at = 0;
  for (const character of line) {
    const cell = character === "\t"
      ? blanks(TAB_STOP - column % TAB_STOP, at)
      : { text: safe(character), width: widthOf(character), at };
    cells.push(cell);
    column += cell.width;
    at += character.length;
  }
  return cells;
}

function blanks(width: number, at: number): Cell {
  return { text: " ".repeat(width), width, at };
}

/** A text for one line of a terminal: nothing in it moves the cursor or turns the direction. */
export function printable(text: string): string {
  return cellsOf(text).map((cell) => cell.text).join("");
}

export function displayWidth(text: string): number {
  return cellsOf(text).reduce((sum, { width }) => sum + width, 0);
}

function safe(character: string): string {
  if (!UNSAFE.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** What joins the character before: accents, joiners, variation selectors. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060\ufe00-\ufe0f]$/u;

/**
 * Ranges of East Asian Width W and F, and of pictures that terminals draw two columns wide, with
 * small gaps filled. [Unicode 16, EastAsianWidth.txt]
 */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2753, 0x2757],
  [0x2795, 0x2797],
  [0x2b1b, 0x2b1c],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f19a],
  [0x1f200, 0x1f320],
  [0x1f32d, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f900, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

function widthOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}
