/**
 * Scripts as a parser could have made them, with comments and empty lines; and texts that no one
 * would write. As in arbitrary_phrases.ts, what no text can say is left out: the first thing of
 * a block with an empty line before it, a comment between `}` and `else`.
 */
import fc from "fast-check";
import type {
  Block,
  Comment,
  Condition,
  Expression,
  Script,
  Statement,
  Surroundings,
} from "../../src/syntax/mod.ts";
import {
  condition,
  expression,
  items,
  phrase,
  span,
  string,
  text,
  word,
} from "./arbitrary_phrases.ts";

/** Without what ends a line or is refused. */
// deno-lint-ignore no-control-regex
const lineText = text.map((t) => t.replace(/[\0-\x08\x0a-\x1f\x7f]/g, " "));

const comment = fc.record({
  text: lineText.map((t) => `#${t}`.trimEnd()),
  span: fc.constant(span),
  blankBefore: fc.boolean(),
});

const inlineComment = comment.map((c): Comment => ({ ...c, blankBefore: false }));

const around: fc.Arbitrary<Surroundings> = fc.record(
  { before: fc.array(comment, { maxLength: 2 }), blankBefore: fc.boolean(), after: inlineComment },
  { requiredKeys: ["before", "blankBefore"] },
);

const pastedText = fc.array(lineText.map((t) => t.replace(/\}/g, ")")), { maxLength: 3 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

type Blocks = {
  statement: Statement;
  body: Statement[];
  block: Block;
};

const blocks = fc.letrec<Blocks>((tie) => ({
  statement: fc.oneof(
    { depthSize: "small", depthIdentifier: "block" },
    fc.tuple(string, around)
      .map(([path, around]): Statement => ({ kind: "use", path, around, span })),
    fc.tuple(condition, around)
      .map(([condition, around]): Statement => ({ kind: "expect", condition, around, span })),
    fc.tuple(word, phrase, around)
      .map(([name, value, around]): Statement => ({ kind: "let", name, value, around, span })),
    fc.tuple(pastedText, fc.constantFrom("iomem" as const, "e820" as const), around)
      .map(([text, format, around]): Statement => {
        return { kind: "pasted", format, text, textSpan: span, around, span };
      }),
    sentence(tie("block")),
    fc.tuple(word, fc.array(word, { maxLength: 3 }), tie("block"), around)
      .map(([name, params, block, around]): Statement => {
        return { kind: "def", name, params, block, around, span };
      }),
    fc.tuple(word, phrase, tie("block"), around)
      .map(([name, over, block, around]): Statement => {
        return { kind: "for", name, over, block, around, span };
      }),
    fc.tuple(string, tie("block"), around)
      .map(([name, block, around]): Statement => ({ kind: "scenario", name, block, around, span })),
    fc.tuple(
      fc.array(fc.tuple(condition, tie("block"), around), { minLength: 1, maxLength: 3 }),
      fc.option(fc.tuple(tie("block"), inlineComment, fc.boolean()), { nil: undefined }),
    ).map(([branches, last]) => ifChain(branches, last)),
  ),
  body: fc.array(tie("statement"), { maxLength: 3, depthIdentifier: "block" }).map(tightFirst),
  block: fc.record(
    {
      body: tie("body"),
      trailing: fc.array(comment, { maxLength: 2 }),
      span: fc.constant(span),
      closing: inlineComment,
    },
    { requiredKeys: ["body", "trailing", "span"] },
  ).map((b): Block => b.body.length > 0 ? b : { ...b, trailing: tightComments(b.trailing) }),
}));

function sentence(block: fc.Arbitrary<Block>): fc.Arbitrary<Statement> {
  const call = fc.tuple(word, fc.array(expression, { maxLength: 2 }))
    .map(([callee, args]) => ({ kind: "call" as const, callee, args, span }));
  const rest: fc.Arbitrary<readonly Expression[]> = fc.oneof(phrase, items([",", ":", "="]));
  return fc.tuple(fc.oneof(word, call), rest, fc.option(block, { nil: undefined }), around)
    .map(([first, rest, block, around]): Statement => ({
      kind: "sentence",
      head: first.kind === "call" ? first.callee.text : first.text,
      words: [first, ...rest],
      around,
      span,
      ...(block === undefined ? {} : { block }),
    }));
}

type Branch = readonly [Condition, Block, Surroundings];
type Last = readonly [Block, Comment, boolean];

function ifChain([first, ...more]: readonly Branch[], last: Last | undefined): Statement {
  const [condition, block, around] = first!;
  const base = { kind: "if", condition, around, span } as const;
  if (more.length > 0) {
    const [c, b, a] = more[0]!;
    const second: Branch = [c, b, { ...a, before: [], blankBefore: false }];
    const nested = ifChain([second, ...more.slice(1)], last);
    const otherwise = { body: [nested], trailing: [], span };
    return { ...base, block: unclosed(block), otherwise, elseIf: true };
  }
  if (last === undefined) return { ...base, block, elseIf: false };
  const [final, opening, isOpened] = last;
  const otherwise = isOpened ? { ...final, opening } : final;
  return { ...base, block: unclosed(block), otherwise, elseIf: false };
}

function unclosed({ body, trailing }: Block): Block {
  return { body, trailing, span };
}

function tightFirst(statements: readonly Statement[]): Statement[] {
  return statements.map((s, i) => {
    if (i > 0) return s;
    const { before, blankBefore } = s.around;
    const tight = { before: tightComments(before), blankBefore: blankBefore && before.length > 0 };
    return { ...s, around: { ...s.around, ...tight } };
  });
}

function tightComments(comments: readonly Comment[]): Comment[] {
  return comments.map((c, i) => (i === 0 ? { ...c, blankBefore: false } : c));
}

/** Whole scripts. */
export const script: fc.Arbitrary<Script> = fc.tuple(
  blocks.body,
  fc.array(comment, { maxLength: 2 }),
).map(([body, comments]) => {
  const trailing = body.length > 0 ? comments : tightComments(comments);
  return { body, trailing, span };
});

const TOKENS = [
  ...["a", "b.c", "let x =", "def f(a) {", "for x in", "if a {", "} else {", "} else if b {"],
  ...["use", "scenario", "expect", "iomem {\n", "e820", "and", "or", "not", "is", "in", "1"],
  ...["0x1f", "64M", "17 pages", "6.1", '"s"', '"', "(", ")", "[", "]", "{", "}", "}\n", ","],
  ...[":", "=", "==", "<", "..", "@", "+", "-", "~", "*", ";", "# c", "# c\n", "\\\n", "\\"],
  ...["\n", "\n\n", "\r\n", "\r", "\t", "$", "é", "漢", "\0", "\ud800", "12abc", "f(", "x {\n"],
];

/** Tokens in any order: most of these texts are wrong in several ways. */
export const soup: fc.Arbitrary<string> = fc.array(
  fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom("", " ", " ", "\n")),
  { maxLength: 40 },
).map((parts) => parts.flat().join(""));

const PARTS = [
  ...["a b\n", "x {\n", "}\n", "} # c\n", "if a {", "} else {", "} else if b {", "\n", "\n\n"],
  ...[
    "# c\n",
    "\n\n# c\n",
    "a [1, # c\n 2]",
    "f(a,\n  # c\n\n b)",
    "a (b # c\n + 1)",
    "expect a\n",
  ],
  ...[
    "a +  # c\n b",
    "a 1, # c\n 2",
    "; c",
    "iomem { # c\n  x [\n}\n",
    "a { b; c { d } }",
    "{ # c\n",
  ],
  ...[
    "let x = 0xAB_CD",
    'a "\\x41é"',
    "a " + "0x1000 .. 0x2000, ".repeat(8) + "b",
    "a \\\n b",
    "{}",
  ],
];

/** Larger parts in any order: many of these texts are clean, and full of comments. */
export const patchwork: fc.Arbitrary<string> = fc.array(fc.constantFrom(...PARTS), {
  maxLength: 12,
})
  .map((parts) => parts.join(""));
