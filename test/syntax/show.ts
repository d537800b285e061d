/** Trees in short, for tests: `(+ base 4KiB)` instead of twenty lines of object. */
import { type Condition, type Expression, quote, type Statement } from "../../src/syntax/mod.ts";

/** One statement, with its block in braces. */
export function showStatement(s: Statement): string {
  switch (s.kind) {
    case "sentence":
      return `${showPhrase(s.words)}${s.block === undefined ? "" : ` ${showBody(s.block.body)}`}`;
    case "let":
      return `let ${s.name.text} = ${showPhrase(s.value)}`;
    case "def":
      return `def ${s.name.text}(${s.params.map((p) => p.text).join(" ")}) ${
        showBody(s.block.body)
      }`;
    case "for":
      return `for ${s.name.text} in ${showPhrase(s.over)} ${showBody(s.block.body)}`;
    case "if": {
      const head = `if ${showCondition(s.condition)} ${showBody(s.block.body)}`;
      if (s.otherwise === undefined) return head;
      const rest = s.elseIf ? showStatement(s.otherwise.body[0]!) : showBody(s.otherwise.body);
      return `${head} else ${rest}`;
    }
    case "use":
      return `use ${quote(s.path.value)}`;
    case "scenario":
      return `scenario ${quote(s.name.value)} ${showBody(s.block.body)}`;
    case "expect":
      return `expect ${showCondition(s.condition)}`;
    case "pasted":
      return `${s.format} <<${JSON.stringify(s.text)}>>`;
    case "unreadable":
      return `?<${s.text}>`;
  }
}

export function showBody(body: readonly Statement[]): string {
  return `{${body.map(showStatement).join("; ")}}`;
}

function showPhrase(phrase: readonly Expression[]): string {
  return phrase.map(showExpression).join(" ");
}

function showExpression(e: Expression): string {
  switch (e.kind) {
    case "word":
    case "version":
    case "mark":
      return e.kind === "version" ? `v${e.text}` : e.text;
    case "number":
      return `${e.value}`;
    case "string":
      return quote(e.value);
    case "list":
      return `[${showPhrase(e.items)}]`;
    case "call":
      return `(call ${[e.callee, ...e.args].map(showExpression).join(" ")})`;
    case "parenthesized":
      return `(${showExpression(e.inner)})`;
    case "unary":
      return `(${e.operator} ${showExpression(e.operand)})`;
    case "binary":
      return `(${e.operator} ${showExpression(e.left)} ${showExpression(e.right)})`;
  }
}

function showCondition(c: Condition): string {
  switch (c.kind) {
    case "and":
    case "or":
      return `(${c.kind} ${showCondition(c.left)} ${showCondition(c.right)})`;
    case "not":
      return `(not ${showCondition(c.operand)})`;
    case "compare":
      return `(${c.operator} <${showPhrase(c.left)}> <${showPhrase(c.right)}>)`;
    case "holds":
      return `<${showPhrase(c.phrase)}>`;
    case "group":
      return `{{${showCondition(c.inner)}}}`;
  }
}
