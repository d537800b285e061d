/** From matched expressions to the plain values that worlds and queries take. */
import type { Argument, MatchedClause } from "../check/mod.ts";
import { nounOf } from "../check/mod.ts";
import { closest } from "../diagnostics/mod.ts";
import type { ArgValue, Clause, FileBytes, ImageSpec, Param, Program } from "../machine/mod.ts";
import type { Expression } from "../syntax/mod.ts";
import { complain, evaluate, type Surroundings, u64Of, wrongKind } from "./evaluate.ts";
import { text } from "./values.ts";

/** What an argument may stand for besides values. */
export interface Sources extends Surroundings {
  image(name: string): ImageSpec | undefined;
  imageNames(): Iterable<string>;
  program(name: string): Program | undefined;
  programNames(): Iterable<string>;
  /** Opens a file; complains at `e` if it cannot be read. */
  file(path: string, e: Expression): FileBytes;
}

export function clauseOf(matched: MatchedClause, around: Sources): Clause {
  return {
    head: matched.shape.head,
    args: argsOf(matched.args, around),
    clauses: matched.clauses.map((clause) => clauseOf(clause, around)),
  };
}

export function argsOf(
  args: ReadonlyMap<string, Argument>,
  around: Sources,
): Record<string, ArgValue> {
  const values: Record<string, ArgValue> = {};
  for (const [name, argument] of args) {
    switch (argument.kind) {
      case "flag":
        values[name] = true;
        break;
      case "one":
        values[name] = argOf(argument.param, argument.expression, around);
        break;
      case "many":
        values[name] = argument.expressions.map((e) =>
          argument.param.type === "rest"
            ? nameOf(e)
            : argument.param.type === "integers"
            ? u64Of(e, around)
            : rangeOf(e, around)
        );
    }
  }
  return values;
}

export function argOf(param: Param, e: Expression, around: Sources): ArgValue {
  switch (param.type) {
    case "address":
    case "size":
    case "integer":
      return chosenNumber(param, e, u64Of(e, around));
    case "range":
      return rangeOf(e, around);
    case "ranges":
      return [rangeOf(e, around)];
    case "integers":
      return [u64Of(e, around)];
    case "program":
      return programOf(e, around);
    case "name":
    case "rest":
      return nameOf(e);
    case "word":
      return chosenWord(param, e);
    case "errno":
      return nameOf(e);
    case "version":
      return e.kind === "number"
        ? e.digits
        : e.kind === "version"
        ? e.text
        : textOf(param, e, around);
    case "text":
      return textOf(param, e, around);
    case "image":
      return imageOf(e, around);
    case "file":
      // A bare word stands for something that is no file: `kernel none`.
      return e.kind === "word" ? e.text : around.file(String(textOf(param, e, around)), e);
    case "flag":
      return true;
  }
}

function nameOf(e: Expression): string {
  switch (e.kind) {
    case "word":
    case "version":
      return e.text;
    case "string":
      return e.value;
    case "number":
      return e.digits;
    default:
      return complain("KX0207", e.span, "Expected a name here");
  }
}

function chosenNumber(param: Param, e: Expression, value: bigint): bigint {
  const { choices = [String(value)] } = param;
  if (choices.includes(String(value))) return value;
  return complain("KX0207", e.span, `\`${value}\` is not one of ${quoted(choices)}`);
}

function quoted(choices: readonly string[]): string {
  return choices.map((c) => `\`${c}\``).join(", ");
}

function chosenWord(param: Param, e: Expression): string {
  const name = nameOf(e);
  if (param.choices === undefined || param.choices.includes(name)) return name;
  const meant = closest(name, param.choices);
  return complain(
    "KX0207",
    e.span,
    `\`${name}\` is not one of ${quoted(param.choices)}`,
    meant === undefined ? undefined : `Did you mean \`${meant}\`?`,
  );
}

/** A text; a word or number in its place is taken by its letters when nothing is bound to it. */
function textOf(param: Param, e: Expression, around: Surroundings): string {
  const value = e.kind === "word"
    ? around.scope.lookup(e.text) ?? text(e.text)
    : evaluate(e, around);
  switch (value.kind) {
    case "text":
    case "word":
      return value.value;
    case "integer":
      return String(value.value);
    default:
      return complain("KX0207", e.span, `Expected ${nounOf(param)} here`);
  }
}

function rangeOf(e: Expression, around: Surroundings): { start: bigint; end: bigint } {
  const value = evaluate(e, around);
  if (value.kind !== "range") return wrongKind("a range", value, e.span);
  const limit = 1n << 64n;
  if (value.end > limit || value.start < 0n) {
    return complain("KX0401", e.span, `The range ends beyond 64 bits: ${value.end}`);
  }
  return { start: value.start, end: value.end };
}

function programOf(e: Expression, around: Sources): Program {
  const name = nameOf(e);
  const program = around.program(name);
  if (program !== undefined) return program;
  const meant = closest(name, around.programNames());
  return complain(
    "KX0101",
    e.span,
    `Unknown program \`${name}\``,
    meant === undefined
      ? "Declare it first: `program NAME(…) { … }`"
      : `Did you mean \`${meant}\`?`,
  );
}

function imageOf(e: Expression, around: Sources): ImageSpec {
  const name = nameOf(e);
  const image = around.image(name);
  if (image !== undefined) return image;
  const meant = closest(name, around.imageNames());
  return complain(
    "KX0101",
    e.span,
    `Unknown image \`${name}\``,
    meant === undefined
      ? "Declare it first: `image NAME : default { … }`"
      : `Did you mean \`${meant}\`?`,
  );
}
