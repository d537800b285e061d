/** What a real Xen answered to hypercalls, and what became of a crash image that was replaced. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { replay, type ReplayReport } from "../src/replay/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const FOLDER = new URL("recordings/xen/", import.meta.url);

function textOf(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

function report(text: string): ReplayReport {
  return replay(text, [xen]);
}

/** How many cases each recording has: a reader that lost some would still see the rest pass. */
for (const [name, count] of [["hypercall.jsonl", 291], ["replacement.jsonl", 19]] as const) {
  test(`${name}: every case, every field`, () => {
    const { cases, problems, failed, passed } = report(textOf(name));
    assert.deepEqual(problems, []);
    assert.deepEqual(cases.filter((c) => !c.passed), []);
    assert.equal(failed, 0);
    assert.equal(passed, count);
  });
}

/** The recording with one text in the place of another, from the first case that has it. */
function altered(name: string, id: string, from: string | RegExp, to: string): ReplayReport {
  const lines = textOf(name).split("\n").filter((line) =>
    !line.includes('"kind": "case"') || line.includes(`"id": "${id}`)
  );
  const changed = lines.map((line) =>
    line.includes('"kind": "case"') ? line.replace(from, to) : line
  );
  assert.notDeepEqual(changed, lines, `${from} is in ${id}`);
  return report(changed.join("\n"));
}

test("a hypercall that answered otherwise is a difference", () => {
  const { cases } = altered("hypercall.jsonl", "H158", '"ret": "ENOMEM"', '"ret": 0');
  assert.deepEqual(cases[0]!.differences, [
    { operation: 0, field: "hypercall.ret", recorded: '"0"', modelled: '"ENOMEM"' },
  ]);
});

test("flags, status and slots are each compared", () => {
  for (
    const [from, to, field] of [
      ['"kexec_flags": 18', '"kexec_flags": 2', "hypercall.kexec_flags"],
      ['"status": {"default": 1', '"status": {"default": 0', "hypercall.status"],
      ['"loaded": {"default": 1', '"loaded": {"default": 0', "hypercall.loaded"],
    ] as const
  ) {
    const { cases } = altered("hypercall.jsonl", "H140", from, to);
    assert.deepEqual(cases[0]!.differences.map((d) => d.field), [field]);
  }
});

test("a page that dies at another moment, or has another use, is a difference", () => {
  const page = '"0x8005000", "0x8005fff", 1, "indirection"';
  const moved = altered("replacement.jsonl", "R01", page, page.replaceAll("8005", "8006"));
  assert.equal(moved.failed, 1);
  const label = altered("replacement.jsonl", "R01", '"pt_L4"]', '"pt_L3"]');
  assert.equal(label.failed, 1);
  const crash = altered("replacement.jsonl", "R22", '"payload_ran": false', '"payload_ran": true');
  assert.deepEqual(crash.cases[0]!.differences.map((d) => d.field), ["replacement.payload_ran"]);
});

test("a field or an operation that nobody knows is a problem, never skipped", () => {
  const field = altered("hypercall.jsonl", "H140", '"kexec_flags"', '"mood"');
  assert.match(field.problems[0]!.message, /hypercall\.mood/);
  const stop = altered("replacement.jsonl", "R01", '"current_is"', '"mood"');
  assert.match(stop.problems[0]!.message, /replacement\.stops\.mood/);
  const buffer = altered("hypercall.jsonl", "H140", '"buf": "p41"', '"buf": "song"');
  assert.match(buffer.cases[0]!.differences[0]!.modelled, /buffers like "song" are not known/);
});

/** One made-up operation on the first machine of the recording. */
function ofOne(op: string): ReplayReport {
  const head = textOf("hypercall.jsonl").split("\n").slice(0, 2);
  const machine = (JSON.parse(head[1]!) as { id: string }).id;
  const made =
    `{"kind":"case","machine":"${machine}","id":"x","ops":[${op}],"observed":[{"ret":0}]}`;
  return report([...head, made].join("\n"));
}

test("words, fields and numbers of an operation that mean nothing fail the case in words", () => {
  for (
    const [op, told] of [
      ['{"op":"sing"}', /no reader/],
      ['{"op":"status","type":0,"width":32}', /the field `width` of status/],
      ['{"op":"status","type":"far"}', /a type like "far"/],
      ['{"op":"get_range","range":0,"nr":0,"ptr":"far"}', /pointers like "far"/],
      ['{"op":"subop","cmd":"x"}', /`cmd` is no number/],
      ['{"op":"load","type":0,"arch":62,"entry":"0x0","segments":[],"nr_segments":"x"}', /`nr_seg/],
      [
        '{"op":"load_v1","type":0,"entry":"0x0","indirection_page":"0x0","indirection":["x"]}',
        /a word/,
      ],
    ] as const
  ) {
    const { failed, cases } = ofOne(op);
    assert.equal(failed, 1, op);
    assert.match(cases[0]!.differences[0]!.modelled, told);
  }
  assert.equal(ofOne('{"op":"subop","cmd":-9223372036854775808}').failed, 0);
});

test("a case that tells nothing does not pass", () => {
  const { failed, cases } = altered(
    "hypercall.jsonl",
    "H000",
    /"observed": \[.*$/,
    '"observed": [{}]}',
  );
  assert.equal(failed, 1);
  assert.equal(cases[0]!.differences[0]!.field, "observed");
});
