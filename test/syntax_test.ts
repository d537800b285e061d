/** Trees for every form of the language, and for every mistake the code and the place of it. */
import test from "node:test";
import assert from "node:assert/strict";
import { catalogue } from "../src/diagnostics/mod.ts";
import { isIncomplete, parse, type Script } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { showStatement } from "./syntax/show.ts";

const parseText = (text: string) => parse(new SourceText(0, "t.kx", text));

/** Texts and the statements that they are, without a complaint. */
function trees(name: string, cases: readonly (readonly [string, string])[]): void {
  test(name, () => {
    for (const [text, expected] of cases) {
      const { script, diagnostics } = parseText(text);
      assert.deepEqual(diagnostics, [], text);
      assert.equal(script.body.map(showStatement).join(" / "), expected, text);
    }
  });
}

trees("sentences", [
  ["", ""],
  [";;\n ;\n", ""],
  ["load old via v1 fails EADDRNOTAVAIL", "load old via v1 fails EADDRNOTAVAIL"],
  ["a; b;c\nd", "a / b / c / d"],
  ["image old : crash", "image old : crash"],
  ["call c with 1, 2 returns 3", "call c with 1 , 2 returns 3"],
  ["set kernel.kexec_load_disabled = 1", "set kernel.kexec_load_disabled = 1"],
  ['memory from iomem "r630.iomem"', 'memory from iomem "r630.iomem"'],
  ['iomem "f"', 'iomem "f"'],
  ["try_reserve(64M, host)", "(call try_reserve 67108864 host)"],
  ["f() g", "(call f) g"],
  ["f (a)", "f (a)"],
  ["# only a comment", ""],
  ["a # comment\nb", "a / b"],
  ["letter expectation format iffy useful", "letter expectation format iffy useful"],
]);

trees("blocks", [
  ["machine host { cpus 4 }", "machine host {cpus 4}"],
  ["machine host {\n  cpus 4\n  ram 1GiB\n}\n", "machine host {cpus 4; ram 1073741824}"],
  ["a { b; c { d } e }", "a {b; c {d}; e}"],
  ["a {} b {}", "a {} / b {}"],
  ["a {;}", "a {}"],
]);

trees("where lines go on", [
  ["a 1,\n  2", "a 1 , 2"],
  ["a 1 +  # why\n  2", "a (+ 1 2)"],
  ["a \\\n  b \\  \n\n c", "a b / c"],
  ["a [1,\n # in between\n\n 2\n]\nb", "a [1 2] / b"],
  ["a (1\n + 2) f(\n3\n,4)", "a ((+ 1 2)) (call f 3 4)"],
  ["a :\n b", "a : b"],
  ["let x =\n 5", "let x = 5"],
  ["expect a ==\n b and\n c", "expect (and (== <a> <b>) <c>)"],
  ["expect (a\n or b)", "expect {{(or <a> <b>)}}"],
]);

trees("line endings and blanks", [
  ["a\r\nb\r\n", "a / b"],
  ["\uFEFFa", "a"],
  ["\ta\t1\t", "a 1"],
  ["a [1,\r\n2]\r\nb", "a [1 2] / b"],
  ["a \\\r\n b", "a b"],
]);

trees("keywords", [
  ["let x = base + 4KiB", "let x = (+ base 4096)"],
  ["let sizes = 1, 2", "let sizes = 1 , 2"],
  ["def f(a, b) { load a }", "def f(a b) {load a}"],
  ["def f() {}", "def f() {}"],
  ["def f(a,) {}", "def f(a) {}"],
  ["for x in 64M, 128M { load x }", "for x in 67108864 , 134217728 {load x}"],
  ["for x in [1, 2] {}", "for x in [1 2] {}"],
  ["if a { b }", "if <a> {b}"],
  ["if a { b } else { c }", "if <a> {b} else {c}"],
  ["if a { b }\nelse if c { d }\nelse { e }", "if <a> {b} else if <c> {d} else {e}"],
  ['use "lib.kx"', 'use "lib.kx"'],
  ['scenario "one" { a }', 'scenario "one" {a}'],
]);

