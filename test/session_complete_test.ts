/** Completion, colour classes and complaints while typing: what is offered where. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { candidatesAt, diagnose, highlight, wordsOf } from "../src/session/mod.ts";
import { Lab, REPLACEMENT } from "./session_lab.ts";

function lab(): Lab {
  const made = new Lab();
  made.type(...REPLACEMENT, "def twice(x) { expect x == 1 }");
  return made;
}

/** What is offered at the end of a text. */
function offered(text: string, where = lab()): string[] {
  return candidatesAt(where.session, text, text.length).candidates.map((c) => c.text);
}

function includes(text: string, ...wanted: readonly string[]): void {
  const found = offered(text);
  for (const word of wanted) assert.ok(found.includes(word), `${text}: ${found.join(" ")}`);
}

test("complete: heads are those of the language, of the world and of the session", () => {
  includes("", "machine", "boot", "load", "expect", "twice(");
  assert.deepEqual(offered("lo"), ["load", "loaded", "log"], "questions too, once begun");
  assert.ok(!offered("").includes("memory"), "clauses stand in blocks");
});

test("complete: a label's value follows it, and labels are offered once", () => {
  assert.deepEqual(offered("load "), ["new", "old"]);
  includes("load old ", "fails", "via");
  assert.ok(!offered("load old via kexec_load ").includes("via"));
  includes("load old fails E", "EINVAL", "EADDRNOTAVAIL");
  assert.deepEqual(offered("boot linux 6.1 on "), ["vm"]);
  assert.deepEqual(offered("image x : "), ["crash", "default"]);
  includes("image x : crash ", "preserve");
});

test("complete: in a block stands what the block may have", () => {
  includes("machine x {\n  ", "memory", "cpus");
  includes("boot linux 6.1 on vm { ", "cmdline", "lockdown");
  includes("image x : crash {\n  segment text ", "at", "size", "fill");
  includes("image x : crash {\n  segment text at 1MiB\n  ", "entry", "segment");
  includes("at every step of load new {\n  if loaded crash {\n    ", "expect", "panic");
  assert.ok(!offered("machine x {\n  ").includes("load"));
});

test("complete: questions go word by word", () => {
  assert.deepEqual(offered("expect loaded "), ["crash", "default"]);
  includes("expect loaded crash ", "new", "old", "is");
  includes("expect errno is ", "ENOENT");
  assert.deepEqual(offered("let x = start "), ["of"]);
  includes("let x = start of ", "crash");
  includes("show map identity of ", "crash");
  assert.deepEqual(offered("ow"), ["owner"]);
});

test("complete: only what can come is offered before a system runs", () => {
  const empty = new Lab();
  assert.deepEqual(offered("load ", empty), []);
  assert.deepEqual(offered("boot linux 6.1 on ", empty), []);
});

test("complete: names are those of where one stands", () => {
  const past = lab();
  past.type(":goto start");
  assert.deepEqual(offered("load ", past), []);
});

test("complete: commands, and what each takes", () => {
  includes(":", "step", "back", "help");
  assert.deepEqual(offered(":unb"), ["unbreak"]);
  includes(":event frames-", "frames-copied");
  includes(":break ", "hazard", "line", "load");
  includes(":break event fa", "faulted");
  assert.deepEqual(offered(":theme "), ["auto", "dark", "light", "none"]);
  includes(":why ", "base");
  includes(":explain segments-", "segments-overlap");
  assert.deepEqual(offered(":branch "), ["0"]);
});

test("complete: files are asked of the host, in a command and in a string", () => {
  const made = lab();
  made.host.texts.set("story.kx", "").set("storm.kx", "").set("other.kx", "");
  const complete = (text: string): void => {
    made.store.dispatch({ kind: "set-input", text });
    made.store.dispatch({ kind: "complete", to: "next" });
  };
  complete(":load st");
  assert.equal(made.session.input.text, ":load stor");
  assert.deepEqual(made.session.input.completion?.candidates.map((c) => c.text), [
    "story.kx",
    "storm.kx",
  ]);
  made.store.dispatch({ kind: "complete", to: "next" });
  made.store.dispatch({ kind: "complete", to: "next" });
  made.store.dispatch({ kind: "complete", to: "accept" });
  assert.equal(made.session.input.text, ":load storm.kx");
  complete('image x : crash { segment s at 1MiB file "ot');
  assert.equal(made.session.input.text, 'image x : crash { segment s at 1MiB file "other.kx');
});

