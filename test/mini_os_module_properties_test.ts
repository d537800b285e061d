/** Laws of the Mini-OS module that hold whatever is done to it, and whatever is handed over as one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  apply,
  type ArgValue,
  type Clause,
  type Machine,
  NO_MACHINE,
  type Outcome,
  readMemory,
  settle,
} from "../src/machine/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";
import { brokenLaws, moduleOf } from "../src/worlds/mini_os/module/mod.ts";

const NEVER = { allocationFails: () => false };
const MIB = 2 ** 20;
const DEATHS = ["FAULT", "BUG", "HANG"];

function clause(head: string, args: Readonly<Record<string, ArgValue>>): Clause {
  return { head, args, clauses: [] };
}

function powered(bytes: number): Machine {
  return apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "stubdom",
    arch: "x86_64",
    cpus: 1,
    firmware: [{ range: { start: 0, end: bytes }, type: "usable", label: "RAM" }],
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  });
}

interface Done {
  readonly machine: Machine;
  readonly outcome: Outcome;
}

function boot(machine: Machine, version: string, clauses: readonly Clause[]): Done {
  const done = settle(machine, miniOs.boot(machine, { version, clauses }, NEVER));
  return { machine: done.machine, outcome: done.result };
}

function operate(machine: Machine, head: string, args: Readonly<Record<string, ArgValue>>): Done {
  const done = settle(machine, miniOs.decide(machine, { head, args, clauses: [] }, NEVER));
  return { machine: done.machine, outcome: done.result };
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const type = fc.integer({ min: 2, max: 255 });
const data = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 });
const step = fc.oneof(
  fc.record({ op: fc.constant("add" as const), type, data }),
  fc.record({ op: fc.constant("update" as const), index: fc.nat(20), type, data }),
  fc.record({ op: fc.constant("alloc" as const), record: fc.nat(20), count: fc.nat(6) }),
  fc.record({ op: fc.constant("free" as const), page: fc.nat(20) }),
);

test("records and pages: the bytes stay valid, data is read back, a page has one owner", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.array(step, { maxLength: 40 }),
      (total, steps) => {
        let { machine } = boot(powered(16 * MIB), "fixed", [
          clause("module_pages", { count: BigInt(total) }),
        ]);
        const records: { type: number; data: readonly number[] }[] = [];
        const owners: (number | undefined)[] = Array.from({ length: total - 1 });
        const start = 16 * MIB - total * 4096;
        for (const s of steps) {
          let done: Done;
          switch (s.op) {
            case "add":
              done = operate(machine, "module_add", { type: BigInt(s.type), hex: hex(s.data) });
              if (records.length < 16) {
                assert.equal(done.outcome.ret, String(records.length));
                records.push(s);
              } else assert.equal(done.outcome.ret, "BUG");
              break;
            case "update": {
              const args = { record: BigInt(s.index), type: BigInt(s.type), hex: hex(s.data) };
              done = operate(machine, "module_update", args);
              const known = records[s.index];
              const fits = known?.type === s.type && known.data.length === s.data.length;
              const wanted = s.index >= 16 ? "ENOENT" : fits ? "0" : "EINVAL";
              // A slot that nobody has is type 0 and size 0.
              assert.equal(done.outcome.ret, wanted);
              if (fits) records[s.index] = s;
              break;
            }
            case "alloc": {
              const record = records.length === 0 ? 0 : s.record % records.length;
              if (records.length === 0) continue;
              const args = { pages: BigInt(s.count), record: BigInt(record) };
              done = operate(machine, "module_alloc", args);
              const first = firstWindow(owners, s.count);
              if (first === undefined) assert.equal(done.outcome.ret, "BUG");
              else {
                assert.equal(Number(done.outcome.ret), start + first * 4096);
                owners.fill(record, first, first + s.count);
              }
              break;
            }
            case "free": {
              const page = total === 1 ? -1 : s.page % (total - 1);
              const owner = owners[page];
              if (owner === undefined) continue;
              done = operate(machine, "module_free", {
                pages: 1n,
                record: BigInt(owner),
                at: BigInt(start + page * 4096),
              });
              assert.equal(done.outcome.ret, "0");
              owners[page] = undefined;
            }
          }
          // A kernel that died left what was there.
          machine = done.machine;
          assert.deepEqual(brokenLaws(machine), []);
          if (DEATHS.includes(done.outcome.ret)) break;
        }
        const view = moduleOf(machine)!;
        assert.deepEqual([...view.owners], owners.map((owner) => owner ?? 255));
        for (const [i, record] of records.entries()) {
          const slot = view.records[i]!;
          assert.equal(slot.type, record.type);
          const bytes = readMemory(machine, view.pointers.admin + slot.offset, slot.size);
          assert.deepEqual([...bytes], [...record.data]);
        }
      },
    ),
    { seed: 18, numRuns: 150 },
  );
});

/** The first pages in a row that nobody has. */
function firstWindow(owners: readonly (number | undefined)[], count: number): number | undefined {
  if (count === 0) return undefined;
  for (let first = 0; first + count <= owners.length; first++) {
    if (owners.slice(first, first + count).every((owner) => owner === undefined)) return first;
  }
  return undefined;
}

