/**
 * What could stand at the caret: found from the shapes of sentences and questions, which are data, and
 * from what the session has declared and the machine holds. Costs the statement that is being typed.
 */
import {
  BOOT,
  CORE_HEADS,
  DMA,
  IMAGE,
  KEYWORDS,
  MACHINE,
  PART_WORDS,
  SHOW,
  TRY,
  WHY,
  withExpectations,
} from "../check/mod.ts";
import { SHOW_TOPICS } from "../engine/mod.ts";
import type { ClauseShape, Param, QueryShape } from "../machine/mod.ts";
import { topics } from "../views/mod.ts";
import type { ArgumentKind } from "./command.ts";
import { COMMANDS, findCommand } from "./commands.ts";
import { EVENT_KINDS } from "./event_kinds.ts";
import { highlight } from "./highlight.ts";
import type { Candidate } from "./input.ts";
import { known, type Session, THEMES } from "./session.ts";
import { ERRNOS, queriesOf, wordsOf, worldsAt } from "./vocabulary.ts";

export interface Candidates {
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly Candidate[];
  /** File names of this folder are wanted, which only the host can list. */
  readonly folder?: string;
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
  if (around.file !== undefined) return files(around.file, caret);
  const candidates = statementCandidates(session, around);
  return { from, to: caret, candidates: fitting(candidates, begun) };
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

function candidate(text: string, kind: string, detail = ""): Candidate {
  return { text, kind, detail };
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
      return all(words === "" ? EVENT_KINDS : ["back"], "event");
    case "breakpoint": {
      if (words === "event") return all(EVENT_KINDS, "event");
      if (words === "errno") return all(ERRNOS, "errno");
      if (words === "hazard") {
        return session.model.worlds.flatMap((w) => w.hazards)
          .map((h) => candidate(h.code, "hazard", h.title));
      }
      return words === ""
        ? all(["line", "event", "at", "errno", "hazard", ...operationHeads(session)], "place")
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
      ];
    case "tour":
      return all(["next", "end"], "tour");
    case "motion":
      return all(["over", "out", "next", "continue"], "motion");
    default:
      return [];
  }
}

