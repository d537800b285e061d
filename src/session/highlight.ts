/** A text in tokens with classes, for colours and for completion. Never fails: what it does not know is `other`. */

export type TokenClass =
  | "command"
  | "keyword"
  | "operation"
  | "label"
  | "name"
  | "number"
  | "address"
  | "string"
  | "comment"
  | "errno"
  | "operator"
  | "brace"
  | "other";

export interface Token {
  readonly start: number;
  readonly end: number;
  readonly class: TokenClass;
}

/** Words that have a meaning of their own where they stand: from the vocabulary. */
export interface Words {
  /** First words of statements that belong to the language. */
  readonly keywords: ReadonlySet<string>;
  /** First words of statements that belong to a world. */
  readonly operations: ReadonlySet<string>;
  /** Labels, words of questions, choices. */
  readonly labels: ReadonlySet<string>;
  /** First words of phrases that ask something. */
  readonly asks: ReadonlySet<string>;
}

const TOKEN =
  /#[^\n]*|"(?:[^"\\\n]|\\.)*"?|0x[0-9A-Fa-f_]+|\d[\w.]*|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|[{}()[\]]|\.\.|[=!<>]=|<<|>>|[-+*/%&|^~@,:=<>]/gy;

/** An errno as the C headers write them: `EINVAL`, `ENOENT`. */
const ERRNO = /^E[A-Z0-9]{2,}$/;

/** Tokens in order; blanks lie between them. Linear in the text. */
export function highlight(text: string, words: Words): Token[] {
  const command = /^\s*(:[A-Za-z]*)/.exec(text);
  if (command !== null) return highlightCommand(text, command, words);
  return tokensOf(text, 0, words);
}

function highlightCommand(text: string, command: RegExpExecArray, words: Words): Token[] {
  const end = command[0].length;
  const start = end - command[1]!.length;
  return [{ start, end, class: "command" }, ...tokensOf(text, end, words, false)];
}

function tokensOf(text: string, from: number, words: Words, heads = true): Token[] {
  const tokens: Token[] = [];
  let atHead = heads;
  for (let at = from; at < text.length;) {
    const character = text.charCodeAt(at);
    if (character === 10) atHead = heads;
    if (character === 10 || character === 32 || character === 9 || character === 13) {
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(at)!);
    const kind = classOf(found, atHead, words);
    tokens.push({ start: at, end: at + found.length, class: kind });
    at += found.length;
    atHead = heads && (found === "{" || found === "}");
  }
  return tokens;
}

function classOf(token: string, atHead: boolean, words: Words): TokenClass {
  const first = token[0]!;
  if (first === "#") return "comment";
  if (first === '"') return "string";
  if (token.startsWith("0x")) return "address";
  if (/\d/.test(first)) return "number";
  if (/[A-Za-z_]/.test(first)) {
    if (ERRNO.test(token)) return "errno";
    if (atHead && words.keywords.has(token)) return "keyword";
    if (atHead && words.operations.has(token)) return "operation";
    if (WITHIN.has(token)) return "keyword";
    return words.labels.has(token) ? "label" : words.operations.has(token) ? "operation" : "name";
  }
  if (/[{}()[\]]/.test(first)) return "brace";
  return /[-+*/%&|^~@,:=<>.!]/.test(first) ? "operator" : "other";
}

/** Keywords inside a statement. */
const WITHIN: ReadonlySet<string> = new Set(["and", "or", "not", "is", "in", "else", "fails"]);
