/** The committed parser is what the grammar makes, and its compiled matchers mean what peggy means. */
import test from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { generateParser } from "../scripts/grammar.ts";
import { Context } from "../src/syntax/context.ts";
import * as committed from "../src/syntax/generated/kx_parser.js";
import { scanLayout } from "../src/syntax/layout.ts";
import { SourceText } from "../src/text/mod.ts";
import { patchwork, soup } from "./syntax/arbitrary_scripts.ts";

/** Bun gives a test five seconds, and a busy machine may want more. */
const PATIENT = { timeout: 120_000 };

const PARSER = new URL("../src/syntax/generated/kx_parser.js", import.meta.url);

test("the committed parser is fresh, and making it twice gives the same", PATIENT, async () => {
  const made = await generateParser();
  assert.equal(await generateParser(), made);
  assert.ok(await readFile(PARSER, "utf8") === made, "run `deno run -A scripts/grammar.ts`");
});

/** The parser as peggy makes it without the plugin: slow, but nobody doubts it. */
async function plainParser(): Promise<typeof committed> {
  const source = (await generateParser([]))
    .replace(/from "(\.\.\/[a-z_]+\.ts)"/g, (_, path) => `from "${new URL(path, PARSER).href}"`);
  const folder = await mkdtemp(join(tmpdir(), "kx-parser-"));
  try {
    const file = join(folder, "plain.mjs");
    await writeFile(file, source);
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Trees and diagnostics; a text that is nested too deep never reaches a parser. */
function run({ parse }: typeof committed, text: string) {
  const source = new SourceText(0, "t.kx", text);
  const layout = scanLayout(text);
  const context = new Context(source, layout, (start) => ({ at: start, expected: [] }));
  const options = { context, grammarSource: 0, peg$silentFails: 1 } as const;
  return [parse(text, { ...options, startRule: "Script" }), context.diagnostics];
}

test("the plugin changes no tree", PATIENT, async () => {
  const plain = await plainParser();
  const property = fc.property(fc.oneof(soup, patchwork), (text) => {
    assert.deepEqual(run(committed, text), run(plain, text));
  });
  fc.assert(property, { seed: 0x6b78, numRuns: 3000 });
});
