/** The session as a value: moving, branching, running, recovering. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CORE_HEADS, KEYWORDS } from "../src/check/mod.ts";
import { beginRun } from "../src/session/jobs.ts";
import {
  branchOf,
  COMMANDS,
  describeStep,
  EVENT_WORDS,
  helpLines,
  KEYS,
  lastPlace,
  machineAt,
  provenanceOf,
  reduce,
  scriptText,
  type Session,
  stepsOfBreakpoint,
} from "../src/session/mod.ts";
import { Lab, REPLACEMENT } from "./session_lab.ts";

test("session: an older session stays as it was while the newest grows", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT.slice(0, 6));
  const before = lab.session;
  const { length } = branchOf(before);
  lab.type("load new");
  assert.equal(branchOf(before).length, length);
  assert.equal(branchOf(before).entries.length, 6);
  assert.ok(branchOf(lab.session).length > length);
});

test("session: a statement in the past opens a branch and leaves the first one alone", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const first = lab.branch;
  const events = [...first.executor.timeline.events()];
  lab.type(":event slot-set back", ":back", 'panic "here"');
  assert.equal(lab.session.branches.length, 2);
  assert.equal(lab.branch.parent?.place.step, 137);
  assert.equal(lab.branch.executor.machine.power, "rebooted");
  assert.equal(first.executor.machine.power, "running");
  assert.deepEqual([...first.executor.timeline.events()], events);
  assert.equal(lab.session.branches[0]!.length, first.length);
});

test("session: names on a branch are those of the place where it began", () => {
  const lab = new Lab();
  lab.type("let x = 1", "let x = 2", ":back");
  assert.deepEqual(lab.type("x"), ["  x is 1"]);
  lab.type("let y = x + 10");
  assert.deepEqual(lab.type("y"), ["  y is 11"]);
  assert.match(lab.type(":branch 0", "y").join("\n"), /Unknown word `y`/);
});

test("session: errno, why and hazards on a branch are those of its past", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT, "load nothing_like_it");
  assert.deepEqual(lab.type("hazards == 1"), ["true"]);
  lab.type("unload default", "unload default", ":goto 84");
  assert.deepEqual(lab.type("hazards == 1"), ["false: found 0"]);
  assert.deepEqual(lab.type("errno"), ["  errno is 0"]);
  const why = lab.type("why");
  assert.equal(why[0], "  It was not refused: it gave 0");
});

test("session: a branch in the middle of a statement finds the machine of that very event", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const { timeline } = lab.branch.executor;
  for (const step of [85, 97, 98, 120, 140]) {
    lab.type(`:goto ${step}`);
    const expected = timeline.stateAt(step);
    lab.type("let marker = 1");
    const { machine } = lab.branch.executor;
    assert.deepEqual([...machine.owners.from()], [...expected.owners.from()], `step ${step}`);
    assert.deepEqual(machine.slots, expected.slots);
    lab.type(":branch 0");
  }
});

test("session: what is wrong is told, and nothing of it is kept", () => {
  const lab = new Lab();
  const said = lab.type("let x = 1 / 0");
  assert.match(said.join("\n"), /KX0403/);
  assert.equal(lab.branch.entries.length, 0);
  lab.type("let x = 1", "let y = x\nlet z = 1 / 0");
  assert.equal(lab.branch.entries.length, 1, "a text with a mistake is not run in part");
  lab.type("for i in 0 .. 9999999 { let q = i }");
  assert.equal(lab.branch.entries.length, 1);
  assert.deepEqual(lab.type("x"), ["  x is 1"]);
});

test("session: a long run is done in slices, tells how far it is and can be stopped", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const before = lab.branch.length;
  lab.host.tick = 5;
  lab.store.dispatch({
    kind: "enter",
    text: "for i in 0 .. 1000 { unload crash }",
  });
  assert.ok(lab.session.running !== undefined, "it is not done at once");
  assert.match(lab.session.running.what, /^for i in/);
  lab.host.waiting.shift()!();
  assert.ok(lab.session.running!.ticks > 0);
  lab.store.dispatch({ kind: "interrupt" });
  lab.host.settle();
  assert.equal(lab.session.running, undefined);
  assert.match(lab.last(), /^Stopped/);
  assert.equal(lab.branch.length, before);
  assert.equal(lab.branch.executor.timeline.length, before);
  lab.host.tick = 0;
  lab.type("load old");
  assert.ok(lab.branch.length > before, "it goes on as if nothing had been");
});

test("session: what is typed while something runs waits for its turn", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT.slice(0, 5));
  lab.host.tick = 5;
  lab.store.dispatch({
    kind: "enter",
    text: "at every step of load old { expect power is running }",
  });
  lab.store.dispatch({ kind: "enter", text: "let after = 1" });
  lab.host.settle();
  assert.deepEqual(
    lab.branch.entries.slice(-2).map((e) => e.source.slice(e.span).slice(0, 9)),
    ["at every ", "let after"],
  );
});

test("session: a command that is typed while something runs waits too, so that order is kept", () => {
  const lab = new Lab();
  lab.host.texts.set("a.kx", REPLACEMENT.join("\n"));
  lab.host.tick = 20;
  lab.store.dispatch({ kind: "enter", text: ":load a.kx" });
  assert.notEqual(lab.session.running, undefined);
  for (const text of [":goto 100", 'panic "there"', ":theme dark"]) {
    lab.store.dispatch({ kind: "enter", text });
  }
  assert.equal(lab.session.view.theme, "dark", "this one needs not wait");
  lab.host.settle();
  assert.deepEqual(lab.session.branches[1]?.parent?.place.step, 100);
  assert.deepEqual(lab.host.remembered, [
    ":load a.kx",
    ":goto 100",
    'panic "there"',
    ":theme dark",
  ]);
  assert.deepEqual(
    lab.session.messages.filter(({ kind }) => kind === "input").flatMap(({ lines }) => lines),
    [":load a.kx", ":goto 100", 'panic "there"', ":theme dark"],
  );
});

test("session: saved, it is a script that gives the same", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT, "# what came of it", "expect loaded crash new  # the new one");
  lab.type(":save story.kx");
  const other = new Lab();
  other.host.texts.set("story.kx", lab.host.texts.get("story.kx")!);
  other.type(":load story.kx");
  assert.deepEqual(
    [...other.branch.executor.timeline.events()],
    [...lab.branch.executor.timeline.events()],
  );
  assert.match(lab.host.texts.get("story.kx")!, /# the new one\n$/);
  assert.equal(lab.session.unsaved, false);
});

test("session: a saved branch that left a statement in its middle gives the same events", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT.slice(0, -1), "# in its place", 'scenario "both" { load new; exec }');
  const { from, to } = lab.branch.entries.at(-1)!;
  for (let step = from + 1; step < to; step += 7) {
    lab.type(":branch 0", `:goto ${step}`, 'panic "here"', "errno");
    const script = scriptText(lab.branch);
    assert.match(
      script,
      new RegExp(`^# in its place\\ncut after ${step - from} steps \\{\\n  scen`, "m"),
    );
    const other = new Lab();
    other.host.texts.set("story.kx", script);
    other.type(":load story.kx");
    assert.deepEqual(
      [...other.branch.executor.timeline.events()],
      [...lab.branch.executor.timeline.events()],
      `left at step ${step}`,
    );
    assert.deepEqual(other.type("errno"), lab.type("errno"));
    assert.equal(scriptText(other.branch), script, "and is saved as it is");
  }
});

test("session: reload keeps the place, also when lines came before it", () => {
  const lab = new Lab();
  const text = REPLACEMENT.join("\n");
  lab.host.texts.set("a.kx", text);
  lab.type(":load a.kx", ":goto 100");
  lab.host.texts.set("a.kx", `let more = 1\n# and a comment\n${text}`);
  lab.type(":reload");
  assert.equal(lab.step, 100);
  const entry = lab.branch.entries[lab.session.cursor.entry]!;
  assert.equal(entry.source.slice(entry.span), "load new");
});

test("session: reload runs branches again, and a kill after it loses nothing", () => {
  const lab = new Lab();
  const text = REPLACEMENT.join("\n");
  lab.host.texts.set("a.kx", text);
  lab.type(
    ":load a.kx",
    "unload crash",
    ":goto 100",
    'panic "one"',
    ":branch 0",
    ":goto 84",
    "load old",
  );
  lab.type(":branch 1", ":goto 101");
  const before = lab.session.branches.map(({ executor }) => [...executor.timeline.events()]);
  assert.equal(before.length, 3);
  lab.host.texts.set("a.kx", `# more\nlet more = 1\n${text}`);
  lab.type(":reload");
  assert.deepEqual(
    lab.session.branches.map(({ executor }) => [...executor.timeline.events()]),
    before,
  );
  assert.equal(lab.session.cursor.branch, 1);
  assert.equal(lab.step, 101);
  assert.deepEqual(lab.type("more"), ["  more is 1"]);
  const other = new Lab();
  other.host.texts.set("a.kx", lab.host.texts.get("a.kx")!);
  other.host.left = lab.host.journalled.map((entry) => JSON.parse(JSON.stringify(entry)));
  other.type(":recover");
  assert.deepEqual(
    other.session.branches.map(({ executor }) => [...executor.timeline.events()]),
    before,
  );
  // What no longer works waits for the file to be mended.
  lab.host.texts.set("a.kx", REPLACEMENT.slice(0, 3).join("\n"));
  assert.match(
    lab.type(":reload").join("\n"),
    /branch 2: load old\n {2}FAILED: Unknown image `old`/,
  );
  assert.equal(lab.session.branches.length, 3);
  lab.host.texts.set("a.kx", text);
  lab.type(":reload");
  assert.deepEqual(
    lab.session.branches.map(({ executor }) => executor.timeline.length),
    before.map(({ length }) => length),
  );
});

test("session: a script with a mistake runs up to it, and what was typed comes again after a reload", () => {
  const lab = new Lab();
  lab.host.texts.set("a.kx", "let a = 1\nlod old\nlet b = 2\n");
  const said = lab.type(":load a.kx").join("\n");
  assert.match(said, /KX0201/);
  assert.match(said, /before line 2/);
  assert.equal(lab.branch.entries.length, 1);
  lab.type("let c = 3");
  lab.host.texts.set("a.kx", "let a = 1\nlet b = 2\n");
  lab.type(":reload");
  assert.deepEqual(lab.type("c"), ["  c is 3"]);
  assert.deepEqual(lab.branch.entries.map((e) => e.loaded), [true, true, false]);
});

test("session: a killed session is typed again, branches and all", () => {
  const lab = new Lab();
  lab.host.texts.set("a.kx", REPLACEMENT.slice(0, 5).join("\n"));
  lab.type(
    ":load a.kx",
    "load old",
    "load new",
    ":goto 90",
    "unload crash",
    ":branch 0",
    "unload crash",
  );
  const other = new Lab();
  other.host.texts.set("a.kx", lab.host.texts.get("a.kx")!);
  other.host.left = lab.host.journalled.map((entry) => JSON.parse(JSON.stringify(entry)));
  other.type(":recover");
  assert.equal(other.session.branches.length, lab.session.branches.length);
  for (const [i, branch] of lab.session.branches.entries()) {
    assert.deepEqual(
      [...other.session.branches[i]!.executor.timeline.events()],
      [...branch.executor.timeline.events()],
      `branch ${i}`,
    );
  }
  assert.deepEqual(other.host.left, []);
  assert.deepEqual(other.host.journalled, lab.host.journalled);
});

test("session: what was left is not mixed with what is here, and waits", () => {
  const lab = new Lab();
  lab.type("let here = 1");
  lab.host.left = [{ kind: "run", branch: 0, place: { entry: -1, step: 0 }, text: "let left = 2" }];
  assert.match(lab.type(":recover").join(), /start `kx repl` anew/);
  assert.equal(lab.host.left.length, 1);
  assert.deepEqual(lab.branch.entries.map(({ script }) => script), ["let here = 1"]);
  lab.host.texts.set("a.kx", "let loaded = 3");
  lab.host.left = [{ kind: "load", path: "a.kx", shown: "a.kx" }, {
    kind: "run",
    branch: 0,
    place: { entry: 0, step: 0 },
    text: "let more = 4",
  }];
  lab.type(":recover");
  assert.deepEqual(lab.type("more"), ["  more is 4"], "a script takes the place of everything");
  assert.match(lab.type(":recover no").join(), /Nothing was left/);
});

test("session: history that cannot be kept is a word of warning, once", () => {
  const lab = new Lab();
  lab.host.problem = { message: "the disk is full" };
  const said = lab.type("let a = 1", "let b = 2", "a");
  assert.deepEqual(said, ["the disk is full", "  a is 1"]);
});

test("session: a writer is found also after pages moved, and not one that a scenario took back", () => {
  const lab = new Lab();
  lab.type(
    ...REPLACEMENT.slice(0, 2),
    "image next : default { segment text at 64MiB size 16KiB fill 0xa1 }",
    "load next",
    'scenario "not kept" { exec }',
  );
  const before = provenanceOf(lab.branch, lab.branch.executor.machine, 64 * 2 ** 20);
  assert.equal(before.content, undefined);
  assert.deepEqual(before.moved, []);
  lab.type("exec");
  const after = provenanceOf(lab.branch, lab.branch.executor.machine, 64 * 2 ** 20);
  assert.equal(after.written?.statement, "load next");
  assert.deepEqual(after.moved.map((m) => m.statement), ["exec"]);
  assert.equal(after.moved[0]!.event.kind, "frames-swapped");
});

test("session: breakpoints stop a run that is typed, and `:continue` goes on from there", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT.slice(0, 6), ":break hazard");
  const said = lab.type("load new");
  assert.equal(lab.step, 133);
  assert.match(said.join("\n"), /Breakpoint 1 \(hazard\) at step 133/);
  lab.type(":continue");
  assert.deepEqual(lab.session.cursor, { branch: 0, ...lastPlace(lab.branch.entries) });
  lab.type(":break load", ":continue back", ":continue back");
  assert.equal(lab.step, 84, "before the statement");
});

test("session: a breakpoint that can never stop is refused, or remarked on", () => {
  const lab = new Lab();
  assert.match(lab.type(":break hazard loaded-image-touchd").join(), /`loaded-image-touched`/);
  assert.match(lab.type(":break event instaled").join(), /Did you mean `installed`/);
  assert.equal(lab.session.breakpoints.length, 0);
  assert.match(lab.type(":break laod").join(), /knows no statement `laod`: did you mean `load`/);
  assert.match(lab.type(":break errno einvl").join(), /no errno `EINVL`: did you mean `EINVAL`/);
  assert.deepEqual(lab.type(":break errno einval"), ["Breakpoint 3: errno EINVAL"]);
  for (let i = lab.session.breakpoints.length; i < 100; i++) lab.type(":break load");
  assert.match(lab.type(":break load").join(), /100 breakpoints are set/);
});

test("session: a line is that of the script, whatever was typed when", () => {
  const lab = new Lab();
  lab.host.texts.set("a.kx", `# one\n${REPLACEMENT.slice(0, 5).join("\n")}\n`);
  lab.type(
    ":load a.kx",
    "load old",
    'scenario "both" {\n  unload crash\n  load new\n}',
    ":goto start",
  );
  assert.deepEqual(
    [2, 3, 7, 8, 9, 10].map((line) => lab.type(`:break line ${line}`).join()),
    [2, 3, 7, 8, 9, 10].map((line, i) => `Breakpoint ${i + 1}: line ${line}`),
  );
  assert.match(lab.type(":break line 11").join(), /no statement that ran begins there/);
  lab.type(":unbreak all", ":break line 10", ":goto start", ":continue");
  const { executor } = lab.branch;
  const next = executor.records[executor.timeline.statementAt(lab.step + 1)]!;
  assert.equal(executor.textOf(next.span).slice(next.span), "load new");
});

test("session: an event is found by the word that transcripts tell it with", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const { timeline } = lab.branch.executor;
  for (const word of EVENT_WORDS) {
    const named = [...Array(timeline.length).keys()].map((i) => i + 1).filter((step) => {
      const event = timeline.eventAt(step);
      return event.kind === word || describeStep(event).verb === word;
    });
    lab.type(":goto start");
    const found: number[] = [];
    while (!/^error/.test(lab.type(`:event ${word}`)[0] ?? "")) found.push(lab.step);
    assert.deepEqual(found, named, word);
  }
});

test("session: the running kernel's own tables are not walked through what lies there", () => {
  const lab = new Lab();
  lab.type(
    "machine vm { memory 0 .. 639KiB, 1MiB .. 1GiB }",
    "boot linux 6.1 on vm",
    "image big { segment data at 256MiB size 16MiB fill 0xa1; entry 256MiB }",
    "load big",
  );
  const machine = machineAt(lab.session);
  const { cr3 } = machine.processors[0]!;
  const owner = machine.owners.get(Number(cr3) / 4096);
  assert.equal(owner?.kind, "source", "pages of the image lie where CR3 points");
  const said = lab.type(":walk 256MiB").join("\n");
  assert.match(said, /the kernel's own: what is in them is not modelled/);
  assert.match(said, /tables of image big \(default\), root/);
  assert.doesNotMatch(said, /0xa1a1/);
  assert.match(lab.type("exec", ":walk 256MiB").join("\n"), /image big .*, which cpu 0 uses/);
});

test("session: an address stops where its page is written, moved or handed over", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT, ":break at base + 2MiB", ":goto 33");
  const stops: number[] = [];
  for (lab.type(":continue"); lab.step < lab.branch.length; lab.type(":continue")) {
    stops.push(lab.step);
  }
  const { timeline } = lab.branch.executor;
  assert.deepEqual(stops.map((s) => timeline.eventAt(s).kind), [
    "frames-reassigned",
    "frames-written",
  ]);
});

test("session: the marks of a breakpoint are where `:continue` stops", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT, "for i in 0 .. 2 { unload crash\nload old }");
  for (
    const on of ["hazard", "load", "event slot-set", "errno", "at base .. base + 4KiB", "line 2"]
  ) {
    lab.type(":unbreak all", `:break ${on}`, ":goto start");
    const stops: number[] = [];
    for (;;) {
      const [said] = lab.type(":c");
      if (!said!.startsWith("Breakpoint")) break;
      stops.push(lab.step);
    }
    const marks = stepsOfBreakpoint(lab.branch, lab.session.breakpoints[0]!, 100);
    assert.deepEqual([...new Set(stops)], marks, on);
    assert.ok(marks.length > 0 || on === "errno", on);
  }
});

test("session: every command and key says what it does, and no two share a name or a key", () => {
  const names = COMMANDS.flatMap((c) => [c.name, ...(c.also ?? [])]);
  assert.equal(new Set(names).size, names.length);
  const keys = [...KEYS.flatMap((k) => k.keys), ...COMMANDS.flatMap((c) => c.keys ?? [])];
  assert.equal(new Set(keys).size, keys.length);
  const help = helpLines("")!.join("\n");
  for (const { name, summary } of COMMANDS) {
    assert.ok(help.includes(`:${name}`) && help.includes(summary), name);
    assert.ok(helpLines(name)!.join("\n").includes(summary), name);
  }
});

test("session: help knows commands and words, and both where both are called so", () => {
  const lab = new Lab();
  const help = (topic: string): string => lab.type(`:help ${topic}`).join("\n");
  assert.match(help("step"), /^:step/);
  assert.match(help("boot"), /^boot WORLD VERSION/);
  assert.match(help("load"), /^:load FILE[^]*\nload IMAGE/);
  assert.doesNotMatch(help(":load"), /load IMAGE/);
  assert.match(help("expect"), /owner of ADDRESS/);
  assert.match(help("bot"), /Did you mean `:help boot`/);
  for (const head of [...CORE_HEADS, ...KEYWORDS].filter((word) => word !== "else")) {
    assert.doesNotMatch(lab.type(`:help ${head}`).join(), /no help/, head);
  }
});

test("session: a command may be shortened as far as it is the only one", () => {
  const lab = new Lab();
  assert.match(lab.type(":wher").join("\n"), /^step 0/);
  assert.match(lab.type(":wr").join("\n"), /address/);
  assert.match(lab.type(":wx").join("\n"), /no command/);
});

test("session: a loop says only so much, but never hides what failed", () => {
  const lab = new Lab();
  const said = lab.type("for i in 0 .. 2000 { expect i < 1990 }");
  assert.ok(said.length < 600, String(said.length));
  assert.equal(said.filter((line) => line.startsWith("  FAILED: expect i < 1990")).length, 10);
});

test("session: a long script is listed around where one stands", () => {
  const lab = new Lab();
  lab.type(Array.from({ length: 100 }, (_, i) => `let v${i} = ${i}`).join("\n"));
  for (const entry of [0, 50, 99]) {
    lab.store.dispatch({ kind: "go-to-entry", entry });
    const lines = lab.type(":list");
    assert.ok(lines.length <= 42, String(lines.length));
    assert.ok(
      lines.some((line) => line.startsWith(">") && line.endsWith(`let v${entry} = ${entry}`)),
    );
    const told = lines.map((l) => Number(/… (\d+) st/.exec(l)?.[1] ?? 0)).reduce((a, b) => a + b);
    assert.equal(told + lines.filter((line) => line.includes("let")).length, 100);
  }
});

test("session: read aloud, what is wrong is said in sentences", () => {
  const lab = new Lab({ linear: true, columns: 100, spoken: true });
  assert.deepEqual(lab.type("image a : crsh { segment s at 1MiB }"), [
    "error KX0202: Unknown kind of image `crsh`",
    "input line 1, column 11: crsh",
    "hint: Did you mean `crash`?",
  ]);
  const said = lab.type("for i in 0 .. 9999999 { let q = i }").join("\n");
  assert.match(said, /^ *error KX0610: .*\n *input line 1, column 10: 0 \.\. 9999999$/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(said, /[^\x00-\x7f]/);
});

test("session: reading a session does not change it", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const frozen = deepFreeze(lab.session);
  const next = reduce(frozen, { kind: "move", how: "next", back: true });
  assert.notEqual(next.cursor, frozen.cursor);
  assert.equal(reduce(frozen, { kind: "branch", id: 5 }), frozen);
});

test("session: a bug of kx is told, costs one statement and no more", () => {
  const lab = new Lab(undefined, [{
    code: "never-two",
    title: "",
    explanation: "",
    cite: "",
    nature: "bug",
    concerns: ["slot-set"],
    check: (machine) =>
      machine.slots.crash === 2
        ? [{ code: "never-two", key: "never-two", message: "two is one too many", cite: "" }]
        : [],
  }]);
  lab.type(...REPLACEMENT.slice(0, 6));
  const { length } = lab.branch;
  const said = lab.type("load new").join("\n");
  assert.match(said, /kx has a bug: two is one too many/);
  assert.equal(lab.branch.length, length);
  assert.equal(lab.branch.executor.timeline.length, length);
  assert.deepEqual(lab.type("loaded crash old"), ["  loaded crash old is true"]);
  lab.type("unload crash");
  assert.ok(lab.branch.length > length);
});

test("session: an older session that is gone on with does not disturb the newer one", () => {
  const lab = new Lab();
  lab.type(...REPLACEMENT.slice(0, 6));
  const old = lab.session;
  lab.type("load new");
  const newer = [...lab.branch.executor.timeline.events()];
  // What the old value sees of the executor is only its own part.
  const job = beginRun(old, lab.host, "unload crash");
  for (const _ of job.steps) { /* to its end */ }
  const next = job.finish().reduce(reduce, old);
  assert.equal(branchOf(next).executor.machine.slots.crash, undefined);
  assert.deepEqual([...lab.branch.executor.timeline.events()], newer);
});

/** The session's own values; the executor behind it is not one of them. */
function deepFreeze(session: Session): Session {
  for (
    const part of [session.branches, session.cursor, session.view, session.input, session.messages]
  ) {
    Object.freeze(part);
  }
  return Object.freeze(session);
}

test("session: what is remarked again is counted, what is answered again is told again", () => {
  const lab = new Lab();
  lab.type("let x = 1");
  let session = lab.session;
  for (let i = 0; i < 5; i++) session = reduce(session, { kind: "move", how: "step" });
  const last = session.messages.at(-1)!;
  assert.deepEqual(last.lines, ["This is the end: type a statement"]);
  assert.equal(last.times, 5);
  assert.equal(session.messages.filter(({ kind }) => kind === "note").length, 1);
  const say = { kind: "say", as: "output", lines: ["the same"] } as const;
  const twice = reduce(reduce(session, say), say);
  assert.equal(twice.messages.length, session.messages.length + 2);
});
