/** Texts that would break a careless parser: too deep, too long, too many, or nothing but garbage. */
import test from "node:test";
import assert from "node:assert/strict";
import { format, isIncomplete, parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";

/**
 * Bun gives a test five seconds, and a busy machine may want more. What is not linear would take longer
 * than this; how nearly linear the parser is, `deno task bench parser` measures.
 */
const PATIENT = { timeout: 120_000 };

function codes(text: string): string[] {
  const { diagnostics } = parse(new SourceText(0, "t.kx", text));
  return [...new Set(diagnostics.map((d) => d.code))];
}

const many = (part: string, count: number) => part.repeat(count);
const nested = (open: string, inner: string, close: string, depth: number) =>
  many(open, depth) + inner + many(close, depth);

test("200 levels of anything are read", PATIENT, () => {
  const texts = [
    nested("a {", "b", "}", 200),
    nested("if (a) {", "b", "}", 199),
    `x ${nested("(", "1", ")", 200)}`,
    `x ${nested("[", "1", "]", 200)}`,
    `x ${nested("f(", "1", ")", 200)}`,
    `expect ${nested("(", "a b", ")", 200)}`,
    `if a {}${many(" else if b {}", 200)}`,
    `let x = a${many(" + a", 990)}`,
    `expect ${many("not ", 990)}a`,
  ];
  for (const text of texts) {
    assert.deepEqual(codes(text), [], text.slice(0, 30));
    const source = new SourceText(0, "t.kx", text);
    const written = format(parse(source).script, source);
    assert.deepEqual(codes(written), [], text.slice(0, 30));
  }
});

test("deeper is refused with one diagnostic", PATIENT, () => {
  for (const depth of [201, 10_000, 1_000_000]) {
    for (const open of ["{", "a {", "x (", "x [", "x f(", "(\n", "x {\n(", "if (a) {\n"]) {
      assert.deepEqual(codes(many(open, depth)), ["KX0602"], `${depth} of ${open}`);
    }
  }
  assert.deepEqual(codes(nested("a {", "", "}", 201)), ["KX0602"]);
  assert.equal(isIncomplete(many("a {", 201)), false);
});

test("long chains are refused", PATIENT, () => {
  const cases = [
    [`let x = a${many(" + a", 100_000)}`, "KX0603"],
    [`let x = [${many("-", 100_000)}1]`, "KX0603"],
    [`x ${many("~ ", 100_000)}1`, "KX0603"],
    [`expect ${many("not ", 100_000)}a`, "KX0603"],
    [`expect a${many(" or a", 100_000)}`, "KX0603"],
    [`expect a${many(" < a", 100_000)}`, "KX0022"],
    [`if a {}${many(" else if a {}", 10_000)}`, "KX0604"],
    [nested(`if a {} ${many("else if a {} ", 150)}else {`, "", "}", 150), "KX0604"],
    [`x ${many("1", 1_000_000)}`, "KX0606"],
    [`x 0x${many("f", 129)}`, "KX0606"],
    [many("a", 16 * 1024 * 1024 + 1), "KX0601"],
  ] as const;
  for (const [text, code] of cases) assert.deepEqual(codes(text), [code], text.slice(0, 30));
});

test("what is long but not deep is read", PATIENT, () => {
  const texts = [
    `x [${many("1, ", 60_000)}]`,
    `x [${many("1,\n# c\n", 30_000)}]`,
    `x ${many("a ", 60_000)}`,
    `x a${many(", a", 60_000)}`,
    `x ${many("\\\n", 60_000)}`,
    `x "${many("\\n", 500_000)}"`,
    many("a\n", 60_000),
    many("# c\n", 500_000),
    many("\n", 1_000_000),
    many("a{b}", 30_000),
    many("iomem {\n}\n", 20_000),
    `iomem {\n${many("00000000-00000fff : ([{\n", 50_000)}}`,
    `expect ${nested("(", `f(${many("1, ", 50_000)})`, ")", 190)}`,
  ];
  for (const text of texts) assert.deepEqual(codes(text), [], text.slice(0, 30));
});

test("garbage takes linear time and at most a hundred and one diagnostics", PATIENT, () => {
  const units = [
    ...[
      "}",
      ")",
      "(}",
      "x (}\n",
      "x (\n}",
      "$",
      "$\n",
      '"',
      '"\n',
      "\\",
      "\0",
      "\0\x01",
      "\r",
      "\ud800",
    ],
    ...[
      "else ",
      "else {}",
      "if a\n",
      "let x = ",
      "x {$}",
      "x \ufffd\n",
      "iomem {",
      "e820 {\n",
      "12abc ",
    ],
    ...["a,\n", "expect (a) == ", "expect a < (b", "x 😀\n", "= ", "; ", 'x "\\q"\n'],
  ];
  for (const unit of units) {
    const text = many(unit, Math.ceil(20_000 / unit.length));
    const { diagnostics } = parse(new SourceText(0, "t.kx", text));
    assert.ok(codes(text).length > 0 || unit === "; ", unit);
    assert.ok(diagnostics.length <= 101, unit);
  }
});

test("a parser called from deep down answers all the same", PATIENT, () => {
  const text = nested("x { if (a) {", "b", "}}", 90);
  const deep = (depth: number): string[] => depth === 0 ? codes(text) : [...deep(depth - 1)];
  assert.deepEqual(deep(1000), []);
});
