/** Numbers as the kernel reads them from its command line, with their unit. */

/** What was read at a place in a text: `end` is the index behind it, equal to the start if nothing. */
export interface Parsed {
  /** Unsigned 64 bits: what does not fit has wrapped. */
  readonly value: bigint;
  readonly end: number;
}

const UNITS = "KMGTPE";

/**
 * A number without sign or leading blanks: `0x` hexadecimal, leading `0` octal, else decimal.
 * `0x` without a hexadecimal digit behind it is the octal number 0, followed by an `x`. A number
 * too large does not stop the reading: it wraps, digit by digit. [linux:simple_strtoull]
 */
export function simpleStrtoull(text: string, at: number): Parsed {
  let base = 10;
  let end = at;
  if (text[at] === "0") {
    const prefixed = text[at + 1]?.toLowerCase() === "x" && digit(text, at + 2, 16) !== undefined;
    base = prefixed ? 16 : 8;
    if (prefixed) end = at + 2;
  }
  let value = 0n;
  for (let d = digit(text, end, base); d !== undefined; d = digit(text, end, base)) {
    value = BigInt.asUintN(64, value * BigInt(base) + BigInt(d));
    end++;
  }
  return { value, end };
}

/**
 * A number and one optional unit, in either case, 1024 each. The unit is taken even where no digit
 * is before it: `M` reads as 0 and counts as something read. [linux:memparse]
 */
export function memparse(text: string, at: number): Parsed {
  const { value, end } = simpleStrtoull(text, at);
  const unit = end < text.length ? UNITS.indexOf(text[end].toUpperCase()) : -1;
  if (unit < 0) return { value, end };
  return { value: BigInt.asUintN(64, value << BigInt(10 * (unit + 1))), end: end + 1 };
}

function digit(text: string, at: number, base: number): number | undefined {
  if (at >= text.length) return undefined;
  const c = text.charCodeAt(at);
  const lower = c | 0x20;
  const value = c >= 48 && c <= 57 ? c - 48 : lower >= 97 && lower <= 102 ? lower - 87 : base;
  return value < base ? value : undefined;
}
