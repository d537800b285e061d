/**
 * Loads with any number of faults at once, against a list of the checks in their order: which one
 * answers, and what is left in flags and slots. The machine is that of the recordings.
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
import { xen } from "../src/worlds/xen/mod.ts";

const CONTEXT = { allocationFails: () => false };
const AREA = { start: 0x800_0000n, end: 0xc00_0000n };
const U64 = (value: bigint) => BigInt.asUintN(64, value);

interface Segment {
  readonly buf: "good" | "null" | "unmapped";
  readonly bufsz: bigint;
  readonly dest: bigint;
  readonly size: bigint;
}

interface Load {
  readonly type: number;
  readonly arch: number;
  readonly entry: bigint;
  readonly declared: number | undefined;
  readonly array: "good" | "bad";
  readonly segments: readonly Segment[];
}

/** What the checks say, first to last; the pages of these loads always fit. */
function answerOf({ type, arch, entry, declared, array, segments: given }: Load): string {
  const count = declared ?? given.length;
  if (count >= 16) return "EINVAL";
  if (array === "bad" && count > 0) return "EFAULT";
  if (type > 1) return "EINVAL";
  const segments = given.slice(0, count);
  const ends = segments.map((s) => U64(s.dest + s.size));
  if (type === 1) {
    if (entry < AREA.start || entry > AREA.end) return "EADDRNOTAVAIL";
    const isOut = (s: Segment, i: number) =>
      s.buf !== "null" && (s.dest < AREA.start || ends[i]! > AREA.end);
    if (segments.some(isOut)) return "EADDRNOTAVAIL";
  }
  if (segments.some((s, i) => ((s.dest | ends[i]!) & 0xfffn) !== 0n)) return "EADDRNOTAVAIL";
  const overlaps = segments.some((a, i) =>
    segments.slice(0, i).some((b, j) => ends[i]! > b.dest && a.dest < ends[j]!)
  );
  if (overlaps) return "EINVAL";
  if (segments.some((s) => s.bufsz > s.size)) return "EINVAL";
  if (segments.some((s) => s.buf === "null" && s.size === 0n)) return "ENOMEM";
  return arch === 62 || arch === 3 ? "0" : "EINVAL";
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
    cpus: 2,
    firmware: [{
      range: { start: 0x10_0000, end: 0x3ffe_0000 },
      type: "usable",
      label: "usable",
    }],
    resources: [],
    policy: { kind: "zoned", seed: 0n },
  };
  const start = apply(NO_MACHINE, power);
  const clauses = [clause("cmdline", { text: "crashkernel=64M@128M" })];
  return settle(start, xen.boot(start, { version: "4.17.7", clauses }, CONTEXT)).machine;
}

function call(machine: Machine, { type, arch, entry, declared, array, segments }: Load) {
  const value = (head: string, n: bigint | number) => clause(head, { value: BigInt(n) });
  const operation = clause("hypercall", { op: "load" }, [
    value("type", type),
    value("arch", arch),
    value("entry", entry),
    ...(declared === undefined ? [] : [value("nr_segments", declared)]),
    ...(array === "bad" ? [clause("segments_pointer", { value: "unmapped" })] : []),
    ...segments.map(({ buf, ...s }) =>
      clause("segment", { ...s, ...(buf === "good" ? { pattern: 0x41n } : { buf }) })
    ),
  ]);
  return settle(machine, xen.decide(machine, operation, CONTEXT));
}

const rarely = <T>(usual: T, ...faults: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, fc.constantFrom(...faults));

/** At most 16 pages: nothing that could run out of memory. */
const segment = fc.record({
  at: fc.integer({ min: 0, max: 60 }),
  base: rarely(AREA.start, 0x7ff_f000n, AREA.end, 0x3fa0_0000n, 0n),
  off: rarely(0n, 1n, 0x800n, 0xfffn),
  pages: fc.integer({ min: 0, max: 3 }),
  more: rarely(0n, 1n, 0x800n),
  bufsz: rarely(0n, 1n, 0x1000n, 0x4001n, 2n ** 63n),
  buf: rarely("good" as const, "null" as const, "unmapped" as const),
}).map(({ at, base, off, pages, more, bufsz, buf }): Segment => ({
  buf,
  bufsz,
  dest: base + BigInt(at) * 0x4000n + off,
  size: BigInt(pages) * 0x1000n + more,
}));

const load: fc.Arbitrary<Load> = fc.record({
  type: rarely(1, 0, 2, 255),
  arch: rarely(62, 3, 0, 40),
  entry: rarely(AREA.start, AREA.end, AREA.end + 1n, AREA.start - 1n, 0n),
  array: rarely("good" as const, "bad" as const),
  segments: fc.array(segment, { maxLength: 5 }),
  declared: rarely<number | undefined>(undefined, 0, 1, 15, 16, 0xffff_ffff),
}).map((l) => {
  // Beyond the array nothing can be read that is known here.
  const isBeyond = l.declared !== undefined && l.declared < 16 && l.declared > l.segments.length;
  return isBeyond ? { ...l, declared: undefined } : l;
});

test("of any faults the first check answers, and flags follow what succeeded", () => {
  const fresh = boot();
  const answers = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(load, { minLength: 1, maxLength: 4 }), (loads) => {
      let machine = fresh;
      const position = [0, 0];
      const loaded = [0, 0];
      for (const one of loads) {
        const wanted = answerOf(one);
        const { machine: then, result } = call(machine, one);
        // A list that was written over ends Xen when it is freed: another test's matter.
        if (then.power !== "running") return;
        assert.equal(result.ret, wanted);
        answers.set(wanted, (answers.get(wanted) ?? 0) + 1);
        if (wanted === "0") {
          position[one.type]! ^= 1;
          loaded[one.type] = 1;
        }
        machine = then;
        const [d, c] = position as [number, number];
        const flags = (loaded[0]! << d) | (loaded[1]! << (2 + c)) | (d << 4) | (c << 5);
        assert.equal(machine.settings.get("kexec_flags"), BigInt(flags));
      }
    }),
    { seed: 6, numRuns: 1000 },
  );
  for (const answer of ["0", "EINVAL", "EFAULT", "EADDRNOTAVAIL", "ENOMEM"]) {
    assert.ok((answers.get(answer) ?? 0) > 5, `${answer}: ${answers.get(answer)}`);
  }
});