trees("pasted text", [
  ["iomem {\n00-ff : RAM\n  (nested [{\n}\nb", 'iomem <<"00-ff : RAM\\n  (nested [{\\n">> / b'],
  ["e820{\r\nx\r\n}\r\n", 'e820 <<"x\\n">>'],
  ["iomem {  # as printed\n\n  }\n", 'iomem <<"\\n">>'],
  ["iomem {}", 'iomem <<"">>'],
  ['a { iomem {\n" # {\n}\n}', 'a {iomem <<"\\" # {\\n">>}'],
  ["iomem r630 { a }", "iomem r630 {a}"],
]);

trees("numbers", [
  ["x 0 7 1_000", "x 0 7 1000"],
  ["x 0x0810_0000 0XAb 0b1_01 0o17", "x 135266304 171 5 15"],
  ["x 1B 1K 1k 1KB 1KiB 1kB", "x 1 1024 1024 1024 1024 1024"],
  ["x 64M 64m 64MB 64MiB 64 MiB", "x 67108864 67108864 67108864 67108864 67108864"],
  ["x 1G 1T 1P 1E", "x 1073741824 1099511627776 1125899906842624 1152921504606846976"],
  ["x 17 pages 1 page 2pages 8 bytes", "x 69632 4096 8192 8"],
  ["x 0x10M 0x10B 0b1B", "x 16777216 267 1"],
  ["x 5 K 5 pagesize 5 M", "x 5 K 5 pagesize 5 M"],
  ["x 0xffff_ffff_ffff_ffff_f", "x 295147905179352825855"],
  ["x 32E", "x 36893488147419103232"],
  ["xen 4.4.0 linux 6.1", "xen v4.4.0 linux v6.1"],
]);

trees("strings", [
  ['x "" "a b" "#{"', 'x "" "a b" "#{"'],
  [String.raw`x "\n\t\r\0\\\"\x41"`, String.raw`x "\n\t\r\0\\\"A"`],
  ['x "\\xe9 \\x7f 漢字"', 'x "é \\x7f 漢字"'],
]);

trees("expressions", [
  [
    "x a .. b @ c | d ^ e & f << g + h * i",
    "x (.. a (@ b (| c (^ d (& e (<< f (+ g (* h i))))))))",
  ],
  [
    "x a * b + c << d & e ^ f | g @ h .. i",
    "x (.. (@ (| (^ (& (<< (+ (* a b) c) d) e) f) g) h) i)",
  ],
  ["x a - b - c", "x (- (- a b) c)"],
  ["x a / b % c >> d", "x (>> (% (/ a b) c) d)"],
  ["x (-a) * ~-b", "x (* ((- a)) (~ (- b)))"],
  ["x -a b", "x (- a) b"],
  ["x a -b", "x (- a b)"],
  ["x a, -b", "x a , (- b)"],
  ["x a ~b", "x a (~ b)"],
  ["x a (b) [c] f(d)[e]", "x a (b) [c] (call f d) [e]"],
  ["x 0..640KiB 1MiB+4KiB", "x (.. 0 655360) (+ 1048576 4096)"],
  ["x 6.1..6.5 a.b..c", "x (.. v6.1 v6.5) (.. a.b c)"],
  ["x [] [a,] [[a], f()]", "x [] [a] [[a] (call f)]"],
  ["segment text at base + 4KiB size 1MiB", "segment text at (+ base 4096) size 1048576"],
]);

trees("conditions", [
  ["expect running old or running new", "expect (or <running old> <running new>)"],
  ["expect a or b and not c", "expect (or <a> (and <b> (not <c>)))"],
  ["expect not not a == b", "expect (not (not (== <a> <b>)))"],
  ["expect a and b and c", "expect (and (and <a> <b>) <c>)"],
  ["expect owner of 0x1000 is kernel", "expect (is <owner of 4096> <kernel>)"],
  ["expect a is not b and a not in c", "expect (and (is not <a> <b>) (not in <a> <c>))"],
  ["expect a in 0 .. 4", "expect (in <a> <(.. 0 4)>)"],
  ["expect a != b or a <= b or a >= b", "expect (or (or (!= <a> <b>) (<= <a> <b>)) (>= <a> <b>))"],
  ["expect a < b and a > b", "expect (and (< <a> <b>) (> <a> <b>))"],
  ["expect a << 1 < b >> 2", "expect (< <(<< a 1)> <(>> b 2)>)"],
  ["expect result of call c with 1, 2 is 3", "expect (is <result of call c with 1 , 2> <3>)"],
  ["expect inside isolated android", "expect <inside isolated android>"],
  ["if free pages < 4 {}", "if (< <free pages> <4>) {}"],
]);

