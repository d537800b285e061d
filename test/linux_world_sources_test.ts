/** Source pages: the collision rules, running out of memory, and giving everything back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Machine, readMemory } from "../src/machine/mod.ts";
import { decodeList } from "../src/worlds/linux/mod.ts";
import {
  ask,
  boot,
  DEFAULT,
  does,
  freeFrames,
  GIB,
  loadedImage,
  loading,
  MIB,
  powered,
  type SegmentArgs,
  sentence,
  unloading,
} from "./linux_world_lab.ts";

const PAGE = 4096;

/** What the relocation code would make of the list: each destination page and its first bytes. */
function assertListHolds(machine: Machine, segments: readonly SegmentArgs[]): void {
  const image = loadedImage(machine, "default");
  const list = decodeList(machine, image.head);
  assert.equal(list.problem, undefined);
  const destinations = segments.map((s) => ({
    start: Number(s.mem) / PAGE,
    end: (Number(s.mem) + Number(s.memsz)) / PAGE,
  }));
  const inDestination = (frame: number) =>
    destinations.some((d) => frame >= d.start && frame < d.end);
  const seen = new Set<number>();
  let at = 0;
  for (const [i, s] of segments.entries()) {
    assert.deepEqual(list.destinations[i], { dest: Number(s.mem), firstSource: at });
    for (let page = 0; page < Number(s.memsz) / PAGE; page++, at++) {
      const source = list.sources[at]!;
      assert.ok(!seen.has(source), "no page serves twice");
      seen.add(source);
      if (source !== destinations[i]!.start + page) {
        assert.ok(!inDestination(source), `source ${source}`);
      }
      assert.equal(machine.owners.get(source)?.kind, "source");
      const byte = readMemory(machine, source * PAGE, 1)[0];
      assert.equal(
        byte,
        page * PAGE < Number(s.bufsz ?? 0) ? s.fill : 0,
        `page ${page} of segment ${i}`,
      );
    }
  }
  assert.equal(list.sources.length, at);
  for (const frame of list.indirections) {
    assert.ok(!inDestination(frame), `indirection page ${frame}`);
  }
}

test("whatever the allocator gives, the list copies in any order, and unloading gives all back", () => {
  const policy = fc.constantFrom("zoned", "lowest", "highest", "rotating", "scattered" as const);
  const piece = fc.record({
    gap: fc.integer({ min: 0, max: 600 }),
    pages: fc.integer({ min: 0, max: 1200 }),
  });
  fc.assert(
    fc.property(
      policy,
      fc.bigInt(0n, 1000n),
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (
        kind,
        seed,
        pieces,
        reversed,
      ) => {
        // A small machine, so that destinations and sources meet all the time.
        const fresh = boot(
          powered(64 * MIB, kind, seed),
          "6.1",
          sentence("total_ram_pages", { count: 1n << 20n }),
        );
        let next = 0x3900000;
        const segments = pieces.map(({ gap, pages }, i) => {
          next = reversed ? next - (gap + pages) * PAGE : next + gap * PAGE;
          const mem = reversed ? next : next - 0x3000000 + 0x800000;
          if (!reversed) next += pages * PAGE;
          return { mem, memsz: pages * PAGE, bufsz: Math.floor(pages / 2) * PAGE, fill: i + 1 };
        }).filter((s) => s.mem >= MIB);
        if (segments.length === 0) return;
        const loaded = does(fresh, loading(DEFAULT, segments));
        if (loaded.ret === "0") assertListHolds(loaded.machine, segments);
        else assert.equal(loaded.ret, "ENOMEM");
        const after = loaded.ret === "0"
          ? does(loaded.machine, unloading("default")).machine
          : loaded.machine;
        assert.equal(freeFrames(after), freeFrames(fresh));
        assert.equal(after.images.size, 0);
      },
    ),
    { numRuns: 60 },
  );
});

