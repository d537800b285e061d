/** dom0: its own physical space over machine frames that are others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  apply,
  frameOfPfn,
  type Machine,
  NO_MACHINE,
  pfnOfFrame,
  physicalRuns,
} from "../src/machine/mod.ts";

const SEED = 0x6b78;

/** A run of pages and the first of their frames, or none. */
const change = fc.record({
  pfn: fc.integer({ min: 0, max: 60 }),
  count: fc.integer({ min: 1, max: 20 }),
  mfn: fc.option(fc.integer({ min: 1000, max: 1060 }), { nil: undefined }),
});

test("p2m and m2p say the same after any changes, as two plain tables do", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let machine: Machine = NO_MACHINE;
      const p2m = new Map<number, number>();
      for (const { pfn, count, mfn } of changes) {
        // A frame is one page's: a change that would give it to two is none that a system makes.
        const taken = [...p2m].some(([p, m]) =>
          (p < pfn || p >= pfn + count) && mfn !== undefined && m >= mfn && m < mfn + count
        );
        if (taken) continue;
        const pfns = [pfn, pfn + count];
        machine = apply(machine, { kind: "p2m-changed", pfns, mfns: [mfn], what: "test" });
        for (let i = 0; i < count; i++) {
          if (mfn === undefined) p2m.delete(pfn + i);
          else p2m.set(pfn + i, mfn + i);
        }
      }
      const m2p = new Map([...p2m].map(([p, m]) => [m, p]));
      for (let at = 0; at < 90; at++) assert.equal(frameOfPfn(machine.p2m, at), p2m.get(at));
      for (let at = 990; at < 1090; at++) assert.equal(pfnOfFrame(machine.p2m, at), m2p.get(at));
      const pages = [...physicalRuns(machine.p2m)].reduce((sum, run) => sum + run.count, 0);
      assert.equal(pages, p2m.size);
    }),
    { seed: SEED },
  );
});
