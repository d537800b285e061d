/** Laws of the session that hold whatever is done. A failure prints the shrunk list of actions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Timeline } from "../src/engine/mod.ts";
import {
  type Action,
  branchOf,
  candidatesAt,
  comparePlaces,
  diagnose,
  EVENT_KINDS,
  executorAt,
  highlight,
  lastPlace,
  PANES,
  reduce,
  type Session,
  START,
  THEMES,
  wordsOf,
} from "../src/session/mod.ts";
import { parse } from "../src/syntax/mod.ts";
import { Lab, REPLACEMENT } from "./session_lab.ts";

const SEED = 20260;

/** A slow machine is no failure; Bun would give up after five seconds. */
const PATIENT = { timeout: 300_000 };

/** A session with a loop, a scenario, an exploration, a refusal and two branches. */
function storied(): Lab {
  const lab = new Lab();
  lab.type(
    ...REPLACEMENT,
    "for i in 0 .. 3 { unload crash\nload old }",
    'scenario "aside" { if loaded crash { panic } }',
    "image stray : crash { segment s at 1MiB size 4KiB fill 1 }",
    "try load stray",
    "at every step of load new { expect power is running }",
    ":goto 120",
    "unload crash",
    ":branch 0",
    ":goto 100",
  );
  return lab;
}

const motion = fc.constantFrom("step", "over", "out", "next", "continue", "end" as const);

const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant("move" as const),
    how: motion as fc.Arbitrary<"step">,
    back: fc.boolean(),
    times: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ kind: fc.constant("go-to" as const), step: fc.oneof(fc.integer(), fc.double()) }),
  fc.record({ kind: fc.constant("go-to-entry" as const), entry: fc.integer() }),
  fc.record({
    kind: fc.constant("go-to-cursor" as const),
    cursor: fc.record({
      branch: fc.integer({ min: -1, max: 3 }),
      entry: fc.integer({ min: -5, max: 50 }),
      step: fc.integer({ min: -5, max: 500 }),
    }),
  }),
  fc.record({
    kind: fc.constant("to-event" as const),
    event: fc.constantFrom(...EVENT_KINDS),
    back: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("to-writer" as const), address: fc.nat(2 ** 30) }),
  fc.record({ kind: fc.constant("branch" as const), id: fc.integer({ min: -1, max: 3 }) }),
  fc.record({
    kind: fc.constant("break" as const),
    on: fc.oneof(
      fc.constant({ kind: "hazard" as const }),
      fc.constant({ kind: "errno" as const }),
      fc.record({ kind: fc.constant("line" as const), line: fc.nat(20) }),
      fc.record({
        kind: fc.constant("statement" as const),
        head: fc.constantFrom("load", "unload", "panic", "none"),
      }),
      fc.record({ kind: fc.constant("event" as const), event: fc.constantFrom(...EVENT_KINDS) }),
      fc.nat(2 ** 29).map((start) => ({ kind: "address" as const, start, end: start + 8192 })),
    ),
  }),
  fc.record({
    kind: fc.constant("unbreak" as const),
    id: fc.oneof(fc.constant("all" as const), fc.nat(9)),
  }),
  fc.record({ kind: fc.constant("insert" as const), text: fc.string({ unit: "grapheme" }) }),
  fc.record({
    kind: fc.constant("insert" as const),
    text: fc.constantFrom("load ", "expect ", ":br", "{", "}\n", '"', "0x1000", "é", "日本", "👩‍👩‍👧"),
  }),
  fc.record({
    kind: fc.constant("delete" as const),
    what: fc.constantFrom(
      "before",
      "after",
      "word-before",
      "word-after",
      "to-start",
      "to-end",
      "all" as const,
    ) as fc.Arbitrary<"before">,
  }),
  fc.record({
    kind: fc.constant("caret" as const),
    to: fc.constantFrom(
      "left",
      "right",
      "word-left",
      "word-right",
      "start",
      "end",
      "up",
      "down",
      "first",
      "last",
    ) as fc.Arbitrary<"left">,
  }),
  fc.record({
    kind: fc.constant("history" as const),
    to: fc.constantFrom("older", "newer") as fc.Arbitrary<"older">,
  }),
  fc.record({
    kind: fc.constant("search" as const),
    to: fc.constantFrom("begin", "older", "newer", "accept", "cancel") as fc.Arbitrary<"begin">,
  }),
  fc.record({
    kind: fc.constant("complete" as const),
    to: fc.constantFrom("next", "previous", "accept", "cancel") as fc.Arbitrary<"next">,
  }),
  fc.record({ kind: fc.constant("submit" as const) }),
  fc.record({ kind: fc.constant("interrupt" as const) }),
  fc.record({ kind: fc.constant("enter" as const), text: fc.string() }),
  fc.record({
    kind: fc.constant("enter" as const),
    text: fc.constantFrom(
      "let z = 1",
      "unload crash",
      "load old",
      "panic",
      "show map",
      "}",
      ":diff",
      ":why 0x1b000000",
      ":cpu",
      ":walk 0",
      ":list",
      ":reload",
      ":tour",
      "",
      ":save x.kx",
      ":help",
      ":page start of crash region",
    ),
  }),
  fc.record({
    kind: fc.constant("pane" as const),
    pane: fc.constantFrom(...PANES, "next" as const, "previous" as const),
  }),
  fc.record({ kind: fc.constant("look" as const), address: fc.double() }),
  fc.record({ kind: fc.constant("zoom" as const), by: fc.integer() }),
  fc.record({
    kind: fc.constant("scroll" as const),
    pane: fc.constantFrom(...PANES),
    by: fc.integer(),
  }),
  fc.record({ kind: fc.constant("theme" as const), theme: fc.constantFrom(...THEMES) }),
  fc.record({
    kind: fc.constant("resize" as const),
    columns: fc.integer({ min: -3, max: 300 }),
    rows: fc.integer({ min: -3, max: 100 }),
  }),
);