const MAGIC = [...new TextEncoder().encode("KexecMem")];
const byte = fc.integer({ min: 0, max: 255 });
const word = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0xffff }));
const header = fc.record({
  magic: fc.oneof(
    { weight: 4, arbitrary: fc.constant(MAGIC) },
    { weight: 1, arbitrary: fc.array(byte, { minLength: 8, maxLength: 8 }) },
  ),
  pages: word,
  records: word,
  table: word,
  rest: fc.array(byte, { maxLength: 400 }),
});
const place = fc.record({
  paddr: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0x200, max: 0xf00 }).map((f) => BigInt(f) * 4096n) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n << 40n, (1n << 64n) - 4096n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  ),
  size: fc.oneof(
    { weight: 3, arbitrary: fc.constant("as the header says" as const) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 4095n, 4096n, 8192n, 4018n * 4096n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  ),
});

test("whatever is handed over: never an exception, and taken only if every test passes", () => {
  let taken = 0;
  fc.assert(
    fc.property(header, place, fc.constantFrom("v1", "v2", "fixed", "growing"), (h, p, version) => {
      const size = p.size === "as the header says" ? BigInt(h.pages + 1) * 4096n : p.size;
      const { paddr } = p;
      const admin = BigInt.asUintN(64, paddr + size - 4096n);
      const bytes = Uint8Array.from([
        ...h.magic,
        ...[h.pages, h.records, h.table].flatMap((w) => [w & 0xff, w >> 8]),
        ...h.rest,
      ]);
      const ram = 64 * MIB;
      let machine = powered(ram);
      const inRam = admin >= 4096n && admin + 4096n <= BigInt(ram);
      if (inRam) {
        machine = apply(machine, { kind: "bytes-written", at: Number(admin), bytes, what: "test" });
      }
      const done = boot(machine, version, [
        clause("module_pages", { count: 6n }),
        clause("module", { at: paddr, size }),
        clause("page_allocator", { state: "off" }),
        clause("image", { end: 0x160000n }),
      ]);
      const { ret } = done.outcome;
      assert.ok(ret === "0" || DEATHS.includes(ret), ret);
      const view = moduleOf(done.machine);
      const isTaken = view !== undefined && BigInt(view.pointers.admin) === admin &&
        view.pointers.reserved.size === 0;
      if (!isTaken) return;
      taken++;
      assert.notEqual(paddr, 0n);
      assert.equal(size % 4096n, 0n);
      assert.ok(inRam, "a page that cannot be read is a fault");
      // The kernel's own image and start info may lie there: what counts is what is there now.
      assert.deepEqual([...readMemory(done.machine, Number(admin), 8)], MAGIC);
      if (version === "v2") assert.equal(BigInt(view.header.pages), size / 4096n - 1n);
      if (version === "fixed" && ret === "0") {
        const contents = ["record", "page-owner", "too-many"];
        const broken = brokenLaws(done.machine).map((b) => b.code);
        assert.deepEqual(broken.filter((c) => contents.some((w) => c.startsWith(w))), []);
      }
    }),
    { seed: 4018, numRuns: 600 },
  );
  assert.ok(taken > 50, `only ${taken} were taken: the test looks at nothing`);
});

test("a module that passes every test is taken, wherever it lies below 4 GiB", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0x200, max: 0x3000 }),
      (pages, frame) => {
        const admin = (frame + pages) * 4096;
        const even = 14 + pages + pages % 2;
        const bytes = Uint8Array.from([
          ...MAGIC,
          ...[pages, 16, even].flatMap((w) => [w & 0xff, w >> 8]),
          ...Array.from({ length: pages }, () => 255),
        ]);
        const machine = apply(powered(64 * MIB), {
          kind: "bytes-written",
          at: admin,
          bytes,
          what: "test",
        });
        const args = { at: BigInt(frame * 4096), size: BigInt(pages + 1) * 4096n };
        for (const version of ["v2", "fixed", "growing"]) {
          const done = boot(machine, version, [clause("module", args)]);
          assert.equal(done.outcome.ret, "0");
          const view = moduleOf(done.machine)!;
          assert.equal(view.pointers.start, frame * 4096);
          assert.deepEqual(brokenLaws(done.machine), []);
          // The page allocator has none of its pages.
          for (let f = frame; f <= frame + pages; f++) {
            assert.equal(done.machine.free.get(f), undefined);
          }
        }
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});
