/**
 * From `a + b * c` as a flat row of operands and operators to a tree. The grammar reads rows
 * because a rule for each of nine levels would cost nine calls for a lone word; the levels are here.
 */
import { joinSpans } from "../text/mod.ts";
import type { Binary, BinaryOperator, Expression } from "./tree.ts";

/** How tightly each operator binds; all of them group from the left. */
export const BINDING: Readonly<Record<BinaryOperator, number>> = {
  "..": 1,
  "@": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "<<": 6,
  ">>": 6,
  "+": 7,
  "-": 7,
  "*": 8,
  "/": 8,
  "%": 8,
};

/** An operator and the operand to its right. */
export type Tail = readonly [BinaryOperator, Expression];

/** Linear, and without recursion, whatever the length of the row. */
export function foldRow(first: Expression, rest: readonly Tail[]): Expression {
  const operands = [first];
  const operators: BinaryOperator[] = [];
  const reduce = () => {
    const right = operands.pop()!;
    const left = operands.pop()!;
    operands.push(binary(operators.pop()!, left, right));
  };
  for (const [operator, operand] of rest) {
    const binding = BINDING[operator];
    while (operators.length > 0 && BINDING[operators[operators.length - 1]!] >= binding) reduce();
    operators.push(operator);
    operands.push(operand);
  }
  while (operators.length > 0) reduce();
  return operands[0]!;
}

export function binary(operator: BinaryOperator, left: Expression, right: Expression): Binary {
  return { kind: "binary", operator, left, right, span: joinSpans(left.span, right.span) };
}
