/** Parts of an event: less than the whole, more than nothing, and the beginning of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { beginnings, type Event } from "../src/machine/mod.ts";
import { run } from "../src/mod.ts";

/** Pages of a flat list of runs, or of moves, or words: one entry for each. */
function unitsOf(event: Event): string[] {
  const pages: string[] = [];
  if (event.kind === "frames-written") {
    for (let i = 0; i < event.frames.length; i += 2) {
      for (let f = event.frames[i]!; f < event.frames[i + 1]!; f++) {
        pages.push(`${f} of ${event.shifts[i / 2]}`);
      }
    }
  } else if (event.kind === "frames-copied" || event.kind === "frames-swapped") {
    for (let i = 0; i < event.moves.length; i += 3) {
      const [from, to, count] = event.moves.slice(i, i + 3) as [number, number, number];
      for (let k = 0; k < count; k++) pages.push(`${from + k} to ${to + k}`);
    }
  } else if (event.kind === "bytes-written" || event.kind === "bytes-stored") {
    for (let at = 0; at < event.bytes.length; at += 8) pages.push(String(event.bytes[at]));
  }
  return pages;
}

const counts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const zeros = { kind: "zeros" } as const;

const written = counts.map((sizes): Event => {
  const frames: number[] = [];
  let at = 3;
  for (const size of sizes) {
    frames.push(at, at + size);
    at += size + 1;
  }
  const shifts = sizes.map((_, i) => 10 * i);
  return { kind: "frames-written", frames, recipe: zeros, shifts, what: "it" };
});
const moved = fc.tuple(counts, fc.constantFrom("frames-copied", "frames-swapped")).map(
  ([sizes, kind]): Event => {
    const moves = sizes.flatMap((size, i) => [100 * i, 10_000 + 100 * i, size]);
    return { kind, moves, what: "it" } as Event;
  },
);
const stored = fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes): Event => ({
  kind: "bytes-stored",
  cpu: 0,
  at: 0x1000,
  bytes,
  what: "it",
}));

test("a part of an event is a beginning of it, neither empty nor the whole", () => {
  fc.assert(
    fc.property(fc.oneof(written, moved, stored), (event) => {
      const whole = unitsOf(event);
      const half = Math.floor(whole.length / 2);
      const counts = [...new Set([1, half, whole.length - 1])].filter((n) =>
        n > 0 && n < whole.length
      );
      const parts = beginnings(event).map(unitsOf);
      assert.deepEqual(parts, counts.map((count) => whole.slice(0, count)));
    }),
    { seed: 11 },
  );
});

test("a fork strikes at three places inside a long write", () => {
  const lab = run(`machine m {
  memory 0 .. 640KiB, 1MiB .. 256MiB
}
boot linux 6.1 on m {
  cmdline "crashkernel=64M"
}
let base = start of crash region
image k : crash {
  segment code at base size 64KiB fill 0x77
}
at every step of load k {
  if byte at base is 0x77 {
    expect byte at base + 64KiB - 1 is 0x77
  }
}
`);
  const record = lab.records.find((r) => r.explored !== undefined)!;
  const bad = record.explored!.find((o) => o.failure !== undefined)!;
  assert.equal(bad.runs.length, 1);
  const [[first, last]] = bad.runs as [[number, number]];
  assert.equal(Math.ceil(first), Math.ceil(last), "inside one step, and at no step");
  assert.ok(!Number.isInteger(first) && !Number.isInteger(last));
  assert.equal(bad.count, 3, "begun, in the middle, before its end");
  assert.match(record.failure!, /^from inside step \d+ on: does not hold/);
});
