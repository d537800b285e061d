/** The extent map against the plainest model there is: an array with a value for each frame. */
import test from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ExtentMap } from "../src/memory/mod.ts";

const FRAMES = 600;

interface Change {
  readonly runs: readonly number[];
  readonly value: string | undefined;
  readonly shift: number;
}

/** Ascending disjoint runs; gaps of zero make runs that touch. */
const runs = fc.array(fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 12 })), {
  minLength: 1,
  maxLength: 80,
})
  .chain((steps) =>
    fc.nat(FRAMES - 1).map((first) => {
      const list: number[] = [];
      let at = first;
      for (const [gap, length] of steps) {
        const start = at + gap;
        if (start + length > FRAMES) break;
        list.push(start, start + length);
        at = start + length;
      }
      return list;
    })
  );

const change: fc.Arbitrary<Change> = fc.record({
  runs,
  value: fc.constantFrom("a", "b", "c", undefined),
  shift: fc.nat(1),
});

test("an extent map answers as an array of frames does", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      let map = ExtentMap.empty<string>();
      const values = new Array<string | undefined>(FRAMES).fill(undefined);
      const shifts = new Array<number>(FRAMES).fill(0);
      for (const { runs, value, shift } of changes) {
        const before = map;
        const sizeBefore = before.size;
        map = map.assign(runs, value, () => shift);
        for (let i = 0; i < runs.length; i += 2) {
          values.fill(value, runs[i], runs[i + 1]);
          shifts.fill(shift, runs[i], runs[i + 1]);
        }
        assert.equal(before.size, sizeBefore, "an older map never changes");
      }
      for (let frame = 0; frame < FRAMES; frame++) {
        const extent = map.extentAt(frame);
        assert.equal(extent?.value, values[frame]);
        assert.equal(map.get(frame), values[frame]);
        if (extent !== undefined) assert.equal(extent.shift, shifts[frame]);
      }
    }),
    { seed: 7, numRuns: 150 },
  );
});

test("extents are sorted, disjoint and joined", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      let map = ExtentMap.empty<string>();
      for (const { runs, value, shift } of changes) map = map.assign(runs, value, () => shift);
      const extents = [...map.from()];
      assert.equal(extents.length, map.size);
      extents.forEach((extent, i) => {
        assert.ok(extent.end > extent.start);
        const last = extents[i - 1];
        if (last === undefined) return;
        assert.ok(last.end <= extent.start);
        const alike = last.value === extent.value && last.shift === extent.shift;
        assert.ok(last.end < extent.start || !alike, `${last.end} could be joined`);
      });
    }),
    { seed: 8, numRuns: 150 },
  );
});

test("firstMet finds the first run that is not empty", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), runs, (changes, asked) => {
      let map = ExtentMap.empty<string>();
      for (const { runs, value, shift } of changes) map = map.assign(runs, value, () => shift);
      let wanted: number | undefined;
      for (let i = 0; i < asked.length && wanted === undefined; i += 2) {
        if ([...map.within(asked[i]!, asked[i + 1]!)].length > 0) wanted = i / 2;
      }
      assert.equal(map.firstMet(asked), wanted);
    }),
    { seed: 10, numRuns: 150 },
  );
});

test("from, within and lastBelow walk the same extents", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      fc.nat(FRAMES),
      fc.nat(FRAMES),
      (changes, a, b) => {
        let map = ExtentMap.empty<string>();
        for (const { runs, value, shift } of changes) map = map.assign(runs, value, () => shift);
        const all = [...map.from()];
        assert.deepEqual([...map.from(a)], all.filter((e) => e.end > a));
        assert.deepEqual(map.firstFrom(a), all.find((e) => e.end > a));
        assert.deepEqual(map.lastBelow(a), all.filter((e) => e.start < a).at(-1));
        const [low, high] = a < b ? [a, b] : [b, a];
        const cut = all.filter((e) => e.start < high && e.end > low)
          .map((e) => ({ ...e, start: Math.max(e.start, low), end: Math.min(e.end, high) }));
        assert.deepEqual([...map.within(low, high)], cut);
        if (low < high) assert.equal(map.firstMet([low, high]), cut.length > 0 ? 0 : undefined);
        assert.deepEqual(map.firstRuns(low, high, Infinity), cut.flatMap((e) => [e.start, e.end]));
      },
    ),
    { seed: 9, numRuns: 150 },
  );
});

test("a reader finds what a look-up finds, wherever it is asked next", () => {
  const frames = fc.array(fc.nat(FRAMES + 5), { maxLength: 80 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), frames, (changes, asked) => {
      let map = ExtentMap.empty<string>();
      for (const { runs, value, shift } of changes) map = map.assign(runs, value, () => shift);
      const reader = map.reader();
      for (const at of [...asked, ...Array.from({ length: FRAMES + 5 }, (_, i) => i)]) {
        reader.seek(at);
        const extent = map.extentAt(at);
        assert.ok(reader.start <= at && at < reader.end);
        assert.equal(reader.value, extent?.value);
        if (extent !== undefined) {
          assert.deepEqual([reader.start, reader.end, reader.shift], [
            extent.start,
            extent.end,
            extent.shift,
          ]);
        } else {
          assert.equal(reader.end, map.firstFrom(at)?.start ?? Infinity);
          assert.ok(reader.start === 0 || map.get(reader.start - 1) !== undefined);
        }
      }
    }),
    { seed: 8, numRuns: 200 },
  );
});
