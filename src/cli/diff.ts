/** Unified differences of texts, as `diff -u` writes them. */

/** Lines around a difference. */
const CONTEXT = 3;

/**
 * Past this many inserted and removed lines the rest is taken as replaced: the texts have
 * nothing to do with each other, and the search costs the square of this.
 */
const MOST_EDITS = 1000;

interface Edit {
  readonly mark: " " | "-" | "+";
  readonly line: string;
}

/** Empty for equal texts; else the two header lines and the hunks. */
export function unifiedDiff(
  before: string,
  after: string,
  names: readonly [string, string],
): string[] {
  if (before === after) return [];
  const edits = compare(linesOf(before), linesOf(after));
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunks(edits)];
}

/** A missing newline at the end is a difference too, so it is shown as `diff` shows it. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  else lines[lines.length - 1] += "\n\\ No newline at end of file";
  return lines;
}

function compare(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head && tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) tail++;
  return [
    ...before.slice(0, head).map(same),
    ...shortestEdits(
      before.slice(head, before.length - tail),
      after.slice(head, after.length - tail),
    ),
    ...before.slice(before.length - tail).map(same),
  ];
}

const same = (line: string): Edit => ({ mark: " ", line });
const removed = (line: string): Edit => ({ mark: "-", line });
const added = (line: string): Edit => ({ mark: "+", line });

/** Myers 1986, "An O(ND) difference algorithm": the furthest point on each diagonal, edit by edit. */
function shortestEdits(a: readonly string[], b: readonly string[]): Edit[] {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const furthest: number[] = [];
  const history: number[][] = [];
  const at = (v: readonly number[], k: number): number => v[k + most + 1] ?? 0;
  for (let edits = 0; edits <= most; edits++) {
    history.push(furthest.slice());
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && at(furthest, k - 1) < at(furthest, k + 1));
      let x = down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[k + most + 1] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, history, at);
    }
  }
  return [...a.map(removed), ...b.map(added)];
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  history: readonly number[][],
  at: (v: readonly number[], k: number) => number,
): Edit[] {
  const edits: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = history.length - 1; d >= 0; d--) {
    const v = history[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(v, k - 1) < at(v, k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(v, fromK);
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      edits.push(same(a[--x]!));
      y--;
    }
    if (d > 0) edits.push(down ? added(b[--y]!) : removed(a[--x]!));
  }
  return edits.reverse();
}

function* hunks(edits: readonly Edit[]): Generator<string, void, void> {
  let beforeLine = 1;
  let afterLine = 1;
  for (let i = 0; i < edits.length;) {
    const next = edits.findIndex((edit, j) => j >= i && edit.mark !== " ");
    if (next === -1) return;
    const start = Math.max(i, next - CONTEXT);
    beforeLine += start - i;
    afterLine += start - i;
    const end = hunkEnd(edits, next);
    const part = edits.slice(start, end);
    const beforeCount = part.filter((e) => e.mark !== "+").length;
    const afterCount = part.filter((e) => e.mark !== "-").length;
    yield `@@ -${place(beforeLine, beforeCount)} +${place(afterLine, afterCount)} @@`;
    for (const { mark, line } of part) yield mark + line;
    beforeLine += beforeCount;
    afterLine += afterCount;
    i = end;
  }
}

/** Two differences with at most twice the context between them share a hunk. */
function hunkEnd(edits: readonly Edit[], first: number): number {
  let last = first;
  for (let i = first; i < edits.length && i - last <= 2 * CONTEXT; i++) {
    if (edits[i]!.mark !== " ") last = i;
  }
  return Math.min(edits.length, last + 1 + CONTEXT);
}

/** An empty side is numbered by the line before it. */
function place(line: number, count: number): string {
  return count === 0 ? `${line - 1},0` : count === 1 ? `${line}` : `${line},${count}`;
}
