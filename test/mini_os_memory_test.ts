/** Mini-OS's memory map and page allocator. Addresses that real code gave are in the recordings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addRange,
  type Buddy,
  type Chunk,
  giveChunk,
  NO_BUDDY,
  reserveBelow,
  reservedPages,
  takeChunk,
  unreserve,
} from "../src/worlds/mini_os/memory/buddy.ts";
import {
  allocatorOf,
  type E820Entry,
  freeRanges,
  maxPfn,
  sanitize,
} from "../src/worlds/mini_os/memory/mod.ts";
import { type Machine, readMemory, settle } from "../src/machine/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";
import { codeBytes, elfFile, entryNote, LOAD, NOTE } from "./mini_os_elf_files.ts";
import { bootMiniOs, clause, file, imageOf, operate, powered } from "./mini_os_lab.ts";

const SEED = 20250715;
const RULES = { lapicIsNoPage: true };
const MIB = 2 ** 20;

function entry(addr: number, size: number, type = 1): E820Entry {
  return { addr: BigInt(addr), size: BigInt(size), type };
}

function sane(...entries: readonly E820Entry[]) {
  const map = sanitize(entries, RULES);
  assert.ok(!("trouble" in map));
  return map;
}

const LAPIC = entry(0xfee00000, 4096, 2);

test("the page of the local APIC joins a map that has nothing reserved there", () => {
  const map = sane(entry(0, 64 * MIB));
  assert.deepEqual(map.entries, [entry(0, 64 * MIB), LAPIC]);
  assert.ok(map.lapicInserted);
  assert.equal(map.reservedPages, 0n);
});

test("a reserved range that covers it counts one page less, since the series", () => {
  const wide = entry(0xfe000000, 16 * MIB, 2);
  assert.equal(sane(entry(0, 64 * MIB), wide).reservedPages, 4095n);
  const before = sanitize([entry(0, 64 * MIB), wide], { lapicIsNoPage: false });
  assert.equal("trouble" in before ? undefined : before.reservedPages, 4096n);
});

test("neighbours of one type join, the higher type wins where entries overlap", () => {
  const map = sane(entry(8 * MIB, 8 * MIB), entry(0, 8 * MIB), entry(4 * MIB, 2 * MIB, 2), LAPIC);
  assert.deepEqual(map.entries, [
    entry(0, 4 * MIB),
    entry(4 * MIB, 2 * MIB, 2),
    entry(6 * MIB, 10 * MIB),
    LAPIC,
  ]);
});

test("scratch space keeps its type", () => {
  const scratch = entry(128 * MIB, MIB, 0xefffffff);
  assert.deepEqual(sane(entry(0, 64 * MIB), scratch, LAPIC).entries[1], scratch);
});

test("more entries than the table holds end the kernel", () => {
  const many = Array.from({ length: 129 }, (_, i) => entry(i * 8192, 4096));
  assert.deepEqual(sanitize(many, RULES), { trouble: "overflow" });
});

test("any entries: a sorted map without overlaps, or a kernel that ends", () => {
  const u64 = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 0n, max: 1n << 34n }),
  );
  const any = fc.record({ addr: u64, size: u64, type: fc.constantFrom(1, 2, 3, 4, 5, 7, 99) });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 12 }), (entries) => {
      const map = sanitize(entries, RULES);
      if ("trouble" in map) assert.ok(["overflow", "endless"].includes(map.trouble));
      else assert.ok(map.entries.length <= 128);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("maxPfn counts pages of RAM, not addresses", () => {
  const map = sane(entry(0, 8 * 4096), entry(64 * 4096, 8 * 4096));
  assert.equal(maxPfn(map, 5n), 5);
  assert.equal(maxPfn(map, 8n), 8);
  assert.equal(maxPfn(map, 9n), 65);
  assert.equal(maxPfn(map, 1000n), 72);
});

test("what is excluded is cut out; of two that adjoin from high to low the rest above is lost", () => {
  const map = sane(entry(0, 16 * MIB));
  const piece = (from: number, to: number) => ({ from: BigInt(from), to: BigInt(to) });
  const max = BigInt(16 * MIB);
  assert.deepEqual(freeRanges(map, 0n, max, [piece(4 * MIB, 8 * MIB)]), [
    piece(0, 4 * MIB),
    piece(8 * MIB, 16 * MIB),
  ]);
  const low = piece(4 * MIB, 6 * MIB);
  const high = piece(6 * MIB, 8 * MIB);
  assert.equal(freeRanges(map, 0n, max, [low, high]).length, 2);
  assert.equal(freeRanges(map, 0n, max, [high, low]).length, 1);
});

/** Chunks are aligned, disjoint, and as many pages as are counted. */
function whole(buddy: Buddy): Set<number> {
  const pages = new Set<number>();
  for (const [order, list] of buddy.lists.entries()) {
    for (const pfn of list) {
      assert.equal(pfn % 2 ** order, 0, `chunk ${pfn} of order ${order}`);
      for (let page = pfn; page < pfn + 2 ** order; page++) {
        assert.ok(!pages.has(page), `page ${page} is free twice`);
        pages.add(page);
      }
    }
  }
  assert.equal(pages.size, buddy.freePages);
  return pages;
}

const START = 0x172;
const END = 0x400;