trees("parentheses in conditions", [
  ["expect (a or b) and c", "expect (and {{(or <a> <b>)}} <c>)"],
  ["expect (a b)", "expect {{<a b>}}"],
  ["expect (a)", "expect <(a)>"],
  ["expect ((a)) == b", "expect (== <((a))> <b>)"],
  ["expect (a + b) * 2 == c", "expect (== <(* ((+ a b)) 2)> <c>)"],
  ["expect (a) of b == (c) .. d", "expect (== <(a) of b> <(.. (c) d)>)"],
  ["expect ((a is b))", "expect {{{{(is <a> <b>)}}}}"],
  ["expect not (a and (b or c))", "expect (not {{(and <a> {{(or <b> <c>)}})}})"],
]);

test("every example of the catalogue gives its code", () => {
  for (const [code, { example }] of Object.entries(catalogue)) {
    if (!code.startsWith("KX00")) continue;
    const text = example
      .replaceAll("\\xe9", "\ufffd")
      .replaceAll("\\r", "\r")
      .replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    const codes = parseText(text).diagnostics.map((d) => d.code);
    assert.ok(codes.includes(code), `${code} from ${JSON.stringify(text)}: ${codes}`);
  }
});

test("a mistake costs one statement, and the next ones are read", () => {
  const cases = [
    ["a\nlet 5 = x\nb", "a / ?<let 5 = x> / b"],
    ["a $; b", "?<a $> / b"],
    ["x { a\n $ $\n b } c", "x {a; ?<$ $>; b} / c"],
    ["x $ {\n a\n} b", "?<x $ {\n a\n}> / b"],
    ["x [1,\n 2 3,\n 4]\nb", "?<x [1,\n 2 3,\n 4]> / b"],
    ["x (1\nb\nc", "?<x (1> / b / c"],
    ['x "a\nb', '?<x "a> / b'],
    ["a }\nb", "a / ?<}> / b"],
    ["if a { b } else c\nd", "if <a> {b} / ?<else c> / d"],
    ["x $ # why\nb", "?<x $> / b"],
    ["x ( { a ) }\nb", "?<x ( { a ) }> / b"],
    ["{ a }\nb", "?<{ a }> / b"],
    ["x { a", "x {a}"],
  ];
  for (const [text, expected] of cases) {
    const { script, diagnostics } = parseText(text!);
    assert.equal(script.body.map(showStatement).join(" / "), expected, text);
    assert.ok(diagnostics.length > 0, text);
  }
});

test("codes and places of mistakes", () => {
  const cases: [string, string, string][] = [
    ["let 5 = x", "KX0010", "5"],
    ["def f(a constructor) {}", "KX0010", "constructor"],
    ["load old!", "KX0011", "!"],
    ["expect a && b", "KX0011", "&&"],
    ["x “a”", "KX0011", "“"],
    ['x "abc', "KX0012", '"abc'],
    [String.raw`x "a\qb"`, "KX0013", String.raw`\q`],
    ["x 1.5GiB", "KX0014", "1.5GiB"],
    ["x 12abc y", "KX0014", "12abc"],
    ["x 0x", "KX0014", "0x"],
    ["x 0x_1", "KX0014", "0x_1"],
    ["x 1__0", "KX0014", "1__0"],
    ["x 017", "KX0014", "017"],
    ["x f(1, 2\ny", "KX0016", "("],
    ["x [1 }\ny", "KX0016", "["],
    ["x { a", "KX0017", "{"],
    ["x a)", "KX0018", ")"],
    ["5 x", "KX0019", "5"],
    ["x\n{\n}", "KX0019", "{"],
    ["else { }", "KX0020", "else"],
    ["expect a = b", "KX0021", "="],
    ["x a == b", "KX0021", "=="],
    ["expect a < b < c", "KX0022", "c"],
    ["expect (a or b) + 1 == c", "KX0023", "(a or b)"],
    ["expect a == (b is c)", "KX0023", "(b is c)"],
    ["iomem {\nx", "KX0024", "{"],
    ["iomem { x }", "KX0025", "{"],
    ["x \0", "KX0001", "\0"],
    ["# \x1b\x1b", "KX0001", "\x1b\x1b"],
    ["# \u202e", "KX0001", "\u202e"],
    ["a\uFEFF", "KX0001", "\uFEFF"],
    ["# \ufffd", "KX0002", "\ufffd"],
    ["x \ud800", "KX0002", "\ud800"],
    ["a\rb", "KX0003", "\r"],
  ];
  for (const [text, code, place] of cases) {
    const { diagnostics } = parseText(text);
    const found = diagnostics.map((d) => [d.code, text.slice(d.span.start, d.span.end)]);
    assert.deepEqual(found[0], [code, place], JSON.stringify(text));
  }
});

