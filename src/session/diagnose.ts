/** What is wrong with the text that is being typed: asked at every key, runs nothing, opens no file. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { checkTyped } from "../engine/mod.ts";
import { isIncomplete, parse } from "../syntax/mod.ts";
import { SourceText } from "../text/mod.ts";
import { isCommand } from "./commands.ts";
import { questionOf } from "./question.ts";
import { known, type Session } from "./session.ts";

/** A text longer than this is looked at only when it is run: a key must not wait for it. */
const LONGEST = 1 << 14;

/** In the order of the text, spans into the input; nothing while it is merely incomplete. */
export function diagnose(session: Session): readonly Diagnostic[] {
  const { text } = session.input;
  if (text.trim() === "" || text.length > LONGEST || isCommand(text)) return [];
  if (questionOf(session, text) !== undefined || isIncomplete(text)) return [];
  const source = new SourceText(0, "input", text);
  const { script, diagnostics } = parse(source);
  if (diagnostics.length > 0) return diagnostics;
  return checkTyped(script, session.model.worlds, known(session));
}