test("the words of the list as they are in memory", () => {
  const fresh = boot(powered(GIB, "lowest"), "6.12");
  const { machine } = does(fresh, loading(DEFAULT, [{ mem: 8 * GIB, memsz: 600 * PAGE }]));
  const answer = ask(machine, "entries of", { slot: "default" });
  assert.ok(answer.kind === "list");
  const words = answer.items.map((item) => item.kind === "integer" ? item.value : -1n);
  const { head, listWords } = loadedImage(machine, "default");
  assert.equal(words.length, listWords + 1);
  assert.equal(words[0], head);
  assert.equal(words[1], 0x200000001n, "the destination");
  assert.equal(words[512]! & 0xfffn, 2n, "behind 511 words the link to the next page");
  assert.equal(words.at(-1), 4n, "done");
});

test("each allocation can fail, and nothing is lost then", () => {
  const segments = [
    { mem: 0x3000000, memsz: 600 * PAGE, bufsz: 600 * PAGE, fill: 1 },
    { mem: 0x3400000, memsz: 3000 * PAGE },
  ];
  for (const version of ["4.18", "6.1", "6.12"]) {
    const fresh = boot(powered(128 * MIB, "lowest"), version);
    let asked = 0;
    does(fresh, loading(DEFAULT, segments), { allocationFails: () => (asked++, false) });
    assert.ok(asked > 5 && asked < 100, `${asked} allocations`);
    for (let failing = 0; failing < asked; failing++) {
      const done = does(fresh, loading(DEFAULT, segments), {
        allocationFails: (n) => n === failing,
      });
      if (done.ret === "0") continue; // a table that does not count, before 5.11
      assert.equal(done.ret, "ENOMEM", `allocation ${failing}`);
      assert.equal(freeFrames(done.machine), freeFrames(fresh), `allocation ${failing}`);
    }
  }
});

test("both images are in memory while a default one is replaced", () => {
  const fresh = boot(
    powered(128 * MIB, "lowest"),
    "6.1",
    sentence("total_ram_pages", { count: 1n << 20n }),
  );
  const large = [{ mem: 8 * GIB, memsz: 60 * MIB }];
  const first = does(fresh, loading(DEFAULT, large));
  assert.equal(first.ret, "0");
  const second = does(first.machine, loading(DEFAULT, large));
  assert.equal(second.ret, "ENOMEM");
  assert.equal(second.machine.slots.default, first.machine.slots.default);
  const emptied = does(first.machine, unloading("default")).machine;
  assert.equal(does(emptied, loading(DEFAULT, large)).ret, "0");
});

test("a fragmented machine: 65536 pages in few events", () => {
  const pinned = sentence("fragmented", { every: 2n, over: { start: 0n, end: BigInt(GIB) } });
  const fresh = boot(
    powered(GIB, "lowest"),
    "6.12",
    pinned,
    sentence("total_ram_pages", { count: 1n << 20n }),
  );
  const segments = [{ mem: 64 * GIB, memsz: GIB / 4, bufsz: GIB / 4, fill: 1 }];
  const done = does(fresh, loading(DEFAULT, segments));
  assert.equal(done.ret, "0");
  assert.ok(done.events.length < 100, `${done.events.length} events`);
  assert.equal(loadedImage(done.machine, "default").sourcePages, 65536);
  assert.equal(freeFrames(does(done.machine, unloading("default")).machine), freeFrames(fresh));
});

test("two pages in one block cannot be had on a machine without two adjoining free pages", () => {
  const pinned = sentence("fragmented", { every: 2n, over: { start: 0n, end: BigInt(GIB) } });
  const load = (version: string) =>
    does(
      boot(powered(GIB, "lowest"), version, pinned),
      loading(DEFAULT, [{ mem: 64 * GIB, memsz: PAGE }]),
    ).ret;
  assert.deepEqual(["6.1", "6.14"].map(load), ["ENOMEM", "0"]);
});
