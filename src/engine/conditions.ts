/** Conditions of `expect` and `if`, judged over a machine. */
import type { Condition } from "../syntax/mod.ts";
import type { Span } from "../text/mod.ts";
import { complain, evaluatePhrase, type Surroundings, wrongKind } from "./evaluate.ts";
import { equal, kindName, show, type Value } from "./values.ts";

/** A condition's truth, and for a comparison what both sides were. */
export interface Verdict {
  readonly holds: boolean;
  /** `owner of 0x1000 is free`: what was found instead, when it does not hold. */
  readonly found?: string;
}

export function judge(condition: Condition, around: Surroundings): Verdict {
  switch (condition.kind) {
    case "group":
      return judge(condition.inner, around);
    case "not": {
      const inner = judge(condition.operand, around);
      return { holds: !inner.holds, found: "it does" };
    }
    case "and":
    case "or": {
      const left = judge(condition.left, around);
      if (left.holds === (condition.kind === "or")) return left;
      return judge(condition.right, around);
    }
    case "holds": {
      const value = evaluatePhrase(condition.phrase, around);
      if (value.kind === "boolean") return { holds: value.value, found: String(value.value) };
      if (value.kind === "integer") return { holds: value.value !== 0n, found: show(value) };
      if (value.kind === "nothing") return { holds: false, found: "nothing" };
      if (value.kind === "word") {
        return complain(
          "KX0105",
          condition.span,
          `\`${value.value}\` asks nothing that is known here`,
        );
      }
      return complain(
        "KX0404",
        condition.span,
        `Expected something true or false: this is ${kindName(value)}`,
      );
    }
    case "compare": {
      const left = evaluatePhrase(condition.left, around);
      const right = evaluatePhrase(condition.right, around);
      return {
        holds: compare(condition.operator, left, right, condition.span),
        found: show(left),
      };
    }
  }
}

function compare(operator: string, a: Value, b: Value, span: Span): boolean {
  switch (operator) {
    case "==":
    case "is":
      return equal(a, b);
    case "!=":
    case "is not":
      return !equal(a, b);
    case "in":
      return within(a, b, span);
    case "not in":
      return !within(a, b, span);
    default: {
      if (a.kind !== "integer" || b.kind !== "integer") {
        return wrongKind("a number", a.kind === "integer" ? b : a, span);
      }
      if (operator === "<") return a.value < b.value;
      if (operator === "<=") return a.value <= b.value;
      if (operator === ">") return a.value > b.value;
      return a.value >= b.value;
    }
  }
}

function within(a: Value, b: Value, span: Span): boolean {
  if (b.kind === "list") return b.items.some((item) => equal(a, item));
  if (b.kind === "range" && a.kind === "integer") return a.value >= b.start && a.value < b.end;
  if (b.kind === "range" && a.kind === "range") return a.start >= b.start && a.end <= b.end;
  if (b.kind === "text" && (a.kind === "text" || a.kind === "word")) {
    return b.value.includes(a.value);
  }
  return complain(
    "KX0404",
    span,
    `\`in\` needs a range, a list or a text after it: this is ${kindName(b)}`,
  );
}
