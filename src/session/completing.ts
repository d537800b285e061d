/** Completion of the input line: begun by a key, walked through, accepted. */
import { candidatesAt } from "./complete.ts";
import { printableInput, typed } from "./edit.ts";
import type { Effect } from "./effects.ts";
import type { Candidate, Completion, Input } from "./input.ts";
import type { Session } from "./session.ts";

export interface Begun {
  readonly input: Input;
  /** Names of files are asked of the host; they come later. */
  readonly effects: readonly Effect[];
}

export function beginCompletion(session: Session): Begun {
  const { input } = session;
  const found = candidatesAt(session, input.text, input.caret);
  if (found.folder !== undefined) {
    const { folder, beside = false } = found;
    return { input, effects: [{ kind: "list-files", folder, beside }] };
  }
  return { input: offered(input, { ...found, selected: -1 }), effects: [] };
}

/** The host has answered; if something else was typed meanwhile, nobody wants it any more. */
export function filesListed(session: Session, folder: string, names: readonly string[]): Input {
  const { input } = session;
  const found = candidatesAt(session, input.text, input.caret);
  if (found.folder !== folder) return input;
  const begun = input.text.slice(found.from, found.to);
  const candidates = names
    .filter((name) => name.startsWith(begun) && printableInput(name) === name)
    .map((name): Candidate => ({
      text: name,
      kind: name.endsWith("/") ? "folder" : "file",
      detail: "",
    }));
  return offered(input, { from: found.from, to: found.to, candidates, selected: -1 });
}

/** One candidate is taken at once; several are shown, after what they have in common. */
function offered(input: Input, completion: Completion): Input {
  const { candidates, from, to } = completion;
  if (candidates.length === 0) return input;
  if (candidates.length === 1) return replaced(input, completion, candidates[0]!);
  const begun = input.text.slice(from, to);
  const common = commonStart(candidates.map((c) => c.text));
  if (common.length <= begun.length) return { ...input, completion };
  const text = input.text.slice(0, from) + common + input.text.slice(to);
  const end = from + common.length;
  return { ...typed(text, end), completion: { ...completion, to: end } };
}

function commonStart(texts: readonly string[]): string {
  const [first = "", ...rest] = texts;
  let length = first.length;
  for (const text of rest) {
    while (!text.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, length);
}

export function nextCandidate(input: Input, to: "next" | "previous"): Input {
  const { completion } = input;
  if (completion === undefined) return input;
  const count = completion.candidates.length;
  const selected = to === "next"
    ? (completion.selected + 1) % count
    : (Math.max(completion.selected, 0) - 1 + count) % count;
  return { ...input, completion: { ...completion, selected } };
}

export function acceptCandidate(input: Input): Input {
  const { completion } = input;
  const candidate = completion?.candidates[Math.max(0, completion.selected)];
  return completion === undefined || candidate === undefined
    ? input
    : replaced(input, completion, candidate);
}

function replaced(input: Input, { from, to }: Completion, { text, kind }: Candidate): Input {
  const rest = input.text.slice(to);
  // A folder goes on, and so does a text that is still open.
  const space = kind === "folder" || kind === "file" || /^\s/.test(rest) ? "" : " ";
  return typed(input.text.slice(0, from) + text + space + rest, from + text.length + space.length);
}
