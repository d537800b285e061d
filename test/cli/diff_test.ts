/** Differences that `patch` would take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unifiedDiff } from "../../src/cli/diff.ts";

/** Puts a difference on a text, as `patch` does without fuzz. */
function patched(before: string, diff: readonly string[]): string {
  const lines = before.split("\n");
  const result: string[] = [];
  let at = 0;
  for (const line of diff.slice(2)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line);
    if (hunk !== null) {
      const start = hunk[2] === "0" ? Number(hunk[1]) : Number(hunk[1]) - 1;
      result.push(...lines.slice(at, start));
      at = start;
      continue;
    }
    if (line[0] !== "+") assert.equal(lines[at++], line.slice(1));
    if (line[0] !== "-") result.push(line.slice(1));
  }
  return [...result, ...lines.slice(at)].join("\n");
}

const text = fc.array(fc.constantFrom("a", "b", "c", "", "  d"), { maxLength: 40 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

test("diff: patching the old text gives the new one", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      assert.equal(patched(before, unifiedDiff(before, after, ["a", "b"])), after);
    }),
    { numRuns: 500 },
  );
});

test("diff: equal texts differ in nothing, and hunks are small", () => {
  assert.deepEqual(unifiedDiff("a\nb\n", "a\nb\n", ["a", "b"]), []);
  const long = Array.from({ length: 100 }, (_, i) => `${i}\n`).join("");
  assert.deepEqual(unifiedDiff(long, long.replace("50\n", "fifty\n"), ["old", "new"]), [
    "--- old",
    "+++ new",
    "@@ -48,7 +48,7 @@",
    " 47",
    " 48",
    " 49",
    "-50",
    "+fifty",
    " 51",
    " 52",
    " 53",
  ]);
});

test("diff: a missing end of the last line is seen", () => {
  const diff = unifiedDiff("a\n", "a", ["a", "b"]);
  assert.deepEqual(diff.slice(3), ["-a", "+a\n\\ No newline at end of file"]);
});

test("diff: texts that share nothing end soon", () => {
  const lines = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word} ${i}\n`).join("");
  assert.equal(unifiedDiff(lines("a"), lines("b"), ["a", "b"]).length, 10_003);
});
