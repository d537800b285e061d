/** What is said to the person. */
import type { Message, Session } from "./session.ts";

/** Messages that are kept; who wants more has the timeline. */
const MOST_MESSAGES = 2000;

/** Answers differ even where their words are the same: only what is remarked is counted. */
const COUNTED: ReadonlySet<Message["kind"]> = new Set(["note", "warning", "error"]);

/** Adds a message; one that was just said is counted instead. */
export function say(
  session: Session,
  kind: Message["kind"],
  lines: readonly string[],
): Session {
  if (lines.length === 0) return session;
  const last = session.messages.at(-1);
  if (last !== undefined && COUNTED.has(kind) && isSame(last, kind, lines)) {
    const again = { ...last, times: last.times + 1 };
    return { ...session, messages: [...session.messages.slice(0, -1), again] };
  }
  const message: Message = { id: session.nextMessage, kind, lines, times: 1 };
  return {
    ...session,
    nextMessage: session.nextMessage + 1,
    messages: [...session.messages.slice(1 - MOST_MESSAGES), message],
  };
}

function isSame(last: Message, kind: Message["kind"], lines: readonly string[]): boolean {
  return last.kind === kind && last.lines.length === lines.length &&
    last.lines.every((line, i) => line === lines[i]);
}
