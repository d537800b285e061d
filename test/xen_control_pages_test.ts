/**
 * Control pages and page tables of crash images against a counter of its own, which maps page by
 * page: which frame is which table, where the search for holes ends, and when the area is full.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  apply,
  type ArgValue,
  type Clause,
  type Event,
  type Machine,
  NO_MACHINE,
  settle,
} from "../src/machine/mod.ts";
import { walkTables } from "../src/replay/xen_pages.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const CONTEXT = { allocationFails: () => false };
const PAGE = 4096n;
const AREA = { start: 0x800_0000n, end: 0x880_0000n };
/** Where the relocation code lies in Xen 4.17. */
const RELOCATION_CODE = 0xffff_82d0_4020_4000n;

interface Segment {
  readonly dest: bigint;
  readonly pages: bigint;
  readonly hasData: boolean;
}

interface Counted {
  readonly tables: readonly { readonly level: number; readonly frame: number }[];
  readonly next: bigint;
}

/** Undefined: the area has no room. */
function count(segments: readonly Segment[]): Counted | undefined {
  let next = AREA.start;
  const take = (): bigint | undefined => {
    for (let hole = next; hole + PAGE <= AREA.end; hole += PAGE) {
      const isTaken = segments.some((s) =>
        hole < BigInt.asUintN(64, s.dest + s.pages * PAGE) && hole + PAGE > s.dest
      );
      if (isTaken) continue;
      next = hole + PAGE;
      return hole;
    }
    return undefined;
  };
  const tables = new Map<string, bigint>();
  const map = (vaddr: bigint): boolean => {
    const indexes = [39n, 30n, 21n].map((shift) => (vaddr >> shift) & 511n);
    for (let depth = 0; depth <= 3; depth++) {
      const key = indexes.slice(0, depth).join(" ");
      if (tables.has(key)) continue;
      const frame = take();
      if (frame === undefined) return false;
      tables.set(key, frame);
    }
    return true;
  };
  const code = take();
  if (code === undefined || !map(code)) return undefined;
  const list = take();
  if (list === undefined || !map(list)) return undefined;
  for (const { dest, pages } of segments) {
    for (let i = 0n; i < pages; i++) if (!map(dest + i * PAGE)) return undefined;
  }
  if (!map(RELOCATION_CODE)) return undefined;
  const order = [...tables].map(([key, frame]) => ({
    path: key === "" ? [] : key.split(" ").map(Number),
    frame: Number(frame / PAGE),
  }));
  order.sort((a, b) => {
    const i = a.path.findIndex((index, k) => index !== b.path[k]);
    if (i < 0) return a.path.length - b.path.length;
    return b.path.length <= i ? 1 : a.path[i]! - b.path[i]!;
  });
  return { tables: order.map(({ path, frame }) => ({ level: 4 - path.length, frame })), next };
}

const clause = (head: string, args: Record<string, ArgValue>, clauses: Clause[] = []) => ({
  head,
  args,
  clauses,
});

function boot(): Machine {
  const power: Event = {
    kind: "machine-powered",
    name: "m",
    arch: "x86_64",
    cpus: 1,
    firmware: [{
      range: { start: 0x100000, end: 0x10000000 },
      type: "usable",
      label: "usable",
    }],
    resources: [],
    policy: { kind: "zoned", seed: 0n },
  };
  const start = apply(NO_MACHINE, power);
  const clauses = [clause("cmdline", { text: "crashkernel=8M@128M" })];
  return settle(start, xen.boot(start, { version: "4.17", clauses }, CONTEXT)).machine;
}

const fresh = boot();

function load(segments: readonly Segment[]) {
  const clauses = segments.map((s) =>
    clause("segment", {
      dest: s.dest,
      size: s.pages * PAGE,
      bufsz: s.hasData ? 1n : 0n,
      ...(s.hasData ? { pattern: 7n } : { buf: "null" }),
    })
  );
  const operation = clause("hypercall", { op: "load" }, [
    clause("type", { value: 1n }),
    clause("arch", { value: 62n }),
    clause("entry", { value: AREA.start }),
    ...clauses,
  ]);
  return settle(fresh, xen.decide(fresh, operation, CONTEXT));
}

const BORDERS = [0n, 1n << 21n, 1n << 30n, 3n << 30n, 1n << 39n, 5n << 39n, 1n << 47n, 1n << 52n];

const mapped = fc.record({
  border: fc.constantFrom(...BORDERS),
  before: fc.bigInt(0n, 700n),
  pages: fc.bigInt(1n, 1500n),
}).map(({ border, before, pages }): Segment => ({
  dest: border < before * PAGE ? 0n : border - before * PAGE,
  pages,
  hasData: false,
}));

const inside = fc.record({ at: fc.bigInt(0n, 2040n), pages: fc.bigInt(1n, 900n) }).map((
  { at, pages },
): Segment => {
  const room = 2048n - at;
  return { dest: AREA.start + at * PAGE, pages: pages < room ? pages : room, hasData: true };
});

function overlap(segments: readonly Segment[]): boolean {
  return segments.some((a, i) =>
    segments.slice(0, i).some((b) =>
      a.dest < b.dest + b.pages * PAGE && b.dest < a.dest + a.pages * PAGE
    )
  );
}

test("every table page, in the order in which pages need them, over any border", () => {
  let loaded = 0;
  const layouts = fc.array(fc.oneof(mapped, inside), { maxLength: 15 });
  fc.assert(
    fc.property(layouts, (drawn) => {
      const segments = drawn.filter((s, i) => !overlap([...drawn.slice(0, i), s]));
      if (overlap(segments)) return;
      const wanted = count(segments);
      const { machine, result } = load(segments);
      assert.equal(result.ret, wanted === undefined ? "ENOMEM" : "0");
      if (wanted === undefined) return;
      loaded++;
      const image = machine.images.get(machine.slots.crash!)!;
      assert.equal(BigInt(image.controlCursor!), wanted.next);
      assert.deepEqual(walkTables(machine, image.pageTableRoot!).tables, wanted.tables);
    }),
    { seed: 417, numRuns: 150 },
  );
  assert.ok(loaded > 30, `${loaded} layouts fit`);
});

test("an area that is full to the last page that is needed, and one page less", () => {
  const rest = (free: bigint): Segment => ({
    dest: AREA.start,
    pages: 2048n - free,
    hasData: true,
  });
  const needed = [...Array(40).keys()].find((free) => count([rest(BigInt(free))]) !== undefined)!;
  assert.equal(load([rest(BigInt(needed))]).result.ret, "0");
  assert.equal(load([rest(BigInt(needed) - 1n)]).result.ret, "ENOMEM");
});
