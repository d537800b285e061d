/** Texts that are no recording of Mini-OS: said, never thrown. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { replay } from "../src/replay/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";

const FOLDER = new URL("recordings/minios/", import.meta.url);

function lines(name: string): string[] {
  return readFileSync(new URL(name, FOLDER), "utf8").split("\n");
}

test("what is not known is a problem with its line", () => {
  const [header, first] = lines("module-layout.v2-patch.jsonl");
  const problems = (text: string) =>
    replay(text, [miniOs]).problems.map((p) => `${p.line}: ${p.message}`);
  assert.match(
    problems(`${header}\n${first!.replace('"op": "boot", "module', '"op": "dance", "module')}`)[0]!,
    /^2: .*no operation "dance" is known/,
  );
  const mood = first!.replace('"observed": [{', '"observed": [{"mood": 1, ');
  assert.match(problems(`${header}\n${mood}`)[0]!, /^2: nobody knows how to compare `boot.mood`/);
  const report = replay(`${header}\n${first}`, [miniOs]);
  assert.equal(report.passed, 1);
  assert.ok(report.cases[0]!.compared > 5);
});

test("a recorded value that the model does not have is a difference", () => {
  const [header, first] = lines("module-layout.v2-patch.jsonl");
  for (
    const [from, to] of [['"fault": "0xc"', '"fault": "0xd"'], [
      '"mod_ptr": "0x0"',
      '"mod_ptr": "0x1"',
    ]]
  ) {
    assert.ok(first!.includes(from!), from);
    const { failed, cases } = replay(`${header}\n${first!.replace(from!, to!)}`, [miniOs]);
    assert.equal(failed, 1);
    assert.equal(cases[0]!.differences.length, 1);
  }
});

const NAMES = [
  "module-layout.v2-patch.jsonl",
  "module-check.v2-patch.jsonl",
  "module-alloc.v2-patch.jsonl",
  "start-info.v2-patch.jsonl",
  "real-boot.v2-patch.jsonl",
];

for (const name of NAMES) {
  test(`no text makes it throw: ${name}`, () => {
    const [header, ...cases] = lines(name).filter((l) => l !== "" && l.length < 20_000);
    const value = fc.constantFrom(
      "null",
      "-1",
      '"0x0"',
      '"0xffffffffffffffff"',
      '"0x7fffffffffff"',
      "[]",
      "{}",
      '"zz"',
      "1e300",
      "65536",
    );
    fc.assert(
      fc.property(fc.nat(cases.length - 1), fc.nat(400), value, (line, at, text) => {
        // One value of the case is replaced by another.
        let seen = 0;
        const damaged = cases[line]!.replace(
          /("[a-z_0-9]+": )("[^"]{0,200}"|-?\d+|\[\]|true|false)/g,
          (whole, key: string) => seen++ === at % 40 ? `${key}${text}` : whole,
        );
        const report = replay(`${header}\n${damaged}`, [miniOs]);
        assert.equal(report.cases.length, report.passed + report.failed);
      }),
      { seed: 12, numRuns: 150 },
    );
  });
}