function inRange(session: Session): void {
  const branch = branchOf(session);
  assert.ok(branch !== undefined, "the cursor is on a branch");
  const { entry, step } = session.cursor;
  assert.ok(Number.isInteger(entry) && Number.isInteger(step));
  const last = lastPlace(branch.entries);
  assert.ok(comparePlaces(session.cursor, START) >= 0 && comparePlaces(session.cursor, last) <= 0);
  if (entry < 0) assert.equal(step, 0);
  else {
    const { from, to } = branch.entries[entry]!;
    assert.ok(step >= from && step <= to && (step > from || to === from));
  }
  assert.ok(session.input.caret >= 0 && session.input.caret <= session.input.text.length);
  assert.ok(session.view.address >= 0 && session.view.zoom >= 0);
}

test(
  "session: whatever is done, nothing throws and the cursor stays where something is",
  PATIENT,
  () => {
    fc.assert(
      fc.property(fc.array(arbitraryAction, { maxLength: 25 }), (actions) => {
        const lab = storied();
        const [first] = lab.session.branches;
        const before = [...first!.executor.timeline.events(0, first!.length)];
        for (const action of actions) {
          lab.store.dispatch(action);
          lab.host.settle();
          inRange(lab.session);
          assert.equal(lab.session.running, undefined);
        }
        const said = lab.session.messages.flatMap((m) => m.lines).join("\n");
        assert.doesNotMatch(said, /has a bug/);
        diagnose(lab.session);
        // What had happened on a branch has happened: nothing rewrites it.
        if (lab.session.file === undefined) {
          const { timeline } = lab.session.branches[0]!.executor;
          assert.deepEqual([...timeline.events(0, before.length)], before);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  },
);

test("session: a step forward and a step back undo each other, everywhere", PATIENT, () => {
  const lab = storied();
  let session = reduce(lab.session, { kind: "go-to", step: 0 });
  const places: Session["cursor"][] = [];
  for (;;) {
    places.push(session.cursor);
    const next = reduce(session, { kind: "move", how: "step" });
    if (comparePlaces(next.cursor, session.cursor) === 0) break;
    const back = reduce(next, { kind: "move", how: "step", back: true });
    assert.deepEqual(back.cursor, session.cursor);
    session = next;
  }
  assert.deepEqual(session.cursor, { branch: 0, ...lastPlace(lab.branch.entries) });
  const steps = places.filter((p, i) => i > 0 && p.step > places[i - 1]!.step).length;
  assert.equal(steps, lab.branch.length, "each event is a place");
  assert.ok(places.length > lab.branch.length, "and so is each statement without one");
});

test("session: statements forward and back are the same stops", PATIENT, () => {
  const lab = storied();
  for (const how of ["next", "over"] as const) {
    const forward: Session["cursor"][] = [];
    let session = reduce(lab.session, { kind: "go-to", step: 0 });
    for (let last = -1; forward.length !== last;) {
      last = forward.length;
      const next = reduce(session, { kind: "move", how });
      if (comparePlaces(next.cursor, session.cursor) !== 0) forward.push(next.cursor);
      session = next;
    }
    const back: Session["cursor"][] = [];
    for (let last = -1; back.length !== last;) {
      last = back.length;
      const next = reduce(session, { kind: "move", how, back: true });
      if (comparePlaces(next.cursor, session.cursor) !== 0) back.unshift(session.cursor);
      session = next;
    }
    assert.deepEqual(back, forward, how);
  }
});

test(
  "session: gone on with from after any statement, the rest of the script gives the same",
  PATIENT,
  () => {
    const lab = storied();
    const { entries, executor } = lab.session.branches[0]!;
    const events = [...executor.timeline.events()];
    for (let e = -1; e < entries.length; e++) {
      const step = entries[e]?.to ?? 0;
      const resumed = executorAt(lab.session.branches[0]!, { entry: e, step });
      assert.equal(resumed.timeline.length, step);
      for (const { source, span } of entries.slice(e + 1)) {
        const statement = parse(source).script.body.find((s) => s.span.start === span.start)!;
        for (const _ of resumed.run(source, [statement])) { /* to its end */ }
      }
      assert.deepEqual([...resumed.timeline.events()], events, `from statement ${e + 1} on`);
      assert.deepEqual(
        resumed.records.map((
          { from, to, next, parent, outcome },
        ) => [from, to, next, parent, outcome]),
        executor.records.map((
          { from, to, next, parent, outcome },
        ) => [from, to, next, parent, outcome]),
      );
      assert.deepEqual([resumed.lastRet, resumed.lastOperation], [
        executor.lastRet,
        executor.lastOperation,
      ]);
      assert.deepEqual([...resumed.hazards].sort(), [...executor.hazards].sort());
    }
  },
);

test(
  "session: steps of a kind, by index, are those that a walk finds, also across forks",
  PATIENT,
  () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { maxLength: 6 }),
        fc.nat(200),
        fc.nat(200),
        (forks, a, b) => {
          let timeline = Timeline.empty();
          let n = 0;
          for (const back of [0, ...forks]) {
            timeline = timeline.fork(Math.max(0, timeline.length - back));
            for (let i = 0; i < 20; i++) {
              const kind = (n++ * 7) % 3;
              timeline.append(
                kind === 0
                  ? { kind: "log-printed", text: String(n) }
                  : kind === 1
                  ? { kind: "lock-taken", lock: "a" }
                  : { kind: "check-passed", rule: "r", cite: "c" },
                i,
              );
            }
          }
          const [after, until] = [Math.min(a, b), Math.min(Math.max(a, b), timeline.length)];
          const walked: number[] = [];
          for (let step = after + 1; step <= until; step++) {
            if (timeline.eventAt(step).kind === "lock-taken") walked.push(step);
          }
          assert.deepEqual([...timeline.stepsOf("lock-taken", after, until)], walked);
          assert.deepEqual([...timeline.stepsBackOf("lock-taken", until, after)], walked.reverse());
        },
      ),
      { seed: SEED },
    );
  },
);

test(
  "session: tokens cover a text in order and miss only blanks; completing anywhere is harmless",
  PATIENT,
  () => {
    const lab = storied();
    const words = wordsOf(lab.session.model);
    const piece = fc.oneof(
      fc.constantFrom(
        "load",
        "expect ",
        "image a : crash {\n",
        "}",
        " at ",
        "0x1",
        '"',
        "#",
        "\n",
        ":",
        "..",
      ),
      fc.string({ unit: "grapheme", maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(60), (pieces, at) => {
        const text = pieces.join("");
        let end = 0;
        for (const token of highlight(text, words)) {
          assert.ok(token.start >= end && token.end > token.start);
          assert.match(text.slice(end, token.start), /^[\s]*$/);
          end = token.end;
        }
        assert.match(text.slice(end), /^\s*$/);
        const caret = Math.min(at, text.length);
        const { from, to } = candidatesAt(lab.session, text, caret);
        assert.ok(from >= 0 && from <= to && to <= text.length);
      }),
      { seed: SEED, numRuns: 300 },
    );
  },
);
