/** An event equal to an earlier one is kept as that one, and only an equal one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Repeats } from "../src/engine/repeats.ts";
import type { Event } from "../src/machine/mod.ts";

function written(bytes: number[], at: number): Event {
  return { kind: "bytes-written", at, bytes: new Uint8Array(bytes), what: "list" };
}

test("repeats: an equal event is kept once", () => {
  const repeats = new Repeats();
  const first = repeats.firstLike(written([1, 2, 3, 4, 5], 4096));
  assert.equal(repeats.firstLike(written([1, 2, 3, 4, 5], 4096)), first);
});

test("repeats: whatever is kept in its place is equal to the event", () => {
  const repeats = new Repeats();
  // Few values and long lists: most differ only where the hash does not look.
  const bytes = fc.array(fc.constantFrom(0, 1), { minLength: 5, maxLength: 7 });
  const event = fc.record({ bytes, at: fc.constantFrom(0, 4096) });
  fc.assert(
    fc.property(event, ({ bytes, at }) => {
      assert.deepEqual(repeats.firstLike(written(bytes, at)), written(bytes, at));
    }),
    { seed: 7, numRuns: 500 },
  );
});
