/**
 * Golden pages of diagnostics: `syntax/errors/NAME.kx` and beside it `NAME.txt`, which is exactly
 * what a reader would see at 80 columns. KX_UPDATE=1 rewrites the pages: review them as code.
 */
import test from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { renderDiagnostic } from "../src/views/diagnostics.ts";

const FOLDER = new URL("./syntax/errors/", import.meta.url);
const WIDTH = 80;

const files = readdirSync(FOLDER).sort();
const scripts = files.filter((name) => name.endsWith(".kx"));

for (const name of scripts) {
  test(`page of ${name}`, () => {
    const source = new SourceText(0, name, readFileSync(new URL(name, FOLDER), "utf8"));
    const { diagnostics } = parse(source);
    assert.ok(diagnostics.length > 0, "a page of errors shows at least one");
    const page = diagnostics
      .map((d) => `${renderDiagnostic(d, [source], { width: WIDTH })}\n`)
      .join("\n");
    const pageFile = new URL(name.replace(/\.kx$/, ".txt"), FOLDER);
    if (process.env.KX_UPDATE === "1") writeFileSync(pageFile, page);
    assert.equal(page, readFileSync(pageFile, "utf8"));
    for (const line of page.split("\n")) assert.ok([...line].length <= WIDTH, line);
  });
}

test("no page without its script", () => {
  const orphans = files.filter((name) => !scripts.includes(name.replace(/\.txt$/, ".kx")));
  assert.deepEqual(orphans, []);
});
