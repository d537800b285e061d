/**
 * The resource tree of `/proc/iomem`: one line for each resource, nested by indentation.
 *
 * What pasted text does to it: a quote mark or a stamp before every line, remarks behind names,
 * tabs, a first line that is already nested, resources that someone shortened so that they end
 * before they start.
 */
import type { Range, Resource } from "../memory/mod.ts";
import { type Imported, imported, type ImportNote, refused } from "./imported.ts";
import { columnOf, hexNumber, linesOf, newSide } from "./lines.ts";

const HINT = "Paste the output of `sudo cat /proc/iomem`";

/** The problem of a text that is something else altogether. */
export const NO_IOMEM = "No line of /proc/iomem in this text";

interface IomemLine {
  readonly line: number;
  readonly column: number;
  readonly first: string;
  readonly last: string;
  readonly name: string;
}

/** A resource while its children are still being read. */
interface Growing {
  readonly line: number;
  readonly column: number;
  readonly range: Range;
  readonly name: string;
  readonly children: Growing[];
}

export function importIomem(text: string): Imported<Resource[]> {
  const lines = linesOf(text);
  if (!lines.ok) return lines;
  const remarks: ImportNote[] = [];
  const read = lines.value.flatMap((line, i) => readIomemLine(newSide(line), i + 1, remarks));
  const problem = refusal(read);
  if (problem !== undefined) return problem;
  const misfits: ImportNote[] = [];
  const roots = grow(read, misfits);
  if (roots.length === 0) return refused(misfits[0].line, misfits[0].message, HINT);
  const notes = [...remarks, ...misfits].sort((a, b) => a.line - b.line);
  return imported(roots.map(finished), notes);
}

function refusal(read: readonly IomemLine[]): Imported<never> | undefined {
  if (read.length === 0) return refused(1, NO_IOMEM, HINT);
  if (read.every((one) => /^0+$/.test(one.first) && /^0+$/.test(one.last))) {
    return refused(
      read[0].line,
      "All addresses are zero: the dump was made without privileges",
      "The kernel hides addresses from ordinary users: run `sudo cat /proc/iomem`",
    );
  }
  if (read.every((one) => one.first.length === 4 && one.last.length === 4)) {
    return refused(
      read[0].line,
      "Four-digit addresses are I/O ports: this is /proc/ioports",
      HINT,
    );
  }
  return undefined;
}

const RESOURCE = /([0-9a-f]{1,32})-([0-9a-f]{1,32})$/i;

/** Two numbers, the dash, and one character before: no more is looked at before the colon. */
const LONGEST_RANGE = 66;

function readIomemLine(line: string, number: number, notes: ImportNote[]): IomemLine[] {
  const colon = line.indexOf(" : ");
  if (colon < 0) return [];
  const from = Math.max(0, colon - LONGEST_RANGE);
  const match = RESOURCE.exec(line.slice(from, colon));
  if (match === null) return [];
  const at = from + match.index;
  if (at > 0 && /[0-9a-z_.:-]/i.test(line[at - 1])) return [];
  const [pair, first, last] = match;
  if (!/[0-9]/.test(pair)) return [];
  const name = nameOf(line.slice(colon + " : ".length).trim());
  if (name.remark !== "") note(notes, number, `Remark \`${name.remark}\`: left out`);
  return [{ line: number, column: columnOf(line, at), first, last, name: name.name }];
}

/** What people write behind a name to point at it: `<---- ESRT`, `### two nodes`. */
function nameOf(text: string): { readonly name: string; readonly remark: string } {
  const words = text.split(/[ \t]/);
  const mark = words.findIndex((word, i) => i > 0 && /^(<[-=]|#{2,}|\/\/|\u2190)/.test(word));
  if (mark < 0) return { name: text, remark: "" };
  return {
    name: words.slice(0, mark).join(" ").trim(),
    remark: words.slice(mark).join(" ").trim().slice(0, 60),
  };
}

/**
 * The parent of a line is the nearest line before it that is indented less and holds it. A line
 * that its parent by indentation does not hold climbs up, and says so.
 */
function grow(read: readonly IomemLine[], notes: ImportNote[]): Growing[] {
  const roots: Growing[] = [];
  const stack: Growing[] = [];
  for (const one of read) {
    const range = rangeOf(one, notes);
    if (range === undefined) continue;
    while (stack.length > 0 && !indents(stack, one.column, range)) stack.pop();
    let above = stack.length - 1;
    while (above >= 0 && !holds(stack[above].range, range)) above--;
    if (above < stack.length - 1) {
      note(notes, one.line, `\`${one.name}\` is not inside what it is nested in: moved up`);
    }
    const grown = { line: one.line, column: one.column, range, name: one.name, children: [] };
    const siblings = above < 0 ? roots : stack[above].children;
    const before = siblings[siblings.length - 1];
    if (before !== undefined && range.start < before.range.end) {
      if (siblings === roots && sameDumpAgain(roots, grown)) {
        note(notes, one.line, "Another dump begins here: left out");
        break;
      }
      const how = range.end > before.range.start ? "overlaps" : "is out of order behind";
      note(notes, one.line, `\`${one.name}\` ${how} \`${before.name}\` in line ${before.line}`);
    }
    siblings.push(grown);
    stack.push(grown);
  }
  return roots;
}

/** The kernel indents no deeper than this, whatever the depth. [linux:MAX_IORES_LEVEL] */
const DEEPEST_INDENT = 5;

/**
 * Whether the last line of `stack` is a parent by indentation. Below the deepest indentation all
 * columns are equal; siblings never overlap, so a line inside the one before it is nested in it.
 */
function indents(stack: readonly Growing[], column: number, range: Range): boolean {
  const last = stack[stack.length - 1];
  if (last.column !== column) return last.column < column;
  return stack.length > DEEPEST_INDENT && holds(last.range, range);
}

/** A dump begins with its first resource, so the same one again is the start of another dump. */
function sameDumpAgain(roots: readonly Growing[], next: Growing): boolean {
  return roots[0].range.start === next.range.start && roots[0].name === next.name;
}

function rangeOf(one: IomemLine, notes: ImportNote[]): Range | undefined {
  const first = hexNumber(one.first);
  const last = hexNumber(one.last);
  if (first === undefined || last === undefined) {
    note(notes, one.line, `\`${one.name}\` has an address at or above 2^53: left out`);
    return undefined;
  }
  if (last < first) {
    note(notes, one.line, `\`${one.name}\` ends before it starts: left out`);
    return undefined;
  }
  return { start: first, end: last + 1 };
}

function holds(outer: Range, inner: Range): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

/** Without recursion, which a text nested ten thousand levels deep would exhaust. */
function finished(root: Growing): Resource {
  type Made = { range: Range; name: string; children: Made[] };
  const made: Made = { range: root.range, name: root.name, children: [] };
  const work: [Growing, Made][] = [[root, made]];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [from, to] = next;
    for (const child of from.children) {
      const copy: Made = { range: child.range, name: child.name, children: [] };
      to.children.push(copy);
      work.push([child, copy]);
    }
  }
  return made;
}

function note(notes: ImportNote[], line: number, message: string): void {
  notes.push({ line, message });
}
