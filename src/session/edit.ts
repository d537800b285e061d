/** Editing the line that is being typed. Offsets never fall inside a character. */
import type { Action } from "./actions.ts";
import { EMPTY_INPUT, type Input } from "./input.ts";

/** More than this is no typing: `:load` reads long scripts. */
export const LONGEST_INPUT = 1 << 20;

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Neighbours are looked for among so many units, so that a long line costs no more than a short one. */
const NEAR = 64;

function before(text: string, caret: number): number {
  const from = Math.max(0, caret - NEAR);
  let last = from;
  for (const { index } of SEGMENTER.segment(text.slice(from, caret))) last = from + index;
  return caret === 0 ? 0 : last;
}

function after(text: string, caret: number): number {
  const [first] = SEGMENTER.segment(text.slice(caret, caret + NEAR));
  return first === undefined ? caret : caret + first.segment.length;
}

function wordBefore(text: string, caret: number): number {
  return text.slice(0, caret).replace(/(?:[A-Za-z0-9_]+|[^A-Za-z0-9_\s]+|^)\s*$/, "").length;
}

function wordAfter(text: string, caret: number): number {
  return caret + /^\s*(?:[A-Za-z0-9_]+|[^A-Za-z0-9_\s]+|$)/.exec(text.slice(caret))![0].length;
}

function lineStart(text: string, caret: number): number {
  return text.lastIndexOf("\n", caret - 1) + 1;
}

function lineEnd(text: string, caret: number): number {
  const end = text.indexOf("\n", caret);
  return end === -1 ? text.length : end;
}

/** Typing ends a walk through history, a search and a completion. */
export function typed(text: string, caret: number): Input {
  return { ...EMPTY_INPUT, text, caret };
}

export function insert(input: Input, text: string): Input {
  const clean = printableInput(text);
  return typed(
    input.text.slice(0, input.caret) + clean + input.text.slice(input.caret),
    input.caret + clean.length,
  );
}

/** What may stand in a script: line ends as LF, tabs as blanks, no control characters. */
export function printableInput(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\r\n?/g, "\n").replace(/\t/g, "  ").replace(/[\0-\x09\x0b-\x1f\x7f]/g, "");
}

export function remove(input: Input, what: Extract<Action, { kind: "delete" }>["what"]): Input {
  const { text, caret } = input;
  const cut = (from: number, to: number): Input =>
    from === to ? input : typed(text.slice(0, from) + text.slice(to), from);
  switch (what) {
    case "before":
      return cut(before(text, caret), caret);
    case "after":
      return cut(caret, after(text, caret));
    case "word-before":
      return cut(wordBefore(text, caret), caret);
    case "word-after":
      return cut(caret, wordAfter(text, caret));
    case "to-start":
      return cut(lineStart(text, caret), caret);
    case "to-end":
      return cut(caret, Math.max(lineEnd(text, caret), Math.min(text.length, caret)));
    case "all":
      return cut(0, text.length);
  }
}

export function moveCaret(input: Input, to: Extract<Action, { kind: "caret" }>["to"]): Input {
  const caret = caretAt(input.text, input.caret, to);
  if (caret === input.caret) return input;
  const { completion: _, search: __, ...rest } = input;
  return { ...rest, caret };
}

function caretAt(
  text: string,
  caret: number,
  to: Extract<Action, { kind: "caret" }>["to"],
): number {
  const start = lineStart(text, caret);
  const end = lineEnd(text, caret);
  switch (to) {
    case "left":
      return before(text, caret);
    case "right":
      return after(text, caret);
    case "word-left":
      return wordBefore(text, caret);
    case "word-right":
      return wordAfter(text, caret);
    case "start":
      return start;
    case "end":
      return end;
    case "first":
      return 0;
    case "last":
      return text.length;
    case "up": {
      if (start === 0) return caret;
      const above = lineStart(text, start - 1);
      return Math.min(above + caret - start, start - 1);
    }
    case "down": {
      if (end === text.length) return caret;
      return Math.min(end + 1 + caret - start, lineEnd(text, end + 1));
    }
  }
}

/** `back` lines ago in history; 0 is the draft. */
export function walkHistory(
  input: Input,
  history: readonly string[],
  to: "older" | "newer",
): Input {
  const draft = input.back === 0 ? input.text : input.draft;
  const back = Math.max(0, Math.min(history.length, input.back + (to === "older" ? 1 : -1)));
  if (back === input.back) return input;
  const text = back === 0 ? draft : history[history.length - back]!;
  return { text, caret: text.length, back, draft };
}

/** The hit of a reverse search: each line once, latest first. */
export function searchHit(history: readonly string[], query: string, skip: number) {
  if (query === "") return undefined;
  const seen = new Set<string>();
  for (let i = history.length - 1; i >= 0; i--) {
    const line = history[i]!;
    if (!line.includes(query) || seen.has(line)) continue;
    if (seen.size === skip) return line;
    seen.add(line);
  }
  return undefined;
}

export function search(
  input: Input,
  history: readonly string[],
  to: Extract<Action, { kind: "search" }>["to"],
): Input {
  const { search: current, ...rest } = input;
  switch (to) {
    case "begin":
      return current === undefined
        ? { ...input, draft: input.text, search: { query: "", skip: 0 } }
        : search(input, history, "older");
    case "older":
    case "newer": {
      if (current === undefined) return input;
      const skip = Math.max(0, current.skip + (to === "older" ? 1 : -1));
      const hit = searchHit(history, current.query, skip);
      return hit === undefined ? input : { ...input, search: { ...current, skip } };
    }
    case "accept": {
      const hit = current && searchHit(history, current.query, current.skip);
      return hit === undefined ? typed(input.draft, input.draft.length) : typed(hit, hit.length);
    }
    case "cancel":
      return current === undefined ? input : { ...rest, text: input.draft };
  }
}

/** A key while searching changes what is looked for. */
export function searchFor(input: Input, query: string): Input {
  return { ...input, search: { query, skip: 0 } };
}
