/** The table of codes, guesses at what was meant, and the picture of a diagnostic. */
import test from "node:test";
import assert from "node:assert/strict";
import {
  catalogue,
  closest,
  type Diagnostic,
  editDistance,
  isCode,
} from "../src/diagnostics/mod.ts";
import { displayWidth, SourceText, wrapWords } from "../src/text/mod.ts";
import { renderDiagnostic } from "../src/views/diagnostics.ts";

test("codes have four digits and are in order, and every entry says something", () => {
  const codes = Object.keys(catalogue);
  assert.deepEqual(codes, [...codes].sort());
  for (const [code, { title, explanation }] of Object.entries(catalogue)) {
    assert.match(code, /^KX\d{4}$/);
    assert.match(title, /^[A-Z].*[^.]$/, code);
    assert.match(explanation, /\.$/, code);
  }
  assert.equal(isCode("KX0010"), true);
  assert.equal(isCode("toString"), false);
});

test("the closest word", () => {
  const words = ["segment", "entry", "reserve", "ENOENT", "map", "size"];
  const cases: [string, string | undefined][] = [
    ["segmnet", "segment"],
    ["segments", "segment"],
    ["enoent", "ENOENT"],
    ["Reserve", "reserve"],
    ["resreve", "reserve"],
    ["mep", "map"],
    ["mp", undefined],
    ["zzzzzz", undefined],
    ["", undefined],
    ["entry", undefined],
    ["x".repeat(1000), undefined],
  ];
  for (const [word, expected] of cases) assert.equal(closest(word, words), expected, word);
});

test("the closest word does not depend on the order of the candidates", () => {
  assert.equal(closest("cat", ["car", "bat", "cap"]), "bat");
  assert.equal(closest("cat", ["cap", "car", "bat"]), "bat");
});

test("edit distance counts a swap once and stops at its bound", () => {
  const cases: [string, string, number][] = [
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(editDistance(a, b), expected);
    assert.equal(editDistance(b, a), expected);
    assert.equal(editDistance(a, b, expected), expected);
  }
  assert.ok(editDistance("aaaaaaaa", "bbbbbbbb", 2) > 2);
});

test("columns of a terminal", () => {
  const cases: [string, number][] = [
    ["abc", 3],
    ["漢字", 4],
    ["ｱ", 1],
    ["Ａ", 2],
    ["e\u0301", 1],
    ["😀", 2],
    ["a\tb", 5],
    ["\x1b", 1],
    ["", 0],
  ];
  for (const [text, width] of cases) assert.equal(displayWidth(text), width, text);
  assert.deepEqual(wrapWords("aa bb cc 漢字 d", 5), ["aa bb", "cc", "漢字", "d"]);
  assert.deepEqual(wrapWords("", 5), [""]);
});

const source = new SourceText(
  0,
  "crash.kx",
  "machine host {\n  cpus 4\n  memory 4GiB\n\n  reserve crash at 0x20000000 size 256M\n" +
    "  reserve video at 0x2f800000 size 16M\n}\n",
);

function spanOf(text: string, of = source) {
  const start = of.text.indexOf(text);
  return { source: of.id, start, end: start + text.length };
}

const overlap: Diagnostic = {
  code: "KX0304",
  severity: "error",
  message: "Reservation `video` overlaps reservation `crash`",
  span: spanOf("reserve video"),
  label: "starts 8 MiB before that end",
  labels: [{ span: spanOf("reserve crash"), text: "covers [0x20000000, 0x30000000)" }],
  hint: "The first free place after `crash` is 0x30000000",
};

function picture(d: Diagnostic, width = 80, sources: readonly SourceText[] = [source]): string {
  return `${renderDiagnostic(d, sources, { width })}\n`;
}

test("a picture with a second label", () => {
  assert.equal(
    picture(overlap),
    `error[KX0304]: Reservation \`video\` overlaps reservation \`crash\`
  ┌─ crash.kx:6:3
 5│   reserve crash at 0x20000000 size 256M
  │   ------------- covers [0x20000000, 0x30000000)
 6│   reserve video at 0x2f800000 size 16M
  │   ^^^^^^^^^^^^^ starts 8 MiB before that end
hint: The first free place after \`crash\` is 0x30000000
`,
  );
});

