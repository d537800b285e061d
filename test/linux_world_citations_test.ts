/** Every source that code or comments name can be found in the table, and every entry is named. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { citation, citationKeys, cited } from "../src/citations/mod.ts";

const SRC = new URL("../src/", import.meta.url);

/** `linux`, `xen`, …: what stands before the colon of a key. */
const PROJECTS = [...new Set(citationKeys().map((key) => key.split(":")[0]!))]
  .filter((project) => project !== "kx");
// Other texts begin with `kx:` too: there only what is said to be a source counts.
const KEY = new RegExp(
  `["[]((?:${PROJECTS.join("|")}):[A-Za-z_][^"\\]]*)["\\]]|(?:cite: |CITE = )"(kx:\\w+)"`,
  "g",
);

function namedKeys(): Map<string, string> {
  const keys = new Map<string, string>();
  for (const path of readdirSync(SRC, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || path.startsWith("citations")) continue;
    const text = readFileSync(new URL(path.replaceAll("\\", "/"), SRC), "utf8");
    for (const m of text.matchAll(KEY)) keys.set(m[1] ?? m[2]!, path);
  }
  return keys;
}

test("every key resolves", () => {
  for (const [key, path] of namedKeys()) {
    assert.notEqual(citation(key), undefined, `${key} in ${path}`);
  }
});

test("every entry is used", () => {
  const named = namedKeys();
  assert.deepEqual(citationKeys().filter((key) => !named.has(key)), []);
});

test("a citation reads as a sentence's source", () => {
  assert.equal(
    cited("linux:kimage_alloc_page"),
    "Linux, kernel/kexec_core.c: kimage_alloc_page (7.0-rc, linux-next 50698a49)",
  );
  assert.equal(cited("linux:no_such_function"), undefined);
});
