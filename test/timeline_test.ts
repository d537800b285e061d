/** The engine with a toy world: it knows no world by name, and a timeline is its events. */
import test from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { apply, type Event, type Machine, NO_MACHINE, type World } from "../src/machine/mod.ts";
import { Executor, NO_FILES, Timeline } from "../src/engine/mod.ts";
import { parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";

/** A system that takes pages, writes on them and gives them back. */
const toy: World = {
  name: "toy",
  title: "Toy",
  versions: ["1.0"],
  bootClauses: [],
  imageFlags: [],
  rules: [],
  hazards: [],
  queries: [{
    pattern: ["taken"],
    summary: "how often pages were taken",
    answer: (machine) => ({
      kind: "integer",
      value: machine.settings.get("taken") as bigint ?? 0n,
    }),
  }],
  operations: [{
    head: "take",
    summary: "takes pages",
    positional: [{ name: "pages", type: "integer", required: true }],
    labels: [{ name: "at", type: "address", required: true }],
  }],
  *boot(_machine, request) {
    yield { kind: "system-booted", world: "toy", version: request.version, cmdline: "" };
    return { ret: "0" };
  },
  *decide(machine, operation) {
    const start = Number(operation.args.at as bigint) / 4096;
    const frames = [start, start + Number(operation.args.pages as bigint)];
    if (machine.free.extentAt(start) === undefined) {
      yield {
        kind: "refused",
        refusal: {
          rule: "taken",
          errno: "EBUSY",
          nature: "placement",
          message: "not free",
          cite: "toy:take",
        },
      };
      return { ret: "EBUSY" };
    }
    yield {
      kind: "frames-allocated",
      frames,
      owner: { kind: "kernel", label: "taken" },
      cursor: frames[1]!,
    };
    const now = yield {
      kind: "frames-written",
      frames,
      recipe: { kind: "fill", byte: 7 },
      shifts: [start],
      what: "sevens",
    };
    const count = (now.settings.get("taken") as bigint | undefined) ?? 0n;
    yield { kind: "setting-set", name: "taken", value: count + 1n };
    return { ret: "0" };
  },
};

function run(text: string): Executor {
  const source = new SourceText(0, "toy.kx", text);
  const { script, diagnostics } = parse(source);
  assert.deepEqual(diagnostics, []);
  const executor = new Executor({ worlds: [toy], invariants: [], files: NO_FILES });
  for (const _ of executor.run(source, script.body)) { /* pulled to the end */ }
  return executor;
}

const MACHINE = "machine m { memory 0 .. 1MiB }\nboot toy 1.0 on m\n";

test("an operation's events change the machine, and queries see it", () => {
  const executor = run(`${MACHINE}take 2 at 16KiB
expect taken == 1
expect owner of 0x4000 is kernel and owner of 0x5fff is kernel and owner of 0x6000 is free
expect byte at 0x5000 == 7
expect bytes at 0x3ffe size 4 == bytes at 0x3ffe size 4
expect writer of 0x4000 > 0`);
  assert.deepEqual(executor.failures, []);
  assert.deepEqual(executor.problems, []);
});

test("a refusal is an answer: `fails` wants it, `try` permits it, nothing else does", () => {
  const executor = run(`${MACHINE}take 1 at 0
take 1 at 0 fails EBUSY
take 1 at 0 fails EINVAL
try take 1 at 0
expect errno is EBUSY
take 1 at 0`);
  assert.deepEqual(executor.failures.map((r) => r.failure), [
    "expected EINVAL: it gave EBUSY",
    "refused with EBUSY",
  ]);
});

test("`errno of` asks on a fork: nothing is left behind", () => {
  const executor = run(`${MACHINE}expect errno of take 1 at 0 is 0
expect taken == 0
expect owner of 0 is free`);
  assert.deepEqual(executor.failures, []);
});

test("a scenario leaves the machine as it found it", () => {
  const executor = run(`${MACHINE}take 1 at 0
scenario "more" { take 1 at 4KiB
expect taken == 2 }
expect taken == 1
expect owner of 0x1000 is free`);
  assert.deepEqual(executor.failures, []);
  assert.deepEqual(executor.problems, []);
});

test("limits end a run with a diagnostic", () => {
  const recursion = run(`${MACHINE}def again() { again() }\nagain()\nexpect taken == 5`);
  assert.deepEqual(recursion.problems.map((p) => p.code), ["KX0610"]);
  assert.equal(recursion.stopped, true);
  const loop = run(`${MACHINE}for i in 0 .. 0xffff_ffff_ffff { expect true }`);
  assert.deepEqual(loop.problems.map((p) => p.code), ["KX0610"]);
});

const frame = fc.nat(255);
const anEvent: fc.Arbitrary<Event> = fc.oneof(
  frame.map((f): Event => ({
    kind: "frames-claimed",
    frames: [f, f + 1],
    owner: { kind: "kernel", label: `k${f % 3}` },
  })),
  frame.map((f): Event => ({ kind: "frames-freed", frames: [f, f + 1], why: "test" })),
  fc.tuple(fc.nat(0xfffff), fc.uint8Array({ minLength: 1, maxLength: 5000 })).map((
    [at, bytes],
  ): Event => ({ kind: "bytes-written", at, bytes, what: "bytes" })),
  fc.tuple(fc.constantFrom("a", "b"), fc.bigInt(0n, 9n)).map(([name, value]): Event => ({
    kind: "setting-set",
    name,
    value,
  })),
);

/** What can be compared of a machine: its maps as plain lists. */
function plain(machine: Machine): unknown {
  return {
    ...machine,
    free: [...machine.free.from()],
    owners: [...machine.owners.from()],
    contents: [...machine.contents.from()],
  };
}

test("the fold of a timeline's events is its machine, at every step and on forks", () => {
  const power: Event = {
    kind: "machine-powered",
    name: "m",
    arch: "x86_64",
    cpus: 1,
    firmware: [{ range: { start: 0, end: 1 << 20 }, type: "usable", label: "usable" }],
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  };
  fc.assert(
    fc.property(fc.array(anEvent, { minLength: 1, maxLength: 700 }), fc.nat(), (events, pick) => {
      const timeline = Timeline.empty();
      const states: Machine[] = [NO_MACHINE];
      for (const event of [power, ...events]) {
        timeline.append(event, 0);
        states.push(apply(states.at(-1)!, event));
      }
      const step = pick % states.length;
      assert.deepEqual(plain(timeline.stateAt(step)), plain(states[step]!));
      assert.deepEqual(plain(timeline.machine), plain(states.at(-1)!));
      const fork = timeline.fork(step);
      fork.append({ kind: "log-printed", text: "elsewhere" }, 1);
      assert.equal(fork.length, step + 1);
      assert.deepEqual(plain(fork.stateAt(step)), plain(states[step]!));
      assert.equal(timeline.length, states.length - 1);
    }),
    { seed: 11, numRuns: 40 },
  );
});
