/** Recordings of the original kexec(), of the page allocator and of whole chains: every case, every field. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { replay } from "../src/replay/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";

const FOLDER = new URL("recordings/minios/", import.meta.url);

/** How many cases each recording has: a reader that lost some would still see the rest pass. */
const CASES: Readonly<Record<string, number>> = {
  "chain.2d3b22f8.jsonl": 1,
  "chain.v1-patch.jsonl": 17,
  "chain.v2-patch.jsonl": 19,
  "elf.2d3b22f8.jsonl": 147,
  "elf.v2-patch.jsonl": 147,
  "reserve.2d3b22f8.jsonl": 19,
  "reserve.v2-patch.jsonl": 21,
};

for (const [name, count] of Object.entries(CASES)) {
  test(`${name}: every case, every field`, () => {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    const { cases, problems, passed } = replay(text, [miniOs]);
    assert.deepEqual(problems, []);
    assert.deepEqual(cases.filter((c) => !c.passed), []);
    assert.equal(passed, count);
  });
}

test("a recording that says something else fails", () => {
  const text = readFileSync(new URL("reserve.2d3b22f8.jsonl", FOLDER), "utf8");
  const wrong = text.replaceAll('"fault": "0x10"', '"fault": "0x18"');
  assert.notEqual(wrong, text);
  const { failed } = replay(wrong, [miniOs]);
  assert.equal(failed, 4);
});
