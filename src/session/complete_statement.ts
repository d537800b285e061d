/** What could stand next in a statement: from the shapes of sentences and questions, which are data. */
import {
  BOOT,
  CORE_HEADS,
  CUT,
  DMA,
  DUMP,
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
import { highlight } from "./highlight.ts";
import { type Candidate, candidate } from "./input.ts";
import { known, type Session } from "./session.ts";
import { ERRNOS, queriesOf, wordsOf, worldsAt } from "./vocabulary.ts";

/** What surrounds the caret. */
export interface Context {
  /** Words of the statements whose blocks are open, the head first; outermost first. */
  readonly blocks: readonly (readonly string[])[];
  /** Words of the statement so far, the head first; empty at its start. */
  readonly words: readonly string[];
  /** The string that is open at the caret, if it names a file. */
  readonly file?: string;
}

export function contextOf(session: Session, text: string): Context {
  const words = wordsOf(session.model);
  const tokens = highlight(text, words);
  const blocks: (readonly string[])[] = [];
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
      blocks.push(statement);
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
const PLAIN_BLOCKS = ["for", "if", "else", "scenario", "at", "cut", "def"];

export function statementCandidates(session: Session, { blocks, words }: Context): Candidate[] {
  const shapes = shapesIn(session, blocks);
  const [head] = words;
  if (head === undefined) {
    return [
      ...shapes.map((s) => candidate(s.head, "statement", s.summary)),
      ...(isPlain(blocks) ? plainHeads(session) : []),
    ];
  }
  if (head === "try") return operationCandidates(session, words.slice(1));
  if (head === "at") return explorationCandidates(session, words);
  if (["expect", "if", "let", "for", "show"].includes(head)) return askCandidates(session, words);
  const shape = shapes.find((s) => s.head === head);
  return shape === undefined
    ? askCandidates(session, ["", ...words])
    : shapeCandidates(session, shape, words);
}

export function isPlain(blocks: Context["blocks"]): boolean {
  return blocks.every(([head = ""]) => PLAIN_BLOCKS.includes(head));
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
function shapesIn(session: Session, blocks: Context["blocks"]): readonly ClauseShape[] {
  const worlds = worldsAt(session.model, known(session).world);
  const operations = worlds.flatMap((w) => w.operations).map(withExpectations);
  // Each system has clauses of its own.
  const name = blocks.findLast(([head]) => head === "boot")?.[1];
  const booted = session.model.worlds.filter((w) => name === undefined || w.name === name);
  const boot = { ...BOOT, clauses: booted.flatMap((w) => w.bootClauses) };
  const top = [MACHINE, IMAGE, boot, DMA, DUMP, CUT, WHY, SHOW, TRY, ...operations];
  let shapes: readonly ClauseShape[] = top;
  for (const [head = ""] of blocks) {
    if (PLAIN_BLOCKS.includes(head)) shapes = top;
    else shapes = shapes.find((s) => s.head === head)?.clauses ?? [];
  }
  return shapes;
}

/** After words that need an operation behind them. */
function operationCandidates(session: Session, words: readonly string[]): Candidate[] {
  if (words.length > 0) return statementCandidates(session, { blocks: [], words });
  return worldsAt(session.model, known(session).world).flatMap((w) => w.operations)
    .map((o) => candidate(o.head, "operation", o.summary));
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
      return operationCandidates(session, words.slice(frame.length));
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
  const waiting = [...(shape.positional ?? [])];
  const used = new Set<string>();
  let wanted: Param | undefined;
  for (const word of words.slice(1)) {
    if (wanted !== undefined) {
      wanted = undefined;
      continue;
    }
    // A required position comes before any label, whatever it is called: `segment text at …`.
    const label = waiting[0]?.required ? undefined : labels.find((p) => p.name === word);
    if (label !== undefined) {
      used.add(label.name);
      if (label.type !== "flag") wanted = label;
    } else if (waiting[0]?.type !== "rest") waiting.shift();
  }
  if (wanted !== undefined) return valueCandidates(session, wanted, words);
  const [next] = waiting;
  const unused = labels.filter((p) => !used.has(p.name));
  return [
    ...(next === undefined || used.size > 0 ? [] : valueCandidates(session, next, words)),
    ...(next?.required ? [] : unused.map((p) => candidate(p.name, "label", p.summary ?? ""))),
    ...(shape.head === "image" ? imageKinds(session, words) : []),
  ];
}

function imageKinds(session: Session, words: readonly string[]): Candidate[] {
  const colon = words.indexOf(":");
  if (colon === -1) return [];
  const flags = session.model.worlds.flatMap((w) => w.imageFlags.map(({ name }) => name));
  return (words.length === colon + 1 ? ["default", "crash"] : flags)
    .map((text) => candidate(text, "kind"));
}

/** `words`: those of the statement so far. */
function valueCandidates(
  session: Session,
  param: Param,
  words: readonly string[] = [],
): Candidate[] {
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
      return session.model.worlds.filter((w) => words.includes(w.name)).flatMap((w) => w.versions)
        .map((v) => candidate(v, "version"));
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
export function addressCandidates(session: Session): Candidate[] {
  const { world, environment: { variables } } = known(session);
  return [
    ...variables.names().map((name) => candidate(name, "name")),
    ...PART_WORDS.map((word) => candidate(word, "question")),
    ...queryWords(queriesOf(worldsAt(session.model, world)), []),
  ];
}

/** After `expect`, `show`, `let x =`: questions, as far as their words fit what was typed. */
export function askCandidates(session: Session, words: readonly string[]): Candidate[] {
  const { environment, world } = known(session);
  const queries = queriesOf(worldsAt(session.model, world));
  const start = Math.max(...STARTS.map((mark) => words.lastIndexOf(mark)), 0);
  let phrase = words.slice(start + 1);
  // `start of crash region`: a question again after `of`.
  if (phrase[1] === "of" && isPart(phrase[0]!)) phrase = phrase.slice(2);
  const all: readonly QueryShape[] = words[0] === "show" ? [...SHOW_TOPICS, ...queries] : queries;
  const names = environment.variables.names();
  const isWhole = names.includes(phrase[0] ?? "") ||
    all.some((q) => q.pattern.length === phrase.length && fits(q.pattern, phrase));
  return [
    ...queryWords(all, phrase),
    ...paramAfter(all, phrase).flatMap((p) => valueCandidates(session, p)),
    ...(phrase.length === 0
      ? [
        ...names.map((name) => candidate(name, "name")),
        ...PART_WORDS.map((word) => candidate(word, "question")),
      ]
      : []),
    ...(phrase.length === 1 && isPart(phrase[0]!) ? [candidate("of", "keyword")] : []),
    ...(isWhole && words[0] !== "show"
      ? ["is", "and", "or"].map((word) => candidate(word, "keyword"))
      : []),
    ...(words.at(-1) === "is" ? ERRNOS.map((e) => candidate(e, "errno")) : []),
  ];
}

/** After these a phrase begins. */
const STARTS = ["and", "or", "not", "is", "==", "!=", "=", "in", "("] as const;

function isPart(word: string): boolean {
  return (PART_WORDS as readonly string[]).includes(word);
}

/** Whether a question may begin with these words. */
function fits(pattern: QueryShape["pattern"], phrase: readonly string[]): boolean {
  return phrase.length <= pattern.length && phrase.every((word, i) => {
    const item = pattern[i]!;
    return typeof item === "string" ? item === word : item.choices?.includes(word) ?? true;
  });
}

function queryWords(queries: readonly QueryShape[], phrase: readonly string[]): Candidate[] {
  return queries.filter((q) => fits(q.pattern, phrase)).flatMap((q) => {
    const item = q.pattern[phrase.length];
    return typeof item === "string" ? [candidate(item, "question", q.summary)] : [];
  });
}

function paramAfter(queries: readonly QueryShape[], phrase: readonly string[]): Param[] {
  return queries.filter((q) => fits(q.pattern, phrase)).flatMap((q) => {
    const item = q.pattern[phrase.length];
    return item === undefined || typeof item === "string" ? [] : [item];
  });
}
