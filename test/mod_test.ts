/** kx as a library. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kx, Lab, run, ScriptError, word } from "../src/mod.ts";

const MACHINE = "machine host { memory 0 .. 640KiB, 1MiB .. 1GiB }\nboot linux 6.1 on host\n";

test("library: a lab has the timeline, the machine and the transcript", async () => {
  // `await` does no harm, as in zx.
  const lab = await kx`
    machine host { memory 0 .. 640KiB, 1MiB .. ${1n << 30n} }
    boot linux 6.1 on host
    expect power is running or step > ${0}
  `;
  assert.ok(lab instanceof Lab);
  assert.ok(lab.timeline.length > 0);
  assert.equal(lab.machine.name, "host");
  assert.equal(lab.records.length, 3);
  assert.deepEqual(lab.failures, []);
  assert.equal(lab.at(0).machine.name, "");
  assert.equal(lab.at(1).event?.kind, "machine-powered");
  assert.equal(lab.at(lab.timeline.length).machine, lab.machine);
  assert.match(lab.transcript(), /boot linux 6\.1 on host/);
  assert.throws(() => lab.at(lab.timeline.length + 1), RangeError);
  assert.throws(() => lab.at(-1), RangeError);
});

test("library: a page tells its owner, its writer and its bytes", () => {
  const lab = run(MACHINE);
  const page = lab.page(0x3000_0abcn);
  assert.equal(page.address, 0x3000_0000);
  assert.notEqual(page.owner, undefined);
  assert.equal(page.bytes().length, 4096);
  assert.equal(lab.page(1n << 45n).owner, undefined);
});

test("library: what is interpolated is a literal, never code", () => {
  const evil = '"\nboot linux 6.1 on host\n# ';
  assert.throws(
    () => kx`machine host { memory 0 .. 1MiB } boot linux ${evil} on host`,
    ScriptError,
  );
  assert.equal(
    kx`let a = ${evil}\nexpect a is ${evil}\nexpect ${[1, 2n, "x", true]} is [1, 0x2, "x", true]`
      .failures.length,
    0,
  );
  assert.equal(kx`expect 5 - ${-3} is 8 and 5 - ${-3n} is 8`.failures.length, 0);
  assert.equal(kx`expect size of ${{ start: 4096, end: 8192n }} is 4KiB`.failures.length, 0);
  assert.equal(kx`let ${word("name")} = 1\nexpect ${word("name")} is 1`.failures.length, 0);
  assert.throws(() => word("a b"), TypeError);
  assert.throws(() => kx`expect ${1.5} is 1`, TypeError);
  assert.throws(() => kx`expect ${Number.NaN} is 1`, TypeError);
  assert.throws(() => kx`expect ${undefined as unknown as string} is 1`, TypeError);
});

test("library: a refusal and an expectation that fails are results", () => {
  const lab = run(`${MACHINE}expect step is 0\n`);
  assert.equal(lab.failures.length, 1);
  assert.match(lab.failures[0]!.failure!, /does not hold/);
});

test("library: wrong text throws what `kx check` prints", () => {
  const wrong = (text: string, pattern: RegExp): void =>
    assert.throws(() => run(text, { name: "story.kx" }), (error) => {
      assert.ok(error instanceof ScriptError);
      assert.match(error.message, pattern);
      assert.ok(error.diagnostics.length > 0);
      return true;
    });
  wrong("machine host {\n", /KX0017.*[^]*story\.kx:1:14/);
  wrong("expect nothing at all\n", /story\.kx:1:8/);
  wrong('use "lib.kx"\n', /Files cannot be read here/);
  wrong("def f() { f() }\nf()\n", /nest at most/);
});

test("library: files are given as contents", () => {
  const files = {
    "lib.kx": "let size = 4KiB\n",
    "data.bin": Uint8Array.of(1, 2, 3),
    "bad.kx": "expect nothing at all\n",
  };
  const lab = run(
    'use "lib.kx"\nimage a : default { segment s at 0x100000 file "data.bin" }\nexpect size is 4096\n',
    { files },
  );
  assert.deepEqual(lab.failures, []);
  assert.throws(() => run('use "bad.kx"\n', { files }), /bad\.kx:1:8/);
  assert.throws(() => run('use "no.kx"\n', { files }), /not among the files/);
});

test("library: running twice gives the same bytes", () => {
  assert.equal(
    run(MACHINE).transcript({ detail: "events" }),
    run(MACHINE).transcript({ detail: "events" }),
  );
});
