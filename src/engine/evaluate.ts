/** Expressions, phrases and conditions, evaluated over a machine. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { closest } from "../diagnostics/mod.ts";
import type { Machine, QueryShape } from "../machine/mod.ts";
import type { Binary, Expression, Phrase, Sentence } from "../syntax/mod.ts";
import { joinSpans, type Span } from "../text/mod.ts";
import { matchQuery, type QueryMatch } from "../check/mod.ts";
import { boolean, integer, kindName, NOTHING, show, text, type Value, word } from "./values.ts";

/** A text that describes no machine, found while running: reported like any diagnostic. */
export class Complaint extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

export function complain(code: string, span: Span, message: string, hint?: string): never {
  throw new Complaint({
    code,
    severity: "error",
    message,
    span,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Names that are bound where an expression stands, innermost first. */
export interface Scope {
  lookup(name: string): Value | undefined;
  /** Every bound name, for did-you-mean. */
  names(): string[];
}

/** What an expression may ask of its surroundings. */
export interface Surroundings {
  readonly machine: Machine;
  readonly scope: Scope;
  readonly queries: readonly QueryShape[];
  /** Which page of help lists them, where it is not that of `expect`. */
  readonly helpTopic?: string;
  /** Evaluates a query that needs more than the machine: the last errno, a fork. */
  ask(match: QueryMatch, phrase: Phrase): Value | undefined;
  /** `errno of STATEMENT`: what the operation would give, on a fork. */
  errnoOf?(words: Phrase): Value;
}

/** The widest integer that the language computes with; arguments of calls are cut to 64 bits later. */
const INTEGER_LIMIT = 1n << 128n;
const U64_LIMIT = 1n << 64n;

export function evaluate(e: Expression, around: Surroundings): Value {
  switch (e.kind) {
    case "number":
      if (e.value >= U64_LIMIT) {
        complain("KX0401", e.span, `\`${e.digits}${e.unit ?? ""}\` does not fit into 64 bits`);
      }
      return integer(e.value, /^0x/i.test(e.digits) ? "hex" : "decimal");
    case "version":
      return text(e.text);
    case "string":
      return text(e.value);
    case "word":
      return around.scope.lookup(e.text) ?? constantWord(e.text) ?? evaluatePhrase([e], around);
    case "list":
      return { kind: "list", items: e.items.map((item) => evaluate(item, around)) };
    case "parenthesized":
      return evaluate(e.inner, around);
    case "unary": {
      const value = numberOf(e.operand, around);
      return integer(bounded(e.operator === "-" ? -value : BigInt.asUintN(64, ~value), e.span));
    }
    case "binary":
      return evaluateBinary(e, around);
    case "call":
      return evaluateCall(e.callee.text, e.args, e.span, around);
    case "mark":
      return complain("KX0205", e.span, `\`${e.text}\` is not expected here`);
  }
}

function constantWord(name: string): Value | undefined {
  return name === "true" ? boolean(true) : name === "false" ? boolean(false) : undefined;
}

/** Functions of the language: few, since `def` makes statements, not values. */
function evaluateCall(
  name: string,
  args: readonly Expression[],
  span: Span,
  around: Surroundings,
): Value {
  const values = args.map((arg) => evaluate(arg, around));
  const numbers = (): bigint[] =>
    values.map((v, i) => v.kind === "integer" ? v.value : wrongKind("a number", v, args[i]!.span));
  const arity = (count: number): void => {
    if (args.length !== count) {
      complain("KX0103", span, `\`${name}\` takes ${count} values: ${args.length} given`);
    }
  };
  switch (name) {
    case "min":
    case "max": {
      const all = numbers();
      if (all.length === 0) complain("KX0103", span, `\`${name}\` needs at least one value`);
      return integer(all.reduce((a, b) => (name === "min") === (a < b) ? a : b), "hex");
    }
    case "align_up":
    case "align_down": {
      arity(2);
      const [value, unit] = numbers() as [bigint, bigint];
      if (unit <= 0n) complain("KX0403", span, "The alignment must be above zero");
      const down = value - (value % unit);
      return integer(name === "align_down" || down === value ? down : down + unit, "hex");
    }
    default: {
      const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
      if (part === undefined) {
        return complain(
          "KX0101",
          span,
          `Unknown function \`${name}\``,
          hintOf(closest(name, FUNCTIONS)),
        );
      }
      arity(1);
      return part(values[0]!) ??
        complain("KX0404", args[0]!.span, `${capital(kindName(values[0]!))} has no \`${name}\``);
    }
  }
}

function evaluateBinary(e: Binary, around: Surroundings): Value {
  // A long chain leans left: walked in a loop, since recursion has a limit.
  const chain: Binary[] = [];
  let left: Expression = e;
  while (left.kind === "binary") {
    chain.push(left);
    left = left.left;
  }
  let value = evaluate(left, around);
  for (const node of chain.reverse()) value = combine(node, value, around);
  return value;
}

function combine(node: Binary, left: Value, around: Surroundings): Value {
  const a = left.kind === "integer" ? left.value : wrongKind("a number", left, node.left.span);
  const b = numberOf(node.right, around);
  switch (node.operator) {
    case "..":
      if (b < a) {
        complain(
          "KX0402",
          node.span,
          `The range ends before it starts: ${hexed(a)} .. ${hexed(b)}`,
        );
      }
      return { kind: "range", start: a, end: b };
    case "@":
      return { kind: "range", start: b, end: bounded(a + b, node.span) };
    case "/":
    case "%":
      if (b === 0n) complain("KX0403", node.right.span, "Division by zero");
      break;
    case "<<":
    case ">>":
      if (b < 0n || b > 128n) complain("KX0403", node.right.span, `Cannot shift by ${b}`);
      break;
    default:
      break;
  }
  const style = left.kind === "integer" && left.style === "hex" ? "hex" : "decimal";
  return integer(bounded(arithmetic(node.operator, a, b), node.span), style);
}

function arithmetic(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    default:
      return a ^ b;
  }
}

function bounded(value: bigint, span: Span): bigint {
  if (value >= INTEGER_LIMIT || value <= -INTEGER_LIMIT) {
    complain("KX0401", span, "This number is beyond what kx computes with (128 bits)");
  }
  return value;
}

export function numberOf(e: Expression, around: Surroundings): bigint {
  const value = evaluate(e, around);
  return value.kind === "integer" ? value.value : wrongKind("a number", value, e.span);
}

/** An unsigned 64-bit value, as a register or a struct field holds it; −1 and the like wrap as in C. */
export function u64Of(e: Expression, around: Surroundings): bigint {
  const value = numberOf(e, around);
  if (value >= U64_LIMIT || value < -(U64_LIMIT >> 1n)) {
    complain("KX0401", e.span, `${show(integer(value))} does not fit into 64 bits`);
  }
  return BigInt.asUintN(64, value);
}

export function wrongKind(wanted: string, value: Value, span: Span): never {
  if (value.kind === "word") {
    return complain("KX0101", span, `Unknown name \`${value.value}\``);
  }
  return complain("KX0404", span, `Expected ${wanted}: this is ${kindName(value)}`);
}

function hexed(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function hintOf(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `Did you mean \`${meant}\`?`;
}

/** Words that take a part of what follows: `start of crash region`, or `start(region)` in an expression. */
const PARTS: Readonly<Record<string, (value: Value) => Value | undefined>> = {
  start: (v) => v.kind === "range" ? integer(v.start, "hex") : undefined,
  end: (v) => v.kind === "range" ? integer(v.end, "hex") : undefined,
  size: (v) =>
    v.kind === "range"
      ? integer(v.end - v.start)
      : v.kind === "bytes"
      ? integer(BigInt(v.value.length))
      : undefined,
  count: (v) => v.kind === "list" ? integer(BigInt(v.items.length)) : undefined,
  first: (v) => v.kind === "list" ? v.items[0] ?? NOTHING : undefined,
  last: (v) => v.kind === "list" ? v.items.at(-1) ?? NOTHING : undefined,
};

/** Every function of the language. */
export const FUNCTIONS: readonly string[] = [
  "min",
  "max",
  "align_up",
  "align_down",
  ...Object.keys(PARTS),
];

export function evaluatePhrase(phrase: Phrase, around: Surroundings): Value {
  const head = phrase[0]!;
  if (phrase.length === 1 && head.kind !== "word") return evaluate(head, around);
  if (phrase.length === 1 && head.kind === "word") {
    const bound = around.scope.lookup(head.text) ?? constantWord(head.text);
    if (bound !== undefined) return bound;
  }
  if (head.kind === "word" && phrase.length > 2 && isOf(phrase[1]!)) {
    const part = Object.hasOwn(PARTS, head.text) ? PARTS[head.text] : undefined;
    if (part !== undefined) {
      const rest = evaluatePhrase(phrase.slice(2), around);
      return part(rest) ??
        complain("KX0404", spanOf(phrase), `${capital(kindName(rest))} has no \`${head.text}\``);
    }
    if (head.text === "errno" && around.errnoOf !== undefined) {
      return around.errnoOf(phrase.slice(2));
    }
  }
  const match = matchQuery(phrase, around.queries);
  if (match !== undefined) {
    const answer = around.ask(match, phrase);
    if (answer !== undefined) return answer;
  }
  if (phrase.length === 1 && head.kind === "word") return word(head.text);
  const heads = around.queries.map((q) => q.pattern[0]).filter((w) => typeof w === "string");
  return complain(
    "KX0105",
    spanOf(phrase),
    "This phrase asks nothing that is known here",
    hintOf(head.kind === "word" ? closest(head.text, heads) : undefined) ??
      `\`kx --help ${around.helpTopic ?? "expect"}\` lists what can be asked`,
  );
}

function isOf(e: Expression): boolean {
  return e.kind === "word" && e.text === "of";
}

function capital(words: string): string {
  return words[0]!.toUpperCase() + words.slice(1);
}

export function spanOf(phrase: Phrase): Span {
  return joinSpans(phrase[0]!.span, phrase[phrase.length - 1]!.span);
}

/** The operation in `try load old`, `errno of load old`: the same sentence from a later word on. */
export function sentenceFrom(sentence: Sentence, words: Phrase): Sentence | undefined {
  const head = words[0];
  if (head === undefined || head.kind !== "word") return undefined;
  return { ...sentence, head: head.text, words };
}
