/** Recordings of real systems, all of them, and texts that are none. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { replay, type ReplayReport } from "../src/replay/mod.ts";
import { linux } from "../src/worlds/linux/mod.ts";

const FOLDER = new URL("recordings/linux/", import.meta.url);

function report(text: string): ReplayReport {
  return replay(text, [linux]);
}

/** How many cases each recording has: a reader that lost some would still see the rest pass. */
const CASES: Readonly<Record<string, number>> = {
  "crashkernel-612.jsonl": 70,
  "crashkernel.jsonl": 70,
  "execution.jsonl": 23,
  "image-layout.jsonl": 108,
  "syscall-612.jsonl": 2176,
  "syscall-kexecjump-kernel.jsonl": 575,
  "syscall.jsonl": 2178,
};

for (const name of readdirSync(FOLDER).filter((n) => n.endsWith(".jsonl")).sort()) {
  test(`${name}: every case, every field`, () => {
    const { cases, problems, failed, passed } = report(readFileSync(new URL(name, FOLDER), "utf8"));
    assert.deepEqual(problems, []);
    assert.deepEqual(cases.filter((c) => !c.passed), []);
    assert.equal(failed, 0);
    assert.equal(passed, CASES[name]);
  });
}

const HEADER = '{"kind":"recording","format":1,"system":"linux","about":"test"}';
const MACHINE = JSON.stringify({
  kind: "machine",
  id: "m",
  e820: [["0x0", "0x9fc00", "usable"], ["0x100000", "0x20000000", "usable"]],
  reserved: [],
  iomem: [],
  release: "6.1.192",
  cmdline: "",
  total_ram_pages: 100000,
  crash_region: ["0x1a000000", "0x1e000000"],
  crash_low_region: null,
  kexec_jump: false,
  cpu: "qemu64",
  cpus: 1,
});
const SEGMENT = { bufsz: "0x1000", memsz: "0x1000", mem: "0x8000000", buf: "pattern:A" };
const LOAD = {
  op: "kexec_load",
  entry: "0x8000000",
  nr_segments: 1,
  flags: "0x3e0000",
  segments: [SEGMENT],
};
const WELL = { ret: 0, kexec_loaded: 1, kexec_crash_loaded: 0, kexec_crash_size: 67108864 };

function recording(...cases: readonly object[]): string {
  const lines = cases.map((c) => JSON.stringify({ kind: "case", machine: "m", id: "x/y", ...c }));
  return [HEADER, MACHINE, ...lines].join("\n");
}

test("a difference says which field, what was recorded and what the model has", () => {
  const text = recording({ ops: [LOAD], observed: [{ ...WELL, ret: "EINVAL", kexec_loaded: 0 }] });
  const [result] = report(text).cases;
  assert.deepEqual(result!.differences, [
    { operation: 0, field: "ret", recorded: '"EINVAL"', modelled: '"0"' },
    { operation: 0, field: "kexec_loaded", recorded: "0", modelled: "1" },
  ]);
  assert.equal(result!.compared, 4);
});

test("cases share a machine and its memory; slots are emptied in between", () => {
  const peek = { op: "peek_phys_u64", addr: "0x1a100000" };
  const segments = [{ ...SEGMENT, mem: "0x1a100000" }];
  const crash = { ...LOAD, entry: "0x1a100000", flags: "0x3e0001", segments };
  const state = { ret: 0, kexec_loaded: 0, kexec_crash_size: 67108864 };
  const text = recording(
    { ops: [crash], observed: [{ ...state, kexec_crash_loaded: 1 }] },
    { ops: [peek], observed: [{ ...state, kexec_crash_loaded: 0, value: "0x4141414141414141" }] },
  );
  assert.deepEqual(report(text).cases.flatMap((c) => c.differences), []);
});

test("what is not known is a problem with its line, never skipped and never thrown", () => {
  const problems = (text: string) => report(text).problems.map((p) => `${p.line}: ${p.message}`);
  assert.match(problems("{nonsense")[1]!, /^1: no JSON/);
  assert.match(problems("")[0]!, /^0: there is no line of kind `recording`/);
  assert.match(problems(HEADER.replace("1,", "9,"))[0]!, /^1: format 9 is not known/);
  assert.match(problems(`${HEADER}\n{"kind":"song"}`)[0]!, /^2: lines of kind "song"/);
  assert.match(
    problems(HEADER.replace("linux", "plan9"))[0]!,
    /"plan9" cannot be replayed; known: linux/,
  );
  assert.match(
    problems(`${HEADER}\n{"kind":"case","machine":"nobody","id":"a","ops":[],"observed":[]}`)[0]!,
    /^2: case a runs on "nobody"/,
  );
  assert.match(
    problems(recording({ ops: [LOAD], observed: [] }))[0]!,
    /^3: case x\/y has 1 operations and 0 obs/,
  );
  assert.match(
    problems(recording({ ops: [LOAD], observed: [{ ...WELL, mood: "good" }] }))[0]!,
    /^3: .*compare `mood`/,
  );
  const jump = recording({ ops: [{ op: "load_and_jump" }], observed: [{ invocations: [{}] }] });
  assert.deepEqual(report(jump).cases[0]!.differences, [
    { operation: 0, field: "invocations", recorded: "1", modelled: "0" },
  ]);
});

test("no text makes it throw", () => {
  const lines = recording({ ops: [LOAD], observed: [WELL] }).split("\n");
  const damage = fc.record({ line: fc.nat(2), at: fc.nat(400), with: fc.string({ maxLength: 6 }) });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      const damaged = [...lines];
      for (const { line, at, with: text } of damages) {
        const old = damaged[line]!;
        damaged[line] = old.slice(0, at) + text + old.slice(at + text.length);
      }
      const { cases, passed, failed } = report(damaged.join("\n"));
      assert.equal(cases.length, passed + failed);
    }),
    { numRuns: 300 },
  );
});

test("each field that is met has a rule that says how it is compared and why", () => {
  const text = readFileSync(new URL("image-layout.jsonl", FOLDER), "utf8");
  const { fields } = report(text);
  assert.ok(fields.length > 25);
  for (const { rule, count } of fields) {
    assert.ok(count > 0);
    if (rule.how !== "exactly") assert.notEqual(rule.why, "", rule.field);
  }
});
