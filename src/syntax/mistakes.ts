/** What the parser says of text that it cannot read, and where it goes on after it. */
import type { Span } from "../text/mod.ts";
import type { Context } from "./context.ts";
import { endOfString } from "./layout.ts";
import { explainBadNumber } from "./numbers.ts";
import { reportUnexpected } from "./unexpected.ts";

/**
 * Reports why the statement at `start` cannot be read, unless a rule said it already. Returns the
 * offset from which the parser goes on: the end of the line of the mistake or of the brackets
 * around it, or earlier a `;`, a brace or a comment.
 */
export function giveUp(cx: Context, start: number): number {
  let at = cx.failedAt;
  if (at < start && cx.isFull) at = start;
  else if (at < start) {
    const failure = cx.explain(start);
    at = failure.at;
    reportUnexpected(cx, start, failure);
  }
  return Math.max(start + 1, endOfMistake(cx, start, at));
}

function endOfMistake(cx: Context, start: number, mistake: number): number {
  const { text, layout: { unclosed } } = cx;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    switch (text.charAt(at)) {
      case '"':
        at = endOfString(text, at) - 1;
        break;
      case "#":
        if (at >= mistake && depth === 0) return at;
        at = (text.indexOf("\n", at) + 1 || text.length + 1) - 2;
        break;
      case "(":
      case "[":
        if (!unclosed.has(at)) depth++;
        break;
      case ")":
      case "]":
        if (depth > 0) depth--;
        break;
      case "\n":
      case ";":
        if (at >= mistake && depth === 0) return at;
        break;
      case "{":
      case "}":
        return at;
    }
  }
  return text.length;
}

/** Where the text of `span` ends if blanks at its end do not count. */
export function trimmed(cx: Context, { start, end }: Omit<Span, "source">): number {
  while (end > start && " \t\r\n".includes(cx.text.charAt(end - 1))) end--;
  return end;
}

/** Returns the offset after it. */
export function strayBrace(cx: Context, at: number): number {
  // A statement that could not end here was reported, and at this very place.
  if (!cx.isReported("KX0010", at)) {
    cx.report("KX0018", "Stray `}`", cx.span(at, at + 1), { label: "no block is open here" });
  }
  return at + 1;
}

export function strayElse(cx: Context, at: number): false {
  return cx.fail("KX0020", "Misplaced `else`", cx.span(at, at + 4), {
    label: "no `if` before it, or no block after it",
    hint: "Write `if … { … } else { … }` or `if … { … } else if … { … }`",
  });
}

/** `end` is the offset after `raw`. */
export function badNumber(cx: Context, end: number, raw: string): false {
  const { label, hint } = explainBadNumber(raw);
  const shown = raw.length > 40 ? `${raw.slice(0, 40)}…` : raw;
  return cx.fail("KX0014", `Unreadable number: \`${shown}\``, cx.span(end - raw.length, end), {
    label,
    ...(hint === undefined ? {} : { hint }),
  });
}

export function unclosedString(cx: Context, at: number): false {
  const end = trimmed(cx, { start: at + 1, end: endOfString(cx.text, at) });
  return cx.fail("KX0012", "Unclosed string", cx.span(at, end), {
    label: 'no `"` before the end of the line',
    hint: "A string ends on its line; `\\n` in it stands for a new line",
  });
}

/** Returns the offset where the block ends after all: the end of the text. */
export function unclosedBrace(cx: Context, at: number): number {
  const dedent = lineOutside(cx.text, at);
  cx.report("KX0017", "Unclosed `{`", cx.span(at, at + 1), {
    label: "no `}` for it",
    completable: true,
    ...(dedent === undefined ? {} : {
      labels: [{
        span: cx.span(dedent, dedent + 1),
        text: "its block seems to end before this line",
      }],
    }),
  });
  return cx.text.length;
}

/** How far the guess below looks, so that many open braces do not each read the whole text. */
const LOOK_AHEAD = 10_000;

/** The first text after a brace that is indented no more than the brace's line; a guess. */
function lineOutside(text: string, brace: number): number | undefined {
  const lineStart = text.lastIndexOf("\n", brace) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, brace))![0].length;
  const ahead = text.slice(brace, brace + LOOK_AHEAD);
  for (const match of ahead.matchAll(/\n([ \t]*)(?=[^\s#}])/g)) {
    if (match[1]!.length <= indent) return brace + match.index + match[0].length;
  }
  return undefined;
}
