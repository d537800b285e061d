/** How many nodes lie on the longest path from one of these expressions or conditions to a leaf. */
import type { Block, Condition, Expression, Statement } from "./tree.ts";

type Node = Expression | Condition;

/** Without recursion, for its very purpose is to find trees too high for it. Linear. */
export function heightOf(roots: readonly Node[]): number {
  let highest = 0;
  const waiting = roots.map((root): [Node, number] => [root, 1]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, depth] = next;
    highest = Math.max(highest, depth);
    for (const child of childrenOf(node)) waiting.push([child, depth + 1]);
  }
  return highest;
}

/** How deep the blocks of a statement are nested; each `else if` counts as one more. Linear. */
export function depthOf(root: Statement): number {
  let deepest = 0;
  const waiting: [Statement, number][] = [[root, 1]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [statement, depth] = next;
    deepest = Math.max(deepest, depth);
    for (const { body } of blocksOf(statement)) {
      for (const child of body) waiting.push([child, depth + 1]);
    }
  }
  return deepest;
}

function blocksOf(statement: Statement): readonly Block[] {
  const block = "block" in statement ? statement.block : undefined;
  const otherwise = "otherwise" in statement ? statement.otherwise : undefined;
  return [block, otherwise].filter((b) => b !== undefined);
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "binary":
    case "and":
    case "or":
      return [node.left, node.right];
    case "unary":
    case "not":
      return [node.operand];
    case "parenthesized":
    case "group":
      return [node.inner];
    case "list":
      return node.items;
    case "call":
      return node.args;
    case "compare":
      return [...node.left, ...node.right];
    case "holds":
      return node.phrase;
    case "word":
    case "number":
    case "version":
    case "string":
    case "mark":
      return [];
  }
}
