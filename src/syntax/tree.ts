/**
 * The tree of a `.kx` text. The parser is lax on purpose: it knows sentences (a head word and
 * what follows it), blocks and expressions, but no vocabulary. Which words a sentence may have is
 * for the check passes, which can say it nicely and which take each world's vocabulary as data.
 */
import type { Span } from "../text/mod.ts";

/** A whole text. */
export interface Script {
  readonly body: readonly Statement[];
  /** Comments after the last statement. */
  readonly trailing: readonly Comment[];
  readonly span: Span;
}

/** `# text`, with the `#` and without the line ending. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
  /** Whether an empty line stands before it; never for the first thing of a block or a text. */
  readonly blankBefore: boolean;
}

/** What the formatter keeps of the neighbourhood of a statement. */
export interface Surroundings {
  /** Comments on lines of their own before the statement. */
  readonly before: readonly Comment[];
  /**
   * Whether an empty line stands between `before` (or what precedes it) and the statement; never
   * for the first thing of a block or a text.
   */
  readonly blankBefore: boolean;
  /** Comments between the words of the statement, where it goes over several lines. */
  readonly inside?: readonly Comment[];
  /** The comment at the end of the statement's (first) line: after `{` for one with a block. */
  readonly after?: Comment;
}

/** `{ … }`. `trailing` are comments after its last statement. `span` covers both braces. */
export interface Block {
  readonly body: readonly Statement[];
  readonly trailing: readonly Comment[];
  readonly span: Span;
  /** The comment after `else {`; that of another `{` is its statement's `after`. */
  readonly opening?: Comment;
  /** The comment after `}` on its line. */
  readonly closing?: Comment;
}

interface StatementBase {
  readonly span: Span;
  readonly around: Surroundings;
}

/**
 * A head word, what follows it, perhaps a block: `load old fails EINVAL`,
 * `segment text at 0x1000 size 4KiB fill 0xa1`, `machine host { … }`,
 * `at every step of load new { … }`. `words` starts with the head.
 */
export interface Sentence extends StatementBase {
  readonly kind: "sentence";
  readonly head: string;
  readonly words: Phrase;
  readonly block?: Block;
}

/** `let NAME = PHRASE` */
export interface Let extends StatementBase {
  readonly kind: "let";
  readonly name: Word;
  readonly value: Phrase;
}

/** `def NAME(PARAM, …) { … }` */
export interface Def extends StatementBase {
  readonly kind: "def";
  readonly name: Word;
  readonly params: readonly Word[];
  readonly block: Block;
}

/** `for NAME in PHRASE { … }` */
export interface For extends StatementBase {
  readonly kind: "for";
  readonly name: Word;
  readonly over: Phrase;
  readonly block: Block;
}

/** `if CONDITION { … } else { … }`; `else if` nests an `if` as the only statement of `otherwise`. */
export interface If extends StatementBase {
  readonly kind: "if";
  readonly condition: Condition;
  readonly block: Block;
  readonly otherwise?: Block;
  /** Whether `otherwise` was written `else if …`. */
  readonly elseIf: boolean;
}

/** `use "FILE"` */
export interface Use extends StatementBase {
  readonly kind: "use";
  readonly path: StringLiteral;
}

/** `scenario "NAME" { … }` */
export interface Scenario extends StatementBase {
  readonly kind: "scenario";
  readonly name: StringLiteral;
  readonly block: Block;
}

/** `expect CONDITION` */
export interface Expect extends StatementBase {
  readonly kind: "expect";
  readonly condition: Condition;
}

/** `iomem { … }` or `e820 { … }`: text as a tool printed it, up to a line holding only `}`. */
export interface Pasted extends StatementBase {
  readonly kind: "pasted";
  readonly format: "iomem" | "e820";
  /** The lines between the braces, each with LF at its end. */
  readonly text: string;
  readonly textSpan: Span;
}

/** Text up to the end of a line that could not be read; the parser reported it already. */
export interface Unreadable extends StatementBase {
  readonly kind: "unreadable";
  readonly text: string;
}

export type Statement =
  | Sentence
  | Let
  | Def
  | For
  | If
  | Use
  | Scenario
  | Expect
  | Pasted
  | Unreadable;

/** Expressions side by side: `loaded crash old`, `owner of 0x1000`. Never empty. */
export type Phrase = readonly Expression[];

/** `a and b`, `not a`, `a == b`, `a is b`, `a in b`, or a bare phrase, which must be true. */
export type Condition =
  | {
    readonly kind: "or" | "and";
    readonly left: Condition;
    readonly right: Condition;
    readonly span: Span;
  }
  | { readonly kind: "not"; readonly operand: Condition; readonly span: Span }
  | {
    readonly kind: "compare";
    readonly operator: CompareOperator;
    readonly left: Phrase;
    readonly right: Phrase;
    readonly span: Span;
  }
  | { readonly kind: "holds"; readonly phrase: Phrase; readonly span: Span }
  | { readonly kind: "group"; readonly inner: Condition; readonly span: Span };

/** `is` means `==`, `is not` means `!=`; the tree keeps which was written. */
export type CompareOperator =
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "is"
  | "is not"
  | "in"
  | "not in";

export type BinaryOperator =
  | ".."
  | "@"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "<<"
  | ">>"
  | "&"
  | "|"
  | "^";

/** A name, a keyword or a label; dots and inner dashes never belong to it, except `kernel.kexec_load_disabled`. */
export interface Word {
  readonly kind: "word";
  readonly text: string;
  readonly span: Span;
}

/** `0x0810_0000`, `64MiB`, `64M`, `17 pages`: `value` has the unit multiplied in, and may exceed 64 bits. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly value: bigint;
  /** Digits as written, underscores kept, hexadecimal ones in lower case. */
  readonly digits: string;
  readonly unit?: string;
  readonly span: Span;
}

/** `6.1`, `4.4.0`, `6.12.117`: digits with dots between. */
export interface VersionLiteral {
  readonly kind: "version";
  readonly text: string;
  readonly span: Span;
}

/** `"…"` with `\n \t \r \0 \\ \" \xNN`. `value` is what it means. */
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

/** `[a, b, c]` */
export interface ListLiteral {
  readonly kind: "list";
  readonly items: readonly Expression[];
  readonly span: Span;
}

/** `f(a, b)`; no space before the parenthesis. */
export interface Call {
  readonly kind: "call";
  readonly callee: Word;
  readonly args: readonly Expression[];
  readonly span: Span;
}

export interface Unary {
  readonly kind: "unary";
  readonly operator: "-" | "~";
  readonly operand: Expression;
  readonly span: Span;
}

/** `a .. b` is a half-open range, `size @ base` another spelling of one; the rest is arithmetic. */
export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `(e)`, kept so that the formatter writes it back. */
export interface Parenthesized {
  readonly kind: "parenthesized";
  readonly inner: Expression;
  readonly span: Span;
}

/** `,`, `:` or `=` between the words of a sentence. */
export interface Mark {
  readonly kind: "mark";
  readonly text: "," | ":" | "=";
  readonly span: Span;
}

export type Expression =
  | Word
  | NumberLiteral
  | VersionLiteral
  | StringLiteral
  | ListLiteral
  | Call
  | Unary
  | Binary
  | Parenthesized
  | Mark;
