/** The script of a branch as lines, and which statement each belongs to. Made once for each branch. */
import type { Branch, Entry } from "../../session/mod.ts";

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

export function scriptText({ entries }: Branch): ScriptText {
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
