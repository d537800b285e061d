/** Numbers as Xen's command line has them. All arithmetic is of 64 bits and wraps. */
import type { CrashkernelRules } from "./rules.ts";

const U64 = (value: bigint) => BigInt.asUintN(64, value);

export interface Read {
  readonly value: bigint;
  /** Index of the first character that is not part of it. */
  readonly end: number;
}

/** Base 0: `0x` before a hexadecimal digit, else a leading 0 makes it octal. [xen:simple_strtoull] */
export function readNumber(text: string, from: number): Read {
  let at = from;
  let base = 10;
  if (text[at] === "0") {
    base = 8;
    at++;
    if (/^[xX]$/.test(text[at] ?? "") && /^[0-9a-fA-F]$/.test(text[at + 1] ?? "")) {
      base = 16;
      at++;
    }
  }
  let value = 0n;
  for (;; at++) {
    const digit = /^[0-9a-fA-F]$/.test(text[at] ?? "") ? parseInt(text[at]!, 16) : 16;
    if (digit >= base) return { value, end: at };
    value = U64(value * BigInt(base) + BigInt(digit));
  }
}

/** Which units a release knows. */
type Units = Pick<CrashkernelRules, "tera" | "percent">;

/**
 * A number and its unit. Without a unit it counts KiB, not bytes; a unit without digits is a zero and
 * is consumed all the same. A percent sign keeps the number as it is, and is not consumed: other
 * options know what to do with it. [xen:parse_size_and_unit]
 */
export function readSize(text: string, from: number, { tera, percent }: Units): Read {
  const { value, end } = readNumber(text, from);
  const units: Readonly<Record<string, bigint>> = { b: 0n, k: 10n, m: 20n, g: 30n };
  const unit = (text[end] ?? "").toLowerCase();
  const shift = unit === "t" && tera ? 40n : units[unit];
  if (percent && unit === "%") return { value, end };
  if (shift === undefined) return { value: U64(value << 10n), end };
  return { value: U64(value << shift), end: end + 1 };
}
