/** Recordings of the original Mini-OS code, all of them, every field. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { replay } from "../src/replay/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";

const FOLDER = new URL("recordings/minios/", import.meta.url);

/** How many cases each recording has: a reader that lost some would still see the rest pass. */
const CASES: Readonly<Record<string, number>> = {
  "module-alloc.v2-patch.jsonl": 97,
  "module-check.v1-patch.jsonl": 93,
  "module-check.v2-patch.jsonl": 93,
  "module-layout.v1-patch.jsonl": 184,
  "module-layout.v2-patch.jsonl": 184,
  "real-boot.v2-patch.jsonl": 1,
  "start-info.2d3b22f8.jsonl": 29,
  "start-info.v1-patch.jsonl": 33,
  "start-info.v2-patch.jsonl": 33,
};

for (const name of Object.keys(CASES)) {
  test(`${name}: every case, every field`, () => {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    const { cases, problems, passed } = replay(text, [miniOs]);
    assert.deepEqual(problems, []);
    assert.deepEqual(cases.filter((c) => !c.passed), []);
    assert.equal(passed, CASES[name]);
  });
}