test("several mistakes in one text, in the order of the text", () => {
  const { diagnostics } = parseText("a $\nb {\n c 12abc\n d \0\n}\ne )\nf {");
  const codes = diagnostics.map((d) => d.code);
  assert.deepEqual(codes, ["KX0011", "KX0014", "KX0001", "KX0018", "KX0017"]);
});

test("surroundings: comments and empty lines", () => {
  const { body, trailing } = parseText(
    "# first\n\n# second\na { # opened\n\n  b # end\n  # last\n} # closed\n\n\nc [1, # in\n 2]\n# z",
  ).script;
  const texts = (comments: Script["trailing"]) =>
    comments.map((c) => (c.blankBefore ? "\n" : "") + c.text);
  const [a, c] = body;
  assert.ok(a?.kind === "sentence" && a.block !== undefined);
  assert.deepEqual(texts(a.around.before), ["# first", "\n# second"]);
  assert.equal(a.around.blankBefore, false);
  assert.equal(a.around.after?.text, "# opened");
  assert.equal(a.block.body[0]?.around.after?.text, "# end");
  assert.equal(a.block.body[0]?.around.blankBefore, false);
  assert.deepEqual(texts(a.block.trailing), ["# last"]);
  assert.equal(a.block.closing?.text, "# closed");
  assert.equal(c?.around.blankBefore, true);
  assert.deepEqual(texts(c?.around.inside ?? []), ["# in"]);
  assert.deepEqual(texts(trailing), ["# z"]);
});

test("spans cover the text of their nodes", () => {
  const text = "  machine host { x f(1) + 2 pages }  # c";
  const [machine] = parseText(text).script.body;
  assert.ok(machine?.kind === "sentence" && machine.block !== undefined);
  const cut = (s: { span: { start: number; end: number } }) => text.slice(s.span.start, s.span.end);
  assert.equal(cut(machine), "machine host { x f(1) + 2 pages }");
  assert.equal(cut(machine.block), "{ x f(1) + 2 pages }");
  const [x] = machine.block.body;
  assert.ok(x?.kind === "sentence");
  assert.equal(cut(x), "x f(1) + 2 pages");
  const sum = x.words[1];
  assert.ok(sum?.kind === "binary");
  assert.deepEqual([sum.left, sum.right].map(cut), ["f(1)", "2 pages"]);
});

test("what a REPL may still complete", () => {
  const open = [
    ...["a {", "a {\n b\n c {\n }", "a { # comment", "a (", "x [1,", "x f(1", "iomem {"],
    ...["iomem {\n00-ff : RAM", "a 1 +", "a,", "let x =", "x 1 .. # c", "a \\", "a \\\n"],
    ...["expect a and", "expect not"],
  ];
  const complete = ["", "a", "a { b }", "# a {"];
  const wrong = ["a }", "a $ {", 'a "x', "a )", "( }", "let", "expect", "x 12abc {"];
  for (const text of open) assert.equal(isIncomplete(text), true, text);
  for (const text of [...complete, ...wrong]) assert.equal(isIncomplete(text), false, text);
});
