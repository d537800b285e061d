/** What a number means, and what is wrong with one that means nothing. */
import { closest } from "../diagnostics/mod.ts";
import { MAX_NUMBER } from "./limits.ts";

/** Units as the grammar knows them, with the power of two that each stands for. */
const SHIFTS: ReadonlyMap<string, bigint> = new Map(
  [...letterUnits(), ["B", 0n], ["bytes", 0n], ["page", 12n], ["pages", 12n]],
);

function letterUnits(): [string, bigint][] {
  return [..."KMGTPE"].flatMap((letter, i): [string, bigint][] => {
    const shift = 10n * BigInt(i + 1);
    const small = letter.toLowerCase();
    return ["", "B", "iB"].flatMap((end): [string, bigint][] => [
      [letter + end, shift],
      [small + end, shift],
    ]);
  });
}

/** `digits` as the grammar lets them through: `0x0810_0000`, `17`, `0b101`, `0o17`. */
export function numberValue(digits: string, unit: string | null): bigint {
  // Up to 2^53 a Number is exact, and faster: 15 decimal or 13 hexadecimal digits always fit.
  const value = digits.length <= 15
    ? BigInt(smallValue(digits))
    : BigInt(digits.replaceAll("_", ""));
  return unit === null ? value : value << SHIFTS.get(unit)!;
}

const UNDERSCORE = 95;

function smallValue(digits: string): number {
  const radix = RADIX[digits.charCodeAt(1)] ?? 10;
  let value = 0;
  for (let i = radix === 10 ? 0 : 2; i < digits.length; i++) {
    const code = digits.charCodeAt(i);
    if (code === UNDERSCORE) continue;
    // Digits are 48 to 57; `a` and `A` are 10 in their low four bits plus nine.
    value = value * radix + (code < 58 ? code - 48 : (code & 15) + 9);
  }
  return value;
}

/** By the letter after the zero: X, b, o, x. */
const RADIX: Readonly<Record<number, number>> = { 88: 16, 98: 2, 111: 8, 120: 16 };

/** What to say of `raw`, which begins with a digit and is no number. */
export interface BadNumber {
  readonly label: string;
  readonly hint?: string;
}

const RADIX_NAMES: Readonly<Record<string, string>> = {
  x: "hexadecimal digit",
  b: "binary digit, 0 or 1,",
  o: "octal digit, 0 to 7,",
};

/** Goes from the most specific mistake to the least. */
export function explainBadNumber(raw: string): BadNumber {
  const radix = /^0([xXbo])(.*)$/.exec(raw);
  if (radix !== null) return badRadix(raw, radix[1]!.toLowerCase(), radix[2]!);
  const underscore = badUnderscore(raw);
  if (underscore !== undefined) return underscore;
  const fraction = /^(\d+)\.(\d+)([a-zA-Z]+)$/.exec(raw);
  if (fraction !== null) return badFraction(fraction[1]!, fraction[2]!, fraction[3]!);
  if (raw.includes(".")) {
    return {
      label: "neither a number nor a version",
      hint: `A version has digits and dots only; put any other name in quotes: \`"${raw}"\``,
    };
  }
  if (/^0\d+$/.test(raw)) {
    const octal = /^[0-7]+$/.test(raw);
    return {
      label: "begins with a zero",
      hint: `Write \`${raw.replace(/^0+(?=\d)/, "")}\`` +
        (octal ? `, or \`0o${raw.replace(/^0+(?=\d)/, "")}\` for an octal number` : ""),
    };
  }
  return badUnit(raw);
}

/** What to say of a number with too many digits. */
export function isTooLong(digits: string): boolean {
  return digits.length > MAX_NUMBER;
}

function badRadix(raw: string, letter: string, rest: string): BadNumber {
  const digit = letter === "x" ? /[0-9a-fA-F]/ : letter === "b" ? /[01]/ : /[0-7]/;
  const name = RADIX_NAMES[letter]!;
  if (rest === "") return { label: `no ${name} after \`${raw}\`` };
  const underscore = badUnderscore(raw);
  if (underscore !== undefined) return underscore;
  const wrong = [...rest].find((c) => c !== "_" && !digit.test(c))!;
  return {
    label: `\`${wrong}\` is no ${name} and no unit`,
    hint: "Units are `B` `K` `M` `G` `T` `P` `E`, `KiB` … `EiB`, `pages`",
  };
}

function badUnderscore(raw: string): BadNumber | undefined {
  if (!/__|_$|^0[xXbo]_|_[^0-9a-fA-F]/.test(raw)) return undefined;
  return { label: "`_` belongs between two digits" };
}

function badFraction(whole: string, part: string, unit: string): BadNumber {
  const shift = SHIFTS.get(unit);
  const label = "a number has no fraction";
  if (shift === undefined || part.length > 6) return { label };
  const scale = 10n ** BigInt(part.length);
  const scaled = (BigInt(whole) * scale + BigInt(part)) << shift;
  if (scaled % scale !== 0n) return { label };
  return { label, hint: `Write \`${inUnits(scaled / scale)}\`` };
}

/** The shortest exact way to write a number of bytes with a binary unit. */
function inUnits(bytes: bigint): string {
  let value = bytes;
  let unit = 0;
  for (; unit < 6 && value !== 0n && value % 1024n === 0n; unit++) value /= 1024n;
  return unit === 0 ? `${bytes}` : `${value}${"KMGTPE"[unit - 1]}iB`;
}

function badUnit(raw: string): BadNumber {
  const [, digits, word] = /^(\d+)(.*)$/.exec(raw) ?? [];
  const better = closest(word ?? "", [...SHIFTS.keys()]);
  return {
    label: `\`${word}\` is no unit`,
    hint: better === undefined
      ? "Units are `B` `K` `M` `G` `T` `P` `E`, `KiB` … `EiB`, `pages`; names begin with a letter"
      : `Write \`${digits}${better}\``,
  };
}