function operationHeads(session: Session): string[] {
  return session.model.worlds.flatMap((w) => w.operations.map((o) => o.head));
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

/** What surrounds the caret. */
interface Context {
  /** Heads of the blocks that are open, outermost first. */
  readonly blocks: readonly string[];
  /** Words of the statement so far, the head first; empty at its start. */
  readonly words: readonly string[];
  /** The string that is open at the caret, if it names a file. */
  readonly file?: string;
}

function contextOf(session: Session, text: string): Context {
  const words = wordsOf(session.model);
  const tokens = highlight(text, words);
  const blocks: string[] = [];
  let statement: string[] = [];
  let end = 0;
  for (const token of tokens) {
    const word = text.slice(token.start, token.end);
    if (token.class === "comment") continue;
    // A line end closes a statement, unless an operator or a comma leaves it open.
    const broken = text.slice(end, token.start).includes("\n");
    if (broken && !/^[,+\-*/%&|^@.\\[(]/.test(statement.at(-1) ?? "")) statement = [];
    end = token.end;
    if (token.class === "string" && (word.length === 1 || !word.endsWith('"'))) {
      const isFile = ["file", "iomem", "e820", "use", "elf"].includes(statement.at(-1) ?? "");
      return isFile
        ? { blocks, words: statement, file: word.slice(1) }
        : { blocks, words: statement };
    }
    if (word === "{") {
      blocks.push(statement[0] ?? "");
      statement = [];
    } else if (word === "}") {
      blocks.pop();
      statement = [];
    } else statement.push(word);
  }
  if (text.slice(end).includes("\n")) statement = [];
  return { blocks, words: statement };
}

/** Blocks whose statements are those of the top. */
const PLAIN_BLOCKS = ["for", "if", "else", "scenario", "at", "def"];

function statementCandidates(session: Session, { blocks, words }: Context): Candidate[] {
  const shapes = shapesIn(session, blocks);
  const [head] = words;
  if (head === undefined) {
    return [
      ...shapes.map((s) => candidate(s.head, "statement", s.summary)),
      ...(isPlain(blocks) ? plainHeads(session) : []),
    ];
  }
  if (head === "try") return statementCandidates(session, { blocks: [], words: words.slice(1) });
  if (head === "at") return explorationCandidates(session, words);
  if (["expect", "if", "let", "for", "show"].includes(head)) return askCandidates(session, words);
  const shape = shapes.find((s) => s.head === head);
  return shape === undefined
    ? askCandidates(session, ["", ...words])
    : shapeCandidates(session, shape, words);
}

function isPlain(blocks: readonly string[]): boolean {
  return blocks.every((head) => PLAIN_BLOCKS.includes(head));
}

function plainHeads(session: Session): Candidate[] {
  const { environment } = known(session);
  return [
    ...KEYWORDS.map((k) => candidate(k, "keyword")),
    ...CORE_HEADS.map((k) => candidate(k, "statement")),
    ...[...environment.defs.keys()].map((name) => candidate(`${name}(`, "def")),
  ];
}

/** Sentences that may stand in the innermost block. */
function shapesIn(session: Session, blocks: readonly string[]): readonly ClauseShape[] {
  const worlds = worldsAt(session.model, known(session).world);
  const operations = worlds.flatMap((w) => w.operations).map(withExpectations);
  const boot = { ...BOOT, clauses: session.model.worlds.flatMap((w) => w.bootClauses) };
  const top = [MACHINE, IMAGE, boot, DMA, WHY, SHOW, TRY, ...operations];
  let shapes: readonly ClauseShape[] = top;
  for (const head of blocks) {
    if (PLAIN_BLOCKS.includes(head)) shapes = top;
    else shapes = shapes.find((s) => s.head === head)?.clauses ?? [];
  }
  return shapes;
}

function explorationCandidates(session: Session, words: readonly string[]): Candidate[] {
  const frames = [["at", "every", "step", "of"], [
    "at",
    "every",
    "failure",
    "of",
    "allocation",
    "in",
  ]];
  for (const frame of frames) {
    if (frame.every((word, i) => words[i] === word)) {
      return statementCandidates(session, { blocks: [], words: words.slice(frame.length) });
    }
  }
  return frames.filter((frame) => words.every((word, i) => frame[i] === word))
    .map((frame) => candidate(frame[words.length]!, "keyword"));
}

/** Which parameter comes next: a label's value, or a position, or another label. */
function shapeCandidates(
  session: Session,
  shape: ClauseShape,
  words: readonly string[],
): Candidate[] {
  const labels = shape.labels ?? [];
  const last = words.at(-1)!;
  const label = words.length > 1 ? labels.find((p) => p.name === last) : undefined;
  if (label !== undefined && label.type !== "flag") return valueCandidates(session, label);
  const positional = shape.positional ?? [];
  const firstLabel = words.findIndex((w, i) => i > 0 && labels.some((p) => p.name === w));
  const given = (firstLabel === -1 ? words.length : firstLabel) - 1;
  const waiting = firstLabel === -1 ? positional[given] ?? rest(positional) : undefined;
  const unused = labels.filter((p) => !words.includes(p.name));
  return [
    ...(waiting === undefined ? [] : valueCandidates(session, waiting)),
    ...(waiting?.required ? [] : unused.map((p) => candidate(p.name, "label", p.summary ?? ""))),
    ...(shape.head === "image" ? imageKinds(session, words) : []),
  ];
}

function rest(positional: readonly Param[]): Param | undefined {
  const last = positional.at(-1);
  return last?.type === "rest" ? last : undefined;
}

function imageKinds(session: Session, words: readonly string[]): Candidate[] {
  const colon = words.indexOf(":");
  if (colon === -1) return [];
  const flags = session.model.worlds.flatMap((w) => w.imageFlags);
  return (words.length === colon + 1 ? ["default", "crash"] : flags)
    .map((text) => candidate(text, "kind"));
}

function valueCandidates(session: Session, param: Param): Candidate[] {
  const { environment } = known(session);
  const named = (names: Iterable<string>, kind: string) =>
    [...names].map((name) => candidate(name, kind));
  if (param.choices !== undefined) return named(param.choices, param.name);
  switch (param.type) {
    case "image":
      return named(environment.images.keys(), "image");
    case "program":
      return named(environment.programs.keys(), "program");
    case "errno":
      return named(ERRNOS, "errno");
    case "name":
      if (param.name === "on") return named(environment.machines.keys(), "machine");
      return param.name === "world"
        ? session.model.worlds.map((w) => candidate(w.name, "system", w.title))
        : [];
    case "version":
      return session.model.worlds.flatMap((w) => w.versions).map((v) => candidate(v, "version"));
    case "address":
    case "size":
    case "integer":
    case "range":
    case "ranges":
    case "integers":
      return addressCandidates(session);
    default:
      return [];
  }
}

/** Names that hold numbers, and words that take a part of a range. */
function addressCandidates(session: Session): Candidate[] {
  const { world, environment: { variables } } = known(session);
  return [
    ...variables.names().map((name) => candidate(name, "name")),
    ...PART_WORDS.map((word) => candidate(word, "question")),
    ...queryWords(queriesOf(worldsAt(session.model, world)), []),
  ];
}

/** After `expect`, `show`, `let x =`: questions, as far as their words fit what was typed. */
function askCandidates(session: Session, words: readonly string[]): Candidate[] {
  const { environment, world } = known(session);
  const queries = queriesOf(worldsAt(session.model, world));
  const start = Math.max(
    ...["and", "or", "not", "is", "==", "!=", "=", "in", "("]
      .map((mark) => words.lastIndexOf(mark)),
    0,
  );
  const phrase = words.slice(start + 1);
  const all: readonly QueryShape[] = words[0] === "show" ? [...SHOW_TOPICS, ...queries] : queries;
  const param = paramAfter(all, phrase);
  return [
    ...queryWords(all, phrase),
    ...(param === undefined ? [] : param.flatMap((p) => valueCandidates(session, p))),
    ...(phrase.length === 0
      ? [
        ...environment.variables.names().map((name) => candidate(name, "name")),
        ...PART_WORDS.map((word) => candidate(word, "question")),
      ]
      : phrase.length > 0 && words[0] !== "show"
      ? ["is", "and", "or"].map((word) => candidate(word, "keyword"))
      : []),
    ...(words.at(-1) === "is" ? ERRNOS.map((e) => candidate(e, "errno")) : []),
  ];
}

function fits(pattern: QueryShape["pattern"], phrase: readonly string[]): boolean {
  return phrase.length < pattern.length && phrase.every((word, i) => {
    const item = pattern[i]!;
    return typeof item === "string" ? item === word : item.choices?.includes(word) ?? true;
  });
}

function queryWords(queries: readonly QueryShape[], phrase: readonly string[]): Candidate[] {
  return queries.filter((q) => fits(q.pattern, phrase)).flatMap((q) => {
    const item = q.pattern[phrase.length]!;
    return typeof item === "string" ? [candidate(item, "question", q.summary)] : [];
  });
}

function paramAfter(queries: readonly QueryShape[], phrase: readonly string[]): Param[] {
  return queries.filter((q) => fits(q.pattern, phrase)).flatMap((q) => {
    const item = q.pattern[phrase.length]!;
    return typeof item === "string" ? [] : [item];
  });
}
