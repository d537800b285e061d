/**
 * A peggy plugin that compiles text without value to plain loops.
 *
 * peggy gives every expression a value: `$[a-z]+` collects an array of one-letter strings and
 * throws it away, and tests each letter with a regular expression. Where nobody sees the value,
 * this pass puts a predicate instead, which compares character codes and moves the cursor.
 *
 * Nobody sees the value after `$`, `&` and `!`, nor that of a rule whose name begins with `_`.
 * What such text expected is lost too: nobody misses it after `&` and `!`, where peggy is silent
 * as well, in `_` rules, which match the empty text, and in rules with a display name.
 *
 * The meaning stays that of a parsing expression: the first alternative that matches wins, and
 * repetition never gives back what it took.
 */
import type { ast, Plugin } from "peggy";

type Node = ast.Expression | ast.Named;
type Rules = ReadonlyMap<string, ast.Rule>;

export const matchers: Plugin = {
  use(config) {
    config.passes.transform.push((grammar) => {
      const rules = new Map(grammar.rules.map((rule) => [rule.name, rule]));
      // Rules are compiled into one another, so all are compiled before any is replaced.
      for (const replace of grammar.rules.flatMap((rule) => replacementsFor(rules, rule))) {
        replace();
      }
    });
  },
};

function replacementsFor(rules: Rules, rule: ast.Rule): (() => void)[] {
  if (!rule.name.startsWith("_") || !isPlain(rules, rule.expression)) {
    return replacementsIn(rules, rule.expression);
  }
  const predicate = moving(rules, rule.expression);
  return [() => rule.expression = predicate];
}

/** What to do to the operands of `$`, `&` and `!` within a node. */
function replacementsIn(rules: Rules, node: Node): (() => void)[] {
  if (node.type === "text" && isPlain(rules, node.expression)) {
    const predicate = moving(rules, node.expression);
    return [() => node.expression = predicate];
  }
  const looks = node.type === "simple_and" || node.type === "simple_not";
  // One character is what peggy itself compares as fast as can be.
  if (looks && !isOneCharacter(node.expression) && isPlain(rules, node.expression)) {
    const predicate = looking(rules, node.expression, node.type === "simple_and");
    return [() => Object.assign(node, predicate)];
  }
  return childrenOf(node).flatMap((child) => replacementsIn(rules, child));
}

/** Whether matching the node runs no code of the grammar's own, and comes to an end. */
function isPlain(rules: Rules, node: Node, within: readonly string[] = []): boolean {
  switch (node.type) {
    case "literal":
      return !node.ignoreCase && node.value !== "";
    case "class":
      return !node.ignoreCase && !node.unicode;
    case "rule_ref":
      return !within.includes(node.name) &&
        isPlain(rules, rules.get(node.name)!.expression, [...within, node.name]);
    case "action":
    case "semantic_and":
    case "semantic_not":
    case "repeated":
    case "library_ref":
      return false;
    default:
      return childrenOf(node).every((child) => isPlain(rules, child, within));
  }
}

function childrenOf(node: Node): readonly Node[] {
  if (node.type === "choice") return node.alternatives;
  if (node.type === "sequence") return node.elements;
  return "expression" in node ? [node.expression] : [];
}

function isOneCharacter(node: Node): boolean {
  return node.type === "literal" && node.value.length === 1;
}

/** A predicate that moves behind the match. */
function moving(rules: Rules, node: Node): ast.SemanticPredicate {
  const body = new Emitter(rules).emit(node, "return false;");
  return predicate(node, `let p = peg$currPos, c; ${body} peg$currPos = p; return true;`);
}

/** A predicate that only looks whether there is a match. */
function looking(rules: Rules, node: Node, wanted: boolean): ast.SemanticPredicate {
  const body = new Emitter(rules).emit(node, `return ${!wanted};`);
  return predicate(node, `let p = peg$currPos, c; ${body} return ${wanted};`);
}

function predicate({ location }: Node, code: string): ast.SemanticPredicate {
  return { type: "semantic_and", code, location, codeLocation: location };
}

/** Writes code that moves `p` behind a match, or runs `fail`, which leaves; `c` is scratch. */
class Emitter {
  readonly #rules: Rules;
  #labels = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  emit(node: Node, fail: string): string {
    switch (node.type) {
      case "literal":
        return `if (!(${literalTest(node.value)})) ${fail} p += ${node.value.length};`;
      case "class":
        return `c = input.charCodeAt(p); if (!(${classTest(node)})) ${fail} p++;`;
      case "any":
        return `if (p >= input.length) ${fail} p++;`;
      case "rule_ref":
        return this.emit(this.#rules.get(node.name)!.expression, fail);
      case "sequence":
        return node.elements.map((element) => this.emit(element, fail)).join(" ");
      case "choice":
        return this.#choice(node.alternatives, fail);
      case "optional":
        return this.#attempt((label, back) => `${this.emit(node.expression, back(label))}`);
      case "zero_or_more":
        return this.#loop(node.expression);
      case "one_or_more":
        return `${this.emit(node.expression, fail)} ${this.#loop(node.expression)}`;
      case "simple_and": {
        const saved = this.#label();
        return `const ${saved} = p; ${this.emit(node.expression, fail)} p = ${saved};`;
      }
      case "simple_not":
        return this.#attempt((label, back) => `${this.emit(node.expression, back(label))} ${fail}`);
      case "named":
      case "group":
      case "labeled":
      case "text":
        return this.emit(node.expression, fail);
      default:
        throw new Error(`No matcher for ${node.type}`);
    }
  }

  #label(): string {
    return `k${this.#labels++}`;
  }

  /** Code that may leave its block by going back to where it began. */
  #attempt(inner: (label: string, back: (label: string) => string) => string): string {
    const label = this.#label();
    const back = (l: string) => `{ p = ${l}; break ${l}; }`;
    return `${label}: { const ${label} = p; ${inner(label, back)} }`;
  }

  #choice(alternatives: readonly Node[], fail: string): string {
    const done = this.#label();
    const tries = alternatives.map((alternative) =>
      this.#attempt((label, back) => `${this.emit(alternative, back(label))} break ${done};`)
    );
    return `${done}: { ${tries.join(" ")} ${fail} }`;
  }

  #loop(node: Node): string {
    if (node.type === "class") {
      const next = "c = input.charCodeAt(++p)";
      return `c = input.charCodeAt(p); while (${classTest(node)}) ${next};`;
    }
    const label = this.#label();
    const body = this.emit(node, `{ p = ${label}; break ${label}; }`);
    return `${label}: for (;;) { const ${label} = p; ${body} }`;
  }
}

function literalTest(value: string): string {
  return [...Array(value.length).keys()]
    .map((i) => `input.charCodeAt(p${i === 0 ? "" : ` + ${i}`}) === ${value.charCodeAt(i)}`)
    .join(" && ");
}

/** Whether the character code `c` is in the class; past the end it is NaN, which is in none. */
function classTest({ parts, inverted }: ast.CharacterClass): string {
  const tests = parts.map((part) => {
    const [low, high] = (Array.isArray(part) ? part : [part, part]) as string[];
    const [from, to] = [low!.charCodeAt(0), high!.charCodeAt(0)];
    return from === to ? `c === ${from}` : `c >= ${from} && c <= ${to}`;
  });
  const any = tests.length === 0 ? "false" : tests.join(" || ");
  return inverted ? `p < input.length && !(${any})` : `(${any})`;
}
