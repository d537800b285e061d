/**
 * What could stand at the caret: `:` commands and their arguments, files, statements. Costs the text
 * that is being typed.
 */
import { languageTopics, topics } from "../views/mod.ts";
import type { ArgumentKind } from "./command.ts";
import { COMMANDS, findCommand } from "./commands.ts";
import { EVENT_WORDS } from "./event_kinds.ts";
import {
  addressCandidates,
  askCandidates,
  contextOf,
  isPlain,
  statementCandidates,
} from "./complete_statement.ts";
import { type Candidate, candidate } from "./input.ts";
import { type Session, THEMES } from "./session.ts";
import { ERRNOS, hazardsOf, headsOf } from "./vocabulary.ts";

export interface Candidates {
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly Candidate[];
  /** File names of this folder are wanted, which only the host can list. */
  readonly folder?: string;
  /** As seen from the script, not from where kx was started. */
  readonly beside?: boolean;
}

export function candidatesAt(session: Session, text: string, caret: number): Candidates {
  const before = text.slice(0, caret);
  const command = /^\s*:(\S*)$/.exec(before);
  if (command !== null) return commandNames(command[1]!, caret);
  const argument = /^\s*:(\S+)\s+([^]*)$/.exec(before);
  if (argument !== null) return commandArgument(session, argument[1]!, argument[2]!, caret);
  const begun = wordBefore(before);
  const from = caret - begun.length;
  const around = contextOf(session, before.slice(0, from));
  if (around.file !== undefined) return { ...files(around.file + begun, caret), beside: true };
  const candidates = statementCandidates(session, around);
  // A question may be typed as it is; unasked, there are too many to list.
  const asks = around.words.length === 0 && begun !== "" && isPlain(around.blocks)
    ? askCandidates(session, ["expect"])
    : [];
  return { from, to: caret, candidates: fitting([...candidates, ...asks], begun) };
}

function wordBefore(text: string): string {
  return /[A-Za-z0-9_.]*$/.exec(text)![0];
}

function fitting(candidates: readonly Candidate[], begun: string): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ text }) => {
    if (!text.startsWith(begun) || text === begun || seen.has(text)) return false;
    seen.add(text);
    return true;
  }).sort((a, b) => a.text < b.text ? -1 : 1);
}

function commandNames(begun: string, caret: number): Candidates {
  const candidates = COMMANDS.map((c) => candidate(c.name, "command", c.summary));
  return { from: caret - begun.length, to: caret, candidates: fitting(candidates, begun) };
}

function commandArgument(session: Session, name: string, args: string, caret: number): Candidates {
  const kind = findCommand(name)?.completes ?? "nothing";
  if (kind === "file") return files(args, caret);
  const begun = /\S*$/.exec(args)![0];
  const words = args.slice(0, args.length - begun.length).trim();
  const candidates = argumentCandidates(session, kind, words);
  return { from: caret - begun.length, to: caret, candidates: fitting(candidates, begun) };
}

function argumentCandidates(session: Session, kind: ArgumentKind, words: string): Candidate[] {
  const all = (texts: Iterable<string>, of: string) =>
    [...texts].map((text) => candidate(text, of));
  switch (kind) {
    case "event":
      return all(words === "" ? EVENT_WORDS : ["back"], "event");
    case "breakpoint": {
      if (words === "event") return all(EVENT_WORDS, "event");
      if (words === "errno") return all(ERRNOS, "errno");
      if (words === "hazard") {
        return hazardsOf(session.model).map((h) => candidate(h.code, "hazard", h.title));
      }
      return words === ""
        ? all(["line", "event", "at", "errno", "hazard", ...headsOf(session.model)], "place")
        : [];
    }
    case "address":
      return addressCandidates(session);
    case "branch":
      return session.branches.map((b) => candidate(String(b.id), "branch", `${b.length} steps`));
    case "slot":
      return all(["default", "crash"], "slot");
    case "theme":
      return all(THEMES, "theme");
    case "topic":
      return topics(session.model.worlds, session.model.invariants)
        .map((t) => candidate(t.code, t.kind, t.title));
    case "command":
      return [
        ...COMMANDS.map((c) => candidate(c.name, "command", c.summary)),
        candidate("keys", "command"),
        ...languageTopics(session.model).map((word) => candidate(word, "word")),
      ];
    case "tour":
      return all(["next", "end"], "tour");
    case "motion":
      return all(["over", "out", "next", "continue"], "motion");
    default:
      return [];
  }
}

/** `begun` is a path as far as it was typed. */
function files(begun: string, caret: number): Candidates {
  const name = /[^/]*$/.exec(begun)![0];
  const folder = begun.slice(0, begun.length - name.length);
  return {
    from: caret - name.length,
    to: caret,
    candidates: [],
    folder: folder === "" ? "." : folder,
  };
}