test("labels in another text, far apart, and over several lines", () => {
  const other = new SourceText(1, "lib.kx", "def f() {\n  a\n}\n");
  const labels = [
    { span: spanOf("def f() {\n  a\n}", other), text: "defined here" },
    { span: spanOf("machine"), text: "in this machine" },
  ];
  assert.equal(
    picture({ ...overlap, severity: "warning", labels, hint: "Write less" }, 80, [source, other]),
    `warning[KX0304]: Reservation \`video\` overlaps reservation \`crash\`
  ┌─ crash.kx:6:3
 1│ machine host {
  │ ------- in this machine
 ·│
 6│   reserve video at 0x2f800000 size 16M
  │   ^^^^^^^^^^^^^ starts 8 MiB before that end
  ├─ lib.kx:1:1
 1│ def f() {
  │ ---------
 ·│
 3│ }
  │ - defined here
hint: Write less
`,
  );
});

test("a narrow terminal wraps what is said and cuts what is quoted", () => {
  const narrow = picture(overlap, 40);
  assert.equal(
    narrow,
    `error[KX0304]: Reservation \`video\`
  overlaps reservation
  \`crash\`
  ┌─ crash.kx:6:3
 5│   reserve crash at 0x20000000 size …
  │   -------------
  │   covers [0x20000000, 0x30000000)
 6│   reserve video at 0x2f800000 size …
  │   ^^^^^^^^^^^^^
  │   starts 8 MiB before that end
hint: The first free place after \`crash\`
      is 0x30000000
`,
  );
  for (const line of narrow.split("\n")) assert.ok(displayWidth(line) <= 40, line);
});

test("two marks too far apart for one window", () => {
  const long = new SourceText(0, "long.kx", `aaa ${"x ".repeat(60)}bbb`);
  const page = picture(
    {
      code: "KX0101",
      severity: "error",
      message: "Twice",
      span: spanOf("bbb", long),
      label: "again",
      labels: [{ span: spanOf("aaa", long), text: "first" }],
    },
    40,
    [long],
  );
  assert.equal(
    page,
    `error[KX0101]: Twice
  ┌─ long.kx:1:125
 1│ aaa x x x x x x x x x x x x x x x x…
  │ --- first
 1│ …x x x x x x x x x x x x x x x x bbb
  │                                  ^^^
  │                                again
`,
  );
});

test("nothing that a terminal would act on comes through", () => {
  const evil = new SourceText(0, "evil\x1b[2J.kx", "a \x1b[31m\u202e b\r");
  const page = renderDiagnostic(
    {
      code: "KX0001",
      severity: "error",
      message: "bad \x07\n text",
      span: { source: 0, start: 2, end: 3 },
      label: "\x9b2J",
      hint: "\x1b]0;title",
    },
    [evil],
    { width: 80 },
  );
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(page, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test("colours are what the caller passes, and change nothing else", () => {
  const paint = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const colour = {
    error: paint("e"),
    message: paint("m"),
    secondary: paint("s"),
    frame: paint("f"),
    hint: paint("h"),
  };
  const page = renderDiagnostic(overlap, [source], { width: 80, colour });
  assert.match(page, /^<e>error\[KX0304\]<\/e>: <m>Reservation/);
  assert.match(page, /<e>\^+<\/e> <e>starts/);
  assert.match(page, /<s>-+<\/s> <s>covers/);
  assert.equal(`${page.replace(/<\/?[a-z]>/g, "")}\n`, picture(overlap));
});

test("places outside all texts do not matter", () => {
  const lost = { ...overlap, span: { source: 7, start: 0, end: 1 }, labels: [] };
  assert.match(picture(lost), /^error\[KX0304\]: .*\nhint: /);
  const end = source.text.length;
  const beyond = { ...overlap, span: { source: 0, start: end, end: end + 5 }, labels: [] };
  assert.match(picture(beyond), /crash\.kx:8:1\n 8│\n {2}│ \^+ starts/);
});
