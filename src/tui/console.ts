/** What was typed and what kx answered: the newest at the bottom. Only lines that are seen are made. */
import type { Message, Session } from "../session/mod.ts";
import { codeLines } from "./code.ts";
import { MORE, PROMPT } from "./prompt.ts";
import { type Class, cut, EMPTY_LINE, line, piece, type StyledLine, textWidth } from "./styled.ts";

const CLASSES: Readonly<Record<Message["kind"], Class>> = {
  input: "plain",
  output: "plain",
  note: "note",
  warning: "warn",
  error: "bad",
  tour: "note",
};

/** At most `height` lines; `scroll` counts back from the last. */
export function consoleLines(
  session: Session,
  width: number,
  height: number,
  scroll: number,
): StyledLine[] {
  const { messages } = session;
  const wanted = height + scroll;
  const back: StyledLine[] = [];
  for (let i = messages.length - 1; i >= 0 && back.length < wanted; i--) {
    const message = messages[i]!;
    const lines = message.kind === "input"
      ? typedLines(session, message, width)
      : answerLines(message, width, wanted - back.length);
    if (message.kind === "tour" && i > 0 && height >= ROOMY) lines.unshift(EMPTY_LINE);
    for (let at = lines.length - 1; at >= 0; at--) back.push(lines[at]!);
  }
  const first = Math.max(0, Math.min(scroll, back.length - height));
  return back.slice(first, first + height).reverse();
}

/** Lines of the last answer that have no room above those shown; as many as `MOST_COUNTED`. */
export function linesAbove(session: Session, width: number, height: number): number {
  const { messages } = session;
  let lines = 0;
  for (let i = messages.length - 1; i >= 0 && lines < MOST_COUNTED; i--) {
    const message = messages[i]!;
    lines += message.kind === "input"
      ? typedLines(session, message, width).length
      : answerLines(message, width, MOST_COUNTED).length;
    if (message.kind === "input") break;
  }
  return Math.max(0, Math.min(lines, MOST_COUNTED) - height);
}

const MOST_COUNTED = 500;

/** Rows from which on the tour is set off by empty ones. */
const ROOMY = 8;

/** A text of a thousand lines was pasted: its first lines say which. */
const MOST_TYPED = 12;

function typedLines({ model }: Session, message: Message, width: number): StyledLine[] {
  const shown = message.lines.slice(0, MOST_TYPED).join("\n");
  const lines = codeLines(shown.slice(0, MOST_TYPED * width), model);
  return [
    ...lines.map((code, i): StyledLine => [piece(i === 0 ? PROMPT : MORE, "key"), ...code]),
    ...(message.lines.length > MOST_TYPED
      ? [line(`${MORE}${message.lines.length - MOST_TYPED} lines more`, "dim")]
      : []),
  ];
}

/** Lines are wrapped at the edge, wherever it cuts; of a long answer only its end is needed. */
function answerLines(message: Message, width: number, most: number): StyledLine[] {
  const lines: StyledLine[] = [];
  for (const text of message.lines.slice(-most)) {
    const as = classOf(message.kind, text);
    for (const part of wrapped(text, width)) lines.push(line(part, as));
  }
  if (message.times > 1) lines.push([...lines.pop()!, piece(`  ×${message.times}`, "dim")]);
  return lines;
}

/** Lines that a reader looks for stand out in plain output too. */
function classOf(kind: Message["kind"], text: string): Class {
  if (kind !== "output") return CLASSES[kind];
  if (/^\s*FAILED: /.test(text) || /^error\[/.test(text)) return "bad";
  if (/^\s*\d+ {2}(refused|hazard) /.test(text) || /^warning\[/.test(text)) return "warn";
  if (/^\s*= /.test(text)) return "good";
  return "plain";
}

/** Between words where there are any, with the indent of the line; else where the edge cuts. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width && textWidth(text) <= width) return [text];
  const indent = /^ */.exec(text)![0].slice(0, Math.floor(width / 2));
  const parts: string[] = [];
  let rest = text;
  while (rest !== "" && parts.length < MOST_PARTS) {
    const lead = parts.length === 0 ? "" : indent;
    const room = width - lead.length;
    let part = cut(rest, room) || rest.slice(0, 1);
    const blank = part.lastIndexOf(" ");
    if (part.length < rest.length && blank > room / 2 && rest[part.length] !== " ") {
      part = part.slice(0, blank);
    }
    parts.push(lead + part);
    rest = rest.slice(part.length).trimStart();
  }
  return parts;
}

/** Rows that one line may take. */
const MOST_PARTS = 64;