test("random requests: no page twice, none lost, and all of it joins again", () => {
  const step = fc.record({
    take: fc.boolean(),
    order: fc.nat(5),
    which: fc.nat(1000),
    boundary: fc.option(fc.integer({ min: 0, max: END }), { freq: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const fresh = addRange(NO_BUDDY, START, END);
      let buddy = fresh;
      const taken: Chunk[] = [];
      for (const { take, order, which, boundary } of steps) {
        if (boundary !== null && buddy.boundaryPfn === 0) {
          const done = reserveBelow(buddy, boundary * 4096, true);
          assert.equal(done.kind, "done");
          if (done.kind === "done") buddy = done.buddy;
        } else if (boundary !== null) buddy = unreserve(buddy).buddy;
        else if (take) {
          const found = takeChunk(buddy, order);
          if (found === undefined) continue;
          assert.ok(found.pfn >= buddy.boundaryPfn, "handed out below the boundary");
          taken.push({ pfn: found.pfn, order });
          buddy = found.buddy;
        } else if (taken.length > 0) {
          const [chunk] = taken.splice(which % taken.length, 1);
          buddy = giveChunk(buddy, chunk!).buddy;
        }
        const free = whole(buddy);
        const used = taken.reduce((sum, { order: o }) => sum + 2 ** o, 0);
        assert.equal(free.size + used + reservedPages(buddy), END - START);
      }
      for (const chunk of taken) buddy = giveChunk(buddy, chunk).buddy;
      if (buddy.boundaryPfn !== 0) buddy = unreserve(buddy).buddy;
      const sorted = (b: Buddy) => b.lists.map((list) => [...list].sort((x, y) => x - y));
      assert.deepEqual(sorted(buddy), sorted(fresh));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test("as posted the walk faults at the first chunk below the boundary, and only then", () => {
  const buddy = addRange(NO_BUDDY, START, END);
  assert.equal(reserveBelow(buddy, START * 4096, false).kind, "done");
  const beyond = reserveBelow(buddy, START * 4096 + 4096, false);
  assert.deepEqual(beyond, { kind: "fault", address: 0x10n, chunk: { pfn: START, order: 1 } });
  const set = reserveBelow(buddy, 4096, true);
  assert.ok(set.kind === "done");
  assert.equal(reserveBelow(set.buddy, 8192, true).kind, "already-set");
});

test("the lists and the machine's free frames are the same pages", () => {
  let machine = bootMiniOs(powered(64 * MIB), "fixed", 4);
  const same = () => {
    const frames = [...machine.free.from()].reduce((n, { start, end }) => n + end - start, 0);
    assert.equal(frames, allocatorOf(machine).freePages);
    for (const page of whole(allocatorOf(machine))) assert.ok(machine.free.get(page));
  };
  same();
  for (const order of [0n, 3n, 1n, 6n]) {
    machine = operate(machine, "alloc_pages", { order }).machine;
    same();
  }
  machine = operate(machine, "reserve_memory_below", { boundary: 0x20_0000n }).machine;
  same();
  machine = operate(machine, "unreserve_memory_below").machine;
  same();
});

const KERNEL = elfFile({
  bits: 64,
  headers: [
    { type: LOAD, paddr: 0x10_0000n, bytes: codeBytes(64), memsz: 0x4_0000n },
    { type: NOTE, bytes: entryNote(0x10_0000n) },
  ],
});

/** What the bitmap in memory has for a page. */
function isMarkedFree(machine: Machine, page: number): boolean {
  const at = allocatorOf(machine).bitmap.start * 4096;
  return (readMemory(machine, at + Math.floor(page / 8), 1)[0]! & 1 << page % 8) === 0;
}

test("the bitmap in memory has a clear bit for each free page, at boot and when the kernel is left", () => {
  for (const release of ["2d3b22f8", "v1", "v2", "fixed"]) {
    let machine = bootMiniOs(powered(64 * MIB), release, 4);
    const { bitmap } = allocatorOf(machine);
    assert.equal(bitmap.end - bitmap.start, 1);
    const agree = (from: number, to: number) => {
      const free = whole(allocatorOf(machine));
      for (let page = from; page < to; page++) {
        assert.equal(isMarkedFree(machine, page), free.has(page), `${release}: page ${page}`);
      }
    };
    agree(0, 0x4000);
    // Beyond memory: allocated.
    agree(0x4000, 0x8000);
    machine = operate(machine, "alloc_pages", { order: 5n }).machine;
    machine = operate(
      machine,
      "kexec",
      { image: imageOf(file(KERNEL)), until: "do_kexec", file: "apart" },
      [clause("move_used_pages", { returns: 0n })],
    ).machine;
    agree(0, 0x4000);
  }
});

test("the bitmap is put over a module that lies behind the page tables", () => {
  // Nothing asks what is there: only the pages that are handed out are checked. [minios:init_page_allocator]
  const before = powered(64 * MIB);
  const first = bootMiniOs(before, "v2", 1);
  const at = BigInt(allocatorOf(first).bitmap.start * 4096);
  const module = clause("module", { at, size: 4096n });
  const boot = { version: "v2", clauses: [clause("module_pages", { count: 1n }), module] };
  const told: string[] = [];
  const { machine } = settle(
    before,
    miniOs.boot(before, boot, { allocationFails: () => false }),
    (event) => event.kind === "hazard-found" && told.push(event.hazard.code),
  );
  assert.equal(allocatorOf(machine).bitmap.start * 4096, Number(at));
  assert.equal(readMemory(machine, Number(at), 1)[0], 0xff);
  assert.ok(told.includes("boot-over-module"));
  const fixed = settle(
    before,
    miniOs.boot(before, { ...boot, version: "fixed" }, { allocationFails: () => false }),
  ).machine;
  assert.equal(allocatorOf(fixed).bitmap.start * 4096, Number(at) + 4096, "fixed keeps off it");
});
