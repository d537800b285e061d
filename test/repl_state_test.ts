/** What outlives a session: on a real disk, and on one that will not. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Host } from "../src/cli/host.ts";
import { host as real } from "../src/cli/host_node.ts";
import { History, Journal, stateFolder } from "../src/cli/repl_state.ts";
import type { JournalEntry } from "../src/session/mod.ts";

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "kx-state-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const run = (text: string): JournalEntry => ({
  kind: "run",
  branch: 0,
  place: { entry: -1, step: 0 },
  text,
});

test("history: lines come back in order, also those of several lines", () =>
  inFolder((folder) => {
    const lines = ["load old", "machine vm {\n  memory 1MiB .. 2MiB\n}", "a \\n b", ""];
    const history = new History(real, `${folder}/kx`);
    for (const line of lines.slice(0, 3)) assert.equal(history.add(line), undefined);
    assert.deepEqual(new History(real, `${folder}/kx`).read(), { lines: lines.slice(0, 3) });
  }));

test("history: nobody else may read it, and no half of it is ever there", () =>
  inFolder((folder) => {
    new History(real, `${folder}/kx`).add("load old");
    assert.equal(statSync(`${folder}/kx/history`).mode & 0o777, 0o600);
    assert.equal(statSync(`${folder}/kx`).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(`${folder}/kx`), ["history"]);
  }));

test("history: two sessions at once lose nothing, and it does not grow for ever", () =>
  inFolder((folder) => {
    const [a, b] = [new History(real, folder), new History(real, folder)];
    a.add("one");
    b.add("two");
    a.add("three");
    assert.deepEqual(a.read().lines, ["one", "two", "three"]);
    writeFileSync(`${folder}/history`, "x\n".repeat(3000));
    a.add("last");
    const { lines } = a.read();
    assert.equal(lines.length, 2000);
    assert.equal(lines.at(-1), "last");
  }));

test("history: a damaged file is left alone, with a word of warning", () =>
  inFolder((folder) => {
    const bytes = new Uint8Array([0x66, 0, 0xff, 0xfe, 10]);
    writeFileSync(`${folder}/history`, bytes);
    const history = new History(real, folder);
    assert.match(history.read().problem!.message, /damaged/);
    assert.equal(history.add("load old"), undefined);
    assert.deepEqual(new Uint8Array(readFileSync(`${folder}/history`)), bytes);
  }));

test("history: a folder that cannot be written is told once and is no failure", () =>
  inFolder((folder) => {
    writeFileSync(`${folder}/file`, "");
    // A file in the way stops even the superuser.
    const history = new History(real, `${folder}/file/kx`);
    assert.deepEqual(history.read(), { lines: [] });
    assert.match(history.add("load old")!.message, /not remembered.*is a file, and no folder/);
    assert.equal(history.add("load new"), undefined);
  }));

test("state: where it lies follows the environment, and without one it lies nowhere", () => {
  const at = (env: Record<string, string>): string | undefined =>
    stateFolder({ ...real, env: (name) => env[name] });
  assert.equal(at({ XDG_STATE_HOME: "/s", HOME: "/h" }), "/s/kx");
  assert.equal(at({ XDG_STATE_HOME: "relative", HOME: "/h" }), "/h/.local/state/kx");
  assert.equal(at({ HOME: "/h" }), "/h/.local/state/kx");
  assert.equal(at({}), undefined);
  const nowhere = new History(real, undefined);
  assert.equal(nowhere.add("load old"), undefined);
  assert.deepEqual(nowhere.read(), { lines: [] });
});

/** As another process would see the disk. */
function asProcess(pid: number, running: readonly number[] = []): Host {
  return { ...real, pid, isRunning: (other) => running.includes(other) };
}

test("journal: what a killed session had is there for the next, and gone after a farewell", () =>
  inFolder((folder) => {
    const killed = new Journal(asProcess(11), folder);
    killed.add({ kind: "load", path: "/a.kx", shown: "a.kx" });
    killed.add(run("load old"));
    const next = new Journal(asProcess(12), folder);
    assert.deepEqual(next.left(), [
      { kind: "load", path: "/a.kx", shown: "a.kx" },
      run("load old"),
    ]);
    assert.deepEqual(new Journal(asProcess(12, [11]), folder).left(), [], "it may still run");
    killed.close();
    assert.deepEqual(next.left(), []);
  }));

test("journal: a line that was cut off takes nothing else with it", () =>
  inFolder((folder) => {
    const killed = new Journal(asProcess(11), folder);
    killed.add(run("let a = 1"));
    killed.add(run("let b = 2"));
    const [name] = readdirSync(`${folder}/sessions`);
    const path = `${folder}/sessions/${name}`;
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -5));
    assert.deepEqual(new Journal(asProcess(12), folder).left(), [run("let a = 1")]);
    writeFileSync(path, 'null\n{"kind":"run","branch":"x"}\n');
    assert.deepEqual(new Journal(asProcess(12), folder).left(), []);
  }));

test("journal: forgetting leaves the sessions alone that run", () =>
  inFolder((folder) => {
    new Journal(asProcess(11), folder).add(run("a"));
    new Journal(asProcess(13), folder).add(run("b"));
    const next = new Journal(asProcess(12, [13]), folder);
    next.add(run("c"));
    next.discard();
    assert.equal(readdirSync(`${folder}/sessions`).length, 2);
    assert.equal(statSync(`${folder}/sessions`).mode & 0o777, 0o700);
  }));

test("journal: two sessions that were killed are offered one after the other", () =>
  inFolder((folder) => {
    new Journal(asProcess(11), folder).add(run("older"));
    new Journal(asProcess(14), folder).add({ kind: "load", path: "/a.kx", shown: "a.kx" });
    new Journal(asProcess(13), folder).add(run("newer"));
    const names = readdirSync(`${folder}/sessions`).sort();
    const next = new Journal(asProcess(12), folder);
    const [first] = next.left();
    next.discard();
    const [second] = next.left();
    assert.deepEqual(
      [first, second].map((entry) => entry?.kind === "run" ? entry.text : "").sort(),
      ["newer", "older"],
    );
    next.discard();
    assert.deepEqual(next.left(), []);
    assert.equal(names.length, 3);
    assert.deepEqual(readdirSync(`${folder}/sessions`), [], "nothing was typed in the third");
  }));

test("journal: a disk that will not is told once", () =>
  inFolder((folder) => {
    writeFileSync(`${folder}/file`, "");
    const journal = new Journal(real, `${folder}/file`);
    assert.match(journal.add(run("a"))!.message, /crash would lose/);
    assert.equal(journal.add(run("b")), undefined);
    journal.close();
    assert.deepEqual(journal.left(), []);
  }));

test("host: a process is known to run", () => {
  assert.equal(real.isRunning(process.pid), true);
  assert.equal(real.isRunning(2 ** 30), false);
});
