/** Laws of the front: what is written is read again as it was, and no text breaks the parser. */
import test from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { format, isIncomplete, parse, type Script } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { patchwork, script, soup } from "./syntax/arbitrary_scripts.ts";

/** Bun gives a test five seconds, and a busy machine may want more. */
const PATIENT = { timeout: 120_000 };

const SEED = 0x6b78;

/** A tree without its places. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (node === null || typeof node !== "object") return node;
  const entries = Object.entries(node).filter(([key]) => key !== "span" && key !== "textSpan");
  return Object.fromEntries(entries.map(([key, value]) => [key, bare(value)]));
}

const source = (text: string) => new SourceText(0, "t.kx", text);

function hasUnreadable(node: unknown): boolean {
  if (node === null || typeof node !== "object") return false;
  return ("kind" in node && node.kind === "unreadable") || Object.values(node).some(hasUnreadable);
}

/** Formats a clean text, and checks that this changed no meaning and is final. */
function checkLayout(text: string, tree: Script): void {
  const once = source(format(tree, source(text)));
  const again = parse(once);
  assert.deepEqual(again.diagnostics, [], once.text);
  assert.deepEqual(bare(again.script), bare(tree), once.text);
  assert.equal(format(again.script, once), once.text);
}

test("a tree that is written is read as it was, and its text is final", PATIENT, () => {
  const property = fc.property(script, (tree) => checkLayout("", tree));
  fc.assert(property, { seed: SEED, numRuns: 600 });
});

test("any text gives a tree, and places within the text", PATIENT, () => {
  const anyText = fc.oneof(soup, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  const property = fc.property(anyText, (text) => {
    const { script, diagnostics } = parse(source(text));
    isIncomplete(text);
    for (const { span, labels = [] } of diagnostics) {
      for (const { start, end } of [span, ...labels.map((label) => label.span)]) {
        assert.ok(0 <= start && start <= end && end <= text.length);
      }
    }
    const starts = diagnostics.map((d) => d.span.start);
    assert.deepEqual(starts, [...starts].sort((a, b) => a - b));
    if (hasUnreadable(script)) assert.ok(diagnostics.length > 0);
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});

test("statements of a text lie one after the other, and within their block", PATIENT, () => {
  const within = (body: Script["body"], start: number, end: number): void => {
    let from = start;
    for (const s of body) {
      assert.ok(from <= s.span.start && s.span.start < s.span.end && s.span.end <= end);
      from = s.span.end;
      if ("block" in s && s.block !== undefined) {
        within(s.block.body, s.block.span.start, s.block.span.end);
      }
    }
  };
  const property = fc.property(
    soup,
    (text) => within(parse(source(text)).script.body, 0, text.length),
  );
  fc.assert(property, { seed: SEED, numRuns: 2000 });
});

test("a clean text keeps its meaning and all its comments in the layout", PATIENT, () => {
  let clean = 0;
  const property = fc.property(fc.oneof(patchwork, soup), (text) => {
    const { script, diagnostics } = parse(source(text));
    if (diagnostics.length > 0) return;
    clean++;
    checkLayout(text, script);
    const count = (t: string) => t.match(/# c/g)?.length ?? 0;
    assert.equal(count(format(script, source(text))), count(text));
  });
  fc.assert(property, { seed: SEED, numRuns: 2000 });
  assert.ok(clean > 200, `only ${clean} texts were clean`);
});

test("a text goes on being incomplete until its end", PATIENT, () => {
  const property = fc.property(script, fc.double({ min: 0, max: 1, noNaN: true }), (tree, part) => {
    const lines = format(tree, source("")).split("\n");
    const some = lines.slice(0, Math.floor(part * lines.length)).join("\n");
    // Cut between lines, a text is whole or could be completed: the rest would do.
    assert.ok(parse(source(some)).diagnostics.length === 0 || isIncomplete(some), some);
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});
