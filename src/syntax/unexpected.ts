/** The message for text that no rule of the grammar fits, from what the parser expected there. */
import type { Context, Failure, ReportDetails } from "./context.ts";
import { isBadCharacter } from "./characters.ts";
import { CONTINUES, significantBefore } from "./layout.ts";

interface Message {
  readonly code: string;
  readonly text: string;
  readonly details: ReportDetails;
}

/** What stands at `at`, up to `end`. */
interface Found {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

const TOKEN =
  /[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_]*|"(?:[^"\\\n]|\\.)*"?|\.\.|[=!<>]=|<<|>>|&&|\|\||\/\/|\/\*|[^]/uy;

/** Says nothing of a character that the check of the text reported already. */
export function reportUnexpected(cx: Context, start: number, failure: Failure): void {
  const found = tokenAt(cx.text, failure.at);
  if (isBadCharacter(cx.text, found.at)) return;
  const message = sayFor(cx, start, found, failure.expected);
  const completable = isCompletable(cx, found);
  cx.report(message.code, message.text, cx.span(found.at, found.end), {
    ...message.details,
    ...(completable ? { completable } : {}),
  });
}

/** The token at `at`, or one of two characters that the parser read half of as an operator. */
function tokenAt(text: string, at: number): Found {
  const pair = text.slice(Math.max(0, at - 1), at + 1);
  if (pair.length === 2 && FOREIGN.has(pair)) {
    return { at: at - 1, end: at + 1, text: pair };
  }
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(text)?.[0] ?? "";
  const length = token.length > 60 ? 60 : token === "\n" || token === "\r" ? 0 : token.length;
  return { at, end: at + length, text: token };
}

/** From the most specific message to the least. */
function sayFor(cx: Context, start: number, found: Found, expected: readonly string[]): Message {
  return closer(found) ??
    headless(start, found) ??
    comparison(found, expected) ??
    foreign(cx, start, found) ??
    character(found) ??
    general(cx, found, summary(expected));
}

function closer({ text }: Found): Message | undefined {
  if (text !== ")" && text !== "]") return undefined;
  const opener = text === ")" ? "(" : "[";
  const details = { label: `no \`${opener}\` is open here` };
  return { code: "KX0018", text: `Stray \`${text}\``, details };
}

function headless(start: number, { at, text }: Found): Message | undefined {
  if (at !== start || !/^["0-9({[,:=.+*/<>|&^@~-]/.test(text)) return undefined;
  const hint = text === "{"
    ? "Put `{` at the end of the line of its head"
    : "A line goes on after a comma, after an operator, inside brackets, and after `\\`";
  return {
    code: "KX0019",
    text: `Statement without a head: it begins with ${show(text)}`,
    details: { label: "expected a word", hint },
  };
}

function comparison({ text }: Found, expected: readonly string[]): Message | undefined {
  const inCondition = expected.includes("a comparison");
  if (text === "=" && inCondition) {
    const details = { label: "expected `==` or `is`" };
    return { code: "KX0021", text: "Single `=` in a condition", details };
  }
  if (!inCondition && ["==", "!=", "<", "<=", ">", ">="].includes(text)) {
    return {
      code: "KX0021",
      text: `Comparison outside a condition: \`${text}\``,
      details: { label: "only `expect` and `if` compare" },
    };
  }
  return undefined;
}

/** What other languages and typesetters write, and what kx has for it. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["&&", "Write `and`"],
  ["||", "Write `or`"],
  ["!", "Write `not`"],
  ["//", "A comment begins with `#`"],
  ["/*", "A comment begins with `#`"],
  ["'", 'A string stands in `"`'],
  ["`", 'A string stands in `"`'],
  ["“", 'A string stands in `"`'],
  ["”", 'A string stands in `"`'],
  ["’", 'A string stands in `"`'],
  ["–", "A minus is `-`"],
  ["—", "A minus is `-`"],
  ["−", "A minus is `-`"],
  ["×", "Multiply with `*`"],
  ["…", "A range is `a .. b`"],
  ["\u00A0", "A blank is a plain space or a tab"],
  ["\\", "A backslash continues a line: nothing stands after it"],
  [".", "A range is `a .. b`; a dot inside a name has a letter on both sides"],
]);

function foreign(cx: Context, start: number, { text }: Found): Message | undefined {
  const hint = FOREIGN.get(text);
  if (hint === undefined) return undefined;
  // Outside a condition nobody negates: a stray `!` is no more than a stray character.
  if (text === "!" && !/^(?:expect|if)\b/.test(cx.text.slice(start, start + 7))) return undefined;
  return { code: "KX0011", text: `Unexpected ${show(text)}`, details: { hint } };
}

function character({ text }: Found): Message | undefined {
  if (/^[A-Za-z0-9_"#\s(){}[\],:=.@|^&<>+*/%~;-]|^$/.test(text)) return undefined;
  const details = /^\p{L}/u.test(text) ? { hint: "Names have the letters A to Z only" } : {};
  return { code: "KX0011", text: `Unexpected character ${show(text)}`, details };
}

const OPERATOR = /^(?:\.\.|<<|>>|[@|^&+*/%])$/;

function general(cx: Context, found: Found, expected: readonly string[]): Message {
  const label = expected.length > 0
    ? `expected ${listing(expected)}`
    : OPERATOR.test(found.text)
    ? "no value before it"
    : undefined;
  const details: ReportDetails = label === undefined ? {} : { label };
  const before = significantBefore(cx.text, found.at, cx.layout.comments);
  const dangling = before >= 0 && cx.text.slice(before, found.at).includes("\n");
  const hint = dangling
    ? { hint: `After \`${cx.text.charAt(before)}\` at its end, the line before goes on here` }
    : found.text === "," && expected.includes("`)`")
    ? { hint: "A list stands in `[ ]`, and a call has no space before its `(`" }
    : {};
  return {
    code: "KX0010",
    text: `Unexpected ${show(found.text)}`,
    details: { ...details, ...hint },
  };
}

/** How messages name a token: never with a character that a terminal would act on. */
function show(text: string): string {
  if (text === "") return "end of text";
  if (text === "\n" || text === "\r" || text === "#") return "end of line";
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const code = text.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  if (/^\s$/u.test(text)) return name;
  return code > 126 ? `\`${short}\` (${name})` : `\`${short}\``;
}

const VALUES = new Set(["a number", "a version", "a string", "`(`", "`[`", "a sign"]);
const ORDER = ["a word", "an expression", "an operator", "a comparison", "`{`"];

/** The names of the grammar in few words; empty where nearly anything may stand. */
function summary(expected: readonly string[]): string[] {
  const names = new Set(expected);
  if (names.has("a number")) {
    for (const name of [...VALUES, "a word"]) names.delete(name);
    if (names.has("the end of the statement")) return [];
    if (names.has("`{`")) return ["`{`"];
    names.add("an expression");
  }
  const rank = (name: string) => ORDER.indexOf(name) + 1 || ORDER.length + 1;
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function listing(names: readonly string[]): string {
  if (names.length === 1) return names[0]!;
  return `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
}

/** At the end of the text, after a mark, an operator or a backslash, the next line would count. */
function isCompletable(cx: Context, { at, text }: Found): boolean {
  if (text === "\\") return cx.text.slice(at + 1).trim() === "";
  if (text !== "") return false;
  const before = significantBefore(cx.text, at, cx.layout.comments);
  if (CONTINUES.includes(cx.text.charAt(before))) return true;
  return /\b(?:and|or|not|is|in)$/.test(cx.text.slice(Math.max(0, before - 5), before + 1));
}
