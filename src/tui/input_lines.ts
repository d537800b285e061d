/**
 * The line that is being typed, and what hangs on it: search, completion, what is wrong so far. Of a
 * long text only what is around the caret is looked at.
 */
import type { Session } from "../session/mod.ts";
import { codeLines } from "./code.ts";
import { MORE, PROMPT } from "./prompt.ts";
import { cut, line, pad, piece, shorten, type StyledLine, textWidth } from "./styled.ts";
import { marked, type Wrong } from "./wrong.ts";

export interface InputArea {
  readonly lines: readonly StyledLine[];
  /** Where the terminal's cursor goes, in the area. */
  readonly caret: { readonly x: number; readonly y: number };
}

/** Texts longer than this are coloured in the part that is seen alone. */
const WHOLE = 8192;

/** How many rows the input would like. */
export function inputHeight({ input }: Session, most: number): number {
  if (input.search !== undefined) return 1;
  let rows = 1;
  for (let at = input.text.indexOf("\n"); at >= 0 && rows < most; rows++) {
    at = input.text.indexOf("\n", at + 1);
  }
  return rows;
}

export function inputArea(
  session: Session,
  width: number,
  height: number,
  wrong?: Wrong,
): InputArea {
  const { input, model } = session;
  if (input.search !== undefined) return searchArea(session, width);
  const { text, caret } = input;
  const before = text.slice(0, caret).split("\n");
  const caretRow = before.length - 1;
  const first = Math.max(0, Math.min(caretRow - height + 1, caretRow));
  const texts = text.split("\n");
  const rows = text.length <= WHOLE ? markedRows(codeLines(text, model), texts, wrong) : undefined;
  const room = width - PROMPT.length;
  const lines: StyledLine[] = [];
  let x = 0;
  for (let row = first; row < Math.min(texts.length, first + height); row++) {
    const prompt = piece(row === 0 ? PROMPT : MORE, "key");
    const typed = texts[row]!;
    if (row !== caretRow) {
      lines.push([prompt, ...(rows?.[row] ?? line(cut(typed.slice(0, width), room)))]);
      continue;
    }
    const column = textWidth(before[caretRow]!.slice(-WHOLE));
    if (rows !== undefined && textWidth(typed) < room) {
      lines.push([prompt, ...rows[row]!]);
      x = PROMPT.length + column;
      continue;
    }
    // The line is longer than the screen: the part around the caret.
    const offset = before[caretRow]!.length;
    const start = Math.max(0, offset - Math.floor(room * 0.75));
    const part = typed.slice(start, start + room);
    lines.push([prompt, ...(codeLines(part, model)[0] ?? [])]);
    x = PROMPT.length + textWidth(typed.slice(start, offset));
  }
  return { lines, caret: { x: Math.min(x, width - 1), y: caretRow - first } };
}

function markedRows(
  rows: readonly StyledLine[],
  texts: readonly string[],
  wrong: Wrong | undefined,
): readonly StyledLine[] {
  if (wrong === undefined) return rows;
  let offset = 0;
  return rows.map((row, i) => {
    const result = marked(row, offset, wrong);
    offset += texts[i]!.length + 1;
    return result;
  });
}

function searchArea({ input, history }: Session, width: number): InputArea {
  const { query, skip } = input.search!;
  const label = `(search) ${query}`;
  const hits = query === "" ? [] : history.filter((entry) => entry.includes(query)).toReversed();
  const hit = hits[skip];
  const found = hit === undefined
    ? piece(query === "" ? "" : "  nothing like that", "warn")
    : piece(`  ${shorten(hit.split("\n", 1)[0]!, width)}`, "strong");
  return {
    lines: [[piece("(search) ", "key"), piece(query, "strong"), found]],
    caret: { x: Math.min(textWidth(label), width - 1), y: 0 },
  };
}

/** The candidates, one to a row, the marked one in sight. */
export function completionLines({ input }: Session, width: number, height: number): StyledLine[] {
  const { completion } = input;
  if (completion === undefined || completion.candidates.length === 0) return [];
  const { candidates, selected } = completion;
  const rows = Math.min(height, candidates.length);
  const first = Math.max(0, Math.min(selected - rows + 1, candidates.length - rows));
  const names = Math.min(
    Math.floor(width / 2),
    Math.max(...candidates.slice(first, first + rows).map(({ text }) => textWidth(text))),
  );
  return candidates.slice(first, first + rows).map(({ text, kind, detail }, i) => {
    const marked = first + i === selected;
    const left = first > 0 && i === 0
      ? "↑"
      : i === rows - 1 && first + rows < candidates.length
      ? "↓"
      : " ";
    return [
      piece(`${left} ${pad(shorten(text, names), names)}  `, marked ? "current" : "selected"),
      piece(pad(` ${kind}`, 11), marked ? "current" : "selected"),
      piece(
        pad(
          shorten(` ${detail}`, Math.max(0, width - names - 16)),
          Math.max(0, width - names - 16),
        ),
        marked ? "current" : "selected",
      ),
    ];
  });
}
