/** Each invariant sees what breaks it: a law that nothing can break would prove nothing. */
import test from "node:test";
import assert from "node:assert/strict";
import { apply, type Event, type Image, type Machine, NO_MACHINE } from "../src/machine/mod.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { ExtentMap } from "../src/memory/mod.ts";

const POWERED = apply(NO_MACHINE, {
  kind: "machine-powered",
  name: "m",
  arch: "x86_64",
  cpus: 1,
  firmware: [{ range: { start: 0, end: 1 << 24 }, type: "usable", label: "usable" }],
  resources: [],
  policy: { kind: "lowest", seed: 0n },
});

const GOOD: Image = {
  id: 1,
  name: "i",
  slot: "default",
  segments: [segment(0x10000, 0x2000), segment(0x20000, 0x1000)],
  entryPoint: 0x10000n,
  preserveContext: false,
  fileMode: false,
  head: 4n,
  controlCodeFrame: 0x100,
  pageTableFrames: [],
  indirectionFrames: [],
  listWords: 0,
  sourcePages: 0,
  sourcesInPlace: 0,
  complete: true,
};

function segment(dest: number, destSize: number): Image["segments"][number] {
  const buffer = { recipe: { kind: "zeros" as const }, readable: destSize, label: "zeros" };
  return { name: "s", buffer, sourceSize: destSize, dest, destSize };
}

/** What all invariants say after `events`, the last of which is looked at. */
function findings(events: readonly Event[], from: Machine = POWERED): string[] {
  const machine = events.reduce(apply, from);
  const last = events.at(-1)!;
  return invariants.filter((law) => law.concerns.includes(last.kind))
    .flatMap((law) => law.check(machine, last)).map((hazard) => hazard.code);
}

function installed(changes: Partial<Image>): Event[] {
  const image = { ...GOOD, ...changes };
  return [
    { kind: "reservation-set", name: "crash", range: { start: 0x10000, end: 0x80000 } },
    { kind: "image-begun", image },
    { kind: "slot-set", slot: image.slot, image: image.id },
  ];
}

test("a sound image breaks nothing", () => {
  assert.deepEqual(findings(installed({})), []);
  assert.deepEqual(findings(installed({ slot: "crash", controlCodeFrame: 0x40 })), []);
});

test("segments-malformed: overlap, half a page, a buffer too large, too many", () => {
  const broken: Image["segments"][] = [
    [segment(0x10000, 0x2000), segment(0x11000, 0x1000)],
    [segment(0x10000, 0x800)],
    [{ ...segment(0x10000, 0x1000), sourceSize: 0x1001 }],
    Array.from({ length: 17 }, (_, i) => segment(0x10000 + i * 0x1000, 0x1000)),
  ];
  for (const segments of broken) {
    assert.deepEqual(findings(installed({ segments })), ["segments-malformed"]);
  }
});

test("helper-page-in-destination: control code, swap page, indirection page", () => {
  for (
    const changes of [{ controlCodeFrame: 0x11 }, { swapFrame: 0x20 }, {
      indirectionFrames: [0x10, 0x11],
    }]
  ) {
    assert.deepEqual(findings(installed(changes)), ["helper-page-in-destination"]);
  }
});

test("list-malformed: no link, no end, too few sources, a source in another page's place", () => {
  const list = (words: readonly bigint[]): string[] => {
    const bytes = new Uint8Array(new BigUint64Array(words).buffer);
    const at = 0x90000;
    const events = installed({ head: BigInt(at) | 2n, listWords: words.length });
    return findings([{ kind: "bytes-written", at, bytes, what: "list" }, ...events]);
  };
  const sound = [0x10001n, 0x91008n, 0x92008n, 0x20001n, 0x93008n, 4n];
  assert.deepEqual(list(sound), []);
  assert.deepEqual(findings(installed({ listWords: 3 })), ["list-malformed"]);
  assert.deepEqual(list(sound.slice(0, -1)), ["list-malformed"]);
  assert.deepEqual(list([0x10001n, 0x91008n, 4n]), ["list-malformed"]);
  assert.deepEqual(list(sound.with(1, 0x11008n)), ["list-malformed"]);
});

test("crash-image-outside-region and crash-region-outside-ram", () => {
  const outside = {
    slot: "crash" as const,
    segments: [segment(0x90000, 0x1000)],
    controlCodeFrame: 0x40,
  };
  assert.deepEqual(findings(installed(outside)), ["crash-image-outside-region"]);
  const range = { start: 0xff0000, end: 0x1010000 };
  assert.deepEqual(findings([{ kind: "reservation-set", name: "crash", range }]), [
    "crash-region-outside-ram",
  ]);
});

test("loaded-image-touched: a write over a segment, a page given away", () => {
  const crash = installed({ slot: "crash", controlCodeFrame: 0x40 });
  const write: Event = {
    kind: "bytes-written",
    at: 0x10ff8,
    bytes: new Uint8Array(16),
    what: "DMA",
  };
  assert.deepEqual(findings([...crash, write]), ["loaded-image-touched"]);
  assert.deepEqual(
    findings([...crash, { kind: "frames-freed", frames: [0x11, 0x12], why: "test" }]),
    [
      "loaded-image-touched",
    ],
  );
});

test("frame-owned-twice: a machine that no event makes", () => {
  const both = {
    ...POWERED,
    owners: ExtentMap.empty<Machine["owners"] extends ExtentMap<infer O> ? O : never>()
      .set(0x10, 0x20, { kind: "kernel", label: "k" }),
  };
  const law = invariants.find((i) => i.code === "frame-owned-twice")!;
  const freed: Event = { kind: "frames-freed", frames: [0x18, 0x19], why: "test" };
  assert.equal(law.check(both, freed).length, 1);
  assert.equal(law.nature, "bug");
});

test("allocation-past-return: memory handed out where only the relocation code runs", () => {
  const jumping: Event = { kind: "power-changed", power: "jumping", why: "test" };
  const allocated: Event = {
    kind: "frames-allocated",
    frames: [0x10, 0x11],
    owner: { kind: "kernel", label: "k" },
    cursor: 0x11,
  };
  assert.deepEqual(findings([jumping, allocated]), ["allocation-past-return"]);
  assert.deepEqual(findings([allocated]), []);
  const law = invariants.find((i) => i.code === "allocation-past-return")!;
  assert.equal(law.nature, "bug");
});

test("every invariant is broken by one of the tests above", () => {
  assert.deepEqual(invariants.map((law) => law.code).sort(), [
    "allocation-past-return",
    "crash-image-outside-region",
    "crash-region-outside-ram",
    "frame-owned-twice",
    "helper-page-in-destination",
    "list-malformed",
    "loaded-image-touched",
    "segments-malformed",
  ]);
});
