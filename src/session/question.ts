/** What is asked and changes nothing: answered where one stands, without a branch or a line in the script. */
import type { StatementRecord } from "../engine/mod.ts";
import { parse, type Statement } from "../syntax/mod.ts";
import { SourceText } from "../text/mod.ts";
import { known, type Session } from "./session.ts";
import { wordsOf } from "./vocabulary.ts";

/** A bare expression, put as the statement that answers it. */
export interface Question {
  readonly text: string;
  /** How the answer is said, where it is not said as the statement would. */
  readonly answer?: (record: StatementRecord) => readonly string[];
}

/** `show`, `why`, `expect`: nothing of the machine and no name is changed. */
export function isQuestion(statement: Statement): boolean {
  return statement.kind === "expect" ||
    (statement.kind === "sentence" && ["show", "why"].includes(statement.head));
}

/**
 * `owner of 0x1000`, `base + 2MiB`, `errno == 0`: not a statement, but something that `show` or
 * `expect` understands. Undefined for a text that is to be taken as it is.
 */
export function questionOf(session: Session, text: string): Question | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.startsWith("#") || trimmed.includes("\n")) return undefined;
  const head = /^[A-Za-z_][A-Za-z0-9_.]*/.exec(trimmed)?.[0];
  if (head !== undefined) {
    const words = wordsOf(session.model);
    const { environment } = known(session);
    const isName = environment.variables.lookup(head) !== undefined;
    if (!isName && (words.keywords.has(head) || words.operations.has(head))) return undefined;
    if (/^\s*\(/.test(trimmed.slice(head.length)) && environment.defs.has(head)) return undefined;
  }
  if (reads(`show ${trimmed}`)) {
    // An unknown word alone is a slip in a statement: that complaint helps more.
    return head === undefined || isKnown(session, head) ? { text: `show ${trimmed}` } : undefined;
  }
  if (!reads(`expect ${trimmed}`)) return undefined;
  return { text: `expect ${trimmed}`, answer: verdict };
}

function verdict({ held, failure, problem }: StatementRecord): readonly string[] {
  if (problem !== undefined) return [problem.message];
  return [held ? "true" : `false${failure?.replace(/^does not hold/, "") ?? ""}`];
}

function reads(text: string): boolean {
  return parse(new SourceText(0, "", text)).diagnostics.length === 0;
}

/** Whether a phrase may begin with this word. */
function isKnown(session: Session, head: string): boolean {
  const { variables } = known(session).environment;
  return variables.lookup(head) !== undefined || wordsOf(session.model).asks.has(head);
}
