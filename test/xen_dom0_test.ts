/** dom0: its own physical space over machine frames that are others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  apply,
  frameOfPfn,
  type Machine,
  NO_MACHINE,
  ownerOf,
  pfnOfFrame,
  physicalRuns,
  settle,
} from "../src/machine/mod.ts";
import { run as runScript } from "../src/mod.ts";
import { layOut } from "../src/worlds/xen/dom0/layout.ts";
import { xen } from "../src/worlds/xen/mod.ts";

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

test("the layout gives each page one frame, none its own number, in few runs whatever the size", () => {
  const range = fc.record({
    start: fc.integer({ min: 0x1000, max: 0x2000_0000 }),
    size: fc.integer({ min: 1, max: 0x1000_0000 }),
  });
  fc.assert(
    fc.property(
      fc.array(range, { minLength: 1, maxLength: 4 }),
      fc.bigInt(0n, 99n),
      (given, seed) => {
        let at = 0;
        const frames = given.map(({ start, size }) => {
          const from = at + start;
          at = from + size;
          return { start: from, end: at };
        });
        const total = frames.reduce((sum, r) => sum + r.end - r.start, 0);
        const { pfns, mfns } = layOut(frames, seed);
        assert.equal(pfns[0], 0);
        assert.equal(pfns.at(-1), total);
        assert.ok(mfns.length <= 16 + 2 * frames.length + 1, `${mfns.length} runs`);
        const runs = mfns.map((mfn, i) => ({
          start: mfn,
          end: mfn + pfns[2 * i + 1]! - pfns[2 * i]!,
        }))
          .sort((a, b) => a.start - b.start);
        for (const [i, r] of runs.entries()) {
          if (i > 0) assert.ok(runs[i - 1]!.end <= r.start);
          assert.ok(frames.some((f) => r.start >= f.start && r.end <= f.end));
        }
        if (mfns.length > 1) assert.ok(mfns.every((mfn, i) => mfn !== pfns[2 * i]));
        assert.deepEqual(layOut(frames, seed), { pfns, mfns });
      },
    ),
    { seed: SEED },
  );
});

function booted(): Machine {
  return runScript(`machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.17 on m {
  cmdline "crashkernel=64M@128M dom0_mem=256M"
}`).machine;
}

const step = fc.record({
  head: fc.constantFrom("out", "in", "exchange"),
  size: fc.bigInt(0n, 0x100_0000n),
  at: fc.option(fc.bigInt(0n, 0x1100_0000n), { nil: undefined }),
});

test("after any ballooning and exchanging dom0's pages are owned, and nobody else's are dom0's", () => {
  const machine = booted();
  assert.equal([...physicalRuns(machine.p2m)].reduce((sum, r) => sum + r.count, 0), 0x10000);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      let now = machine;
      for (const { head, size, at } of steps) {
        const operation = head === "exchange"
          ? { head, args: { size, at: at ?? 0n }, clauses: [] }
          : {
            head: "balloon",
            args: { direction: head, size, ...(at === undefined ? {} : { at }) },
            clauses: [],
          };
        const context = { allocationFails: () => false };
        const done = settle(now, xen.decide(now, operation, context));
        assert.match(done.result.ret, /^(0|EINVAL|ENOMEM)$/);
        now = done.machine;
      }
      for (const { frame, count } of physicalRuns(now.p2m)) {
        for (const { value, start, end } of now.owners.within(frame, frame + count)) {
          assert.equal(value.kind, "guest");
          assert.ok(end > start);
        }
        assert.notEqual(ownerOf(now, frame), "free");
        assert.notEqual(ownerOf(now, frame + count - 1), "free");
      }
      for (const { start, end, value } of now.owners.from()) {
        if (value.kind !== "guest") continue;
        assert.notEqual(pfnOfFrame(now.p2m, start), undefined);
        assert.notEqual(pfnOfFrame(now.p2m, end - 1), undefined);
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test("a failed allocation at any point of a load by hooks leaves dom0 as it was", () => {
  const before = runScript(`machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.17 on m {
  dom0 classic 2.6.32 {
    memory 256MiB
  }
}`).machine;
  const spec = {
    name: "a",
    slot: "default",
    flags: [],
    entryPoint: 0x1000_0000n,
    segments: [{
      name: "text",
      buffer: { recipe: { kind: "fill", byte: 1 }, readable: 8192, label: "fill" },
      bufferSize: 8192n,
      dest: 0x1000_0000n,
      destSize: 8192n,
    }],
  } as const;
  const operation = { head: "load", args: { image: spec, via: "hooks" }, clauses: [] };
  const owners = (machine: Machine) => [...machine.owners.from()];
  let failures = 0;
  for (let failing = 0;; failing++) {
    let reached = false;
    const context = { allocationFails: (count: number) => count === failing && (reached = true) };
    const { machine, result } = settle(before, xen.decide(before, operation, context));
    if (!reached) {
      assert.equal(result.ret, "0");
      break;
    }
    failures++;
    assert.equal(result.ret, "ENOMEM", `allocation ${failing}`);
    assert.deepEqual(owners(machine), owners(before), `allocation ${failing}`);
    assert.equal(machine.slots.default, undefined);
  }
  assert.ok(failures >= 8, `${failures} allocations`);
});

test("dom0 has 64 or 32 bits; another number is refused, written or computed", () => {
  const boot = (width: string) =>
    runScript(`machine m { memory 1MiB .. 1GiB }
let n = 40
boot xen 4.17 on m { dom0 linux 6.1 { width ${width} } }`);
  assert.throws(() => boot("48"), /`48` is not one of `64`, `32`/);
  assert.throws(() => boot("n + 8"), /`48` is not one of `64`, `32`/);
  assert.deepEqual(boot("n - 8").failures, []);
});
