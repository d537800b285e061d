/** The script of a branch as lines, and which statement each belongs to. Made once for each branch. */
import type { StatementRecord } from "../engine/mod.ts";
import type { Branch, Entry } from "./session.ts";

export interface ScriptLine {
  readonly text: string;
  /** Index of the top-level statement; the one that follows for comments before it. */
  readonly entry: number;
  /** Whether the statement itself begins here. */
  readonly head: boolean;
}

export interface ScriptText {
  readonly lines: readonly ScriptLine[];
  /** By statement: the index of the line that it begins on. */
  readonly heads: readonly number[];
}

const made = new WeakMap<readonly Entry[], ScriptText>();

export function scriptLinesOf({ entries }: Branch): ScriptText {
  const known = made.get(entries);
  if (known !== undefined) return known;
  const lines: ScriptLine[] = [];
  const heads: number[] = [];
  for (const [entry, { script, source, span }] of entries.entries()) {
    const before = script.indexOf(source.slice(span).split("\n", 1)[0]!);
    const headLine = before < 0 ? 0 : script.slice(0, before).split("\n").length - 1;
    const rows = script.replace(/\n$/, "").split("\n");
    heads.push(lines.length + headLine);
    rows.forEach((text, i) => lines.push({ text, entry, head: i === headLine }));
  }
  const text = { lines, heads };
  made.set(entries, text);
  return text;
}

/**
 * The line of the script, from 1, on which a statement of an entry begins; undefined for one that
 * stands in another text: a file that the script uses.
 */
export function lineOfRecord(
  branch: Branch,
  index: number,
  { span }: StatementRecord,
): number | undefined {
  const { source, span: whole } = branch.entries[index]!;
  if (span.source !== source.id || span.start < whole.start || span.end > whole.end) {
    return undefined;
  }
  const { line } = source.position(span.start);
  const head = scriptLinesOf(branch).heads[index]!;
  return head + 1 + line - source.position(whole.start).line;
}