test("complete: one candidate is taken at once, several after what they share", () => {
  const made = lab();
  made.store.dispatch({ kind: "set-input", text: "unl" });
  made.store.dispatch({ kind: "complete", to: "next" });
  assert.deepEqual([made.session.input.text, made.session.input.caret], ["unload ", 7]);
  made.store.dispatch({ kind: "set-input", text: "scen old", caret: 4 });
  made.store.dispatch({ kind: "complete", to: "next" });
  assert.equal(made.session.input.text, "scenario old");
  made.store.dispatch({ kind: "set-input", text: "zzz" });
  made.store.dispatch({ kind: "complete", to: "next" });
  assert.equal(made.session.input.completion, undefined);
});

test("colour: each word has the class of its place", () => {
  const made = lab();
  const classes = (text: string): string[] =>
    highlight(text, wordsOf(made.session.model)).map((t) =>
      `${text.slice(t.start, t.end)}:${t.class}`
    );
  assert.deepEqual(classes('load old fails EINVAL  # "no"'), [
    "load:operation",
    "old:name",
    "fails:keyword",
    "EINVAL:errno",
    '# "no":comment',
  ]);
  assert.deepEqual(classes("let x = 64MiB @ 0x1_000"), [
    "let:keyword",
    "x:name",
    "=:operator",
    "64MiB:number",
    "@:operator",
    "0x1_000:address",
  ]);
  assert.deepEqual(classes(':why base "x'), [":why:command", "base:name", '"x:string']);
  assert.deepEqual(classes("ü"), ["ü:other"]);
});

test("diagnose: a slip is told while it is typed, and half a statement is none", () => {
  const made = lab();
  const codes = (text: string): string[] => {
    made.store.dispatch({ kind: "set-input", text });
    return diagnose(made.session).map((d) => d.code);
  };
  assert.deepEqual(codes("lod old"), ["KX0201"]);
  assert.deepEqual(codes("load olf"), ["KX0101"]);
  assert.deepEqual(codes("load old"), []);
  assert.deepEqual(codes("machine x {"), []);
  assert.deepEqual(codes("base + 1"), []);
  assert.deepEqual(codes("expect x =="), []);
  assert.deepEqual(codes(":foo"), []);
  made.type(":goto start");
  assert.deepEqual(codes("load old"), ["KX0101"]);
});

test("typing: keys at the line go where they should", () => {
  const made = lab();
  const { dispatch } = made.store;
  dispatch({ kind: "insert", text: "machine x {" });
  dispatch({ kind: "submit" });
  assert.equal(made.session.input.text, "machine x {\n", "it goes on");
  dispatch({ kind: "insert", text: "memory 1MiB .. 2MiB\r\n}" });
  assert.equal(made.session.input.text, "machine x {\nmemory 1MiB .. 2MiB\n}");
  dispatch({ kind: "submit" });
  assert.equal(made.session.input.text, "");
  assert.ok(made.branch.executor.environment.machines.has("x"));
  dispatch({ kind: "history", to: "older" });
  assert.match(made.session.input.text, /^machine x/);
  dispatch({ kind: "history", to: "newer" });
  assert.equal(made.session.input.text, "");
  dispatch({ kind: "insert", text: "draft" });
  dispatch({ kind: "search", to: "begin" });
  dispatch({ kind: "insert", text: "crashk" });
  dispatch({ kind: "submit" });
  assert.match(made.session.input.text, /^boot linux/);
  dispatch({ kind: "search", to: "begin" });
  dispatch({ kind: "search", to: "cancel" });
  assert.match(made.session.input.text, /^boot linux/);
});

test("typing: a character of several code points is one step", () => {
  const made = lab();
  made.store.dispatch({ kind: "insert", text: "a👩‍👩‍👧é" });
  const { length } = made.session.input.text;
  made.store.dispatch({ kind: "caret", to: "left" });
  made.store.dispatch({ kind: "caret", to: "left" });
  assert.equal(made.session.input.caret, 1);
  made.store.dispatch({ kind: "delete", what: "after" });
  assert.equal(made.session.input.text, "aé");
  assert.ok(length > 5);
});

test("typing: what is no text is refused in words, and the line stays", () => {
  const made = lab();
  made.store.dispatch({ kind: "insert", text: "load " });
  made.store.dispatch({ kind: "insert", text: "\0\x1b[2J\ufffd" });
  assert.equal(made.session.input.text, "load ");
  assert.match(made.last(), /not text/);
  made.store.dispatch({ kind: "insert", text: "x".repeat(2 << 20) });
  assert.equal(made.session.input.text, "load ");
  assert.match(made.last(), /too long/);
});
