/** Op 1: what it makes of a guest's list, against recorded images, and of any bytes at all. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { invariants } from "../src/machine/invariants/mod.ts";
import {
  apply,
  type Clause,
  type Event,
  frameOfPfn,
  type Image,
  imageIn,
  type Machine,
  mappedRanges,
  physicalRuns,
  settle,
} from "../src/machine/mod.ts";
import { run as runScript } from "../src/mod.ts";
import { decodeList } from "../src/execution/mod.ts";
import { encode, type Width, XEN_KEXEC_LOAD_V1 } from "../src/worlds/xen/abi/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const SEED = 0x6b78;
const CONTEXT = { allocationFails: () => false };

function booted(version: string, width = 64): Machine {
  return runScript(`machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen ${version} on m {
  cmdline "crashkernel=64M@128M"
  dom0 linux 3.6 {
    memory 256MiB
    width ${width}
  }
}`).machine;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function call(op: string, bytes: Uint8Array, width: Width): Clause {
  return {
    head: "hypercall",
    args: { op, bytes: hex(bytes), width: BigInt(width) },
    clauses: [],
  };
}

/** The list at `at`, then op 1 of that type. Everything that happened is looked at by the invariants. */
function loadV1(
  machine: Machine,
  words: readonly bigint[],
  options: { type?: bigint; at?: number; entry?: bigint; width?: Width } = {},
): { machine: Machine; ret: string; events: Event[] } {
  const { type = 0n, at = 0x1000_0000, entry = 0x1000_0000n, width = 64 } = options;
  const list = width === 64 ? BigUint64Array.from(words) : Uint32Array.from(words, Number);
  const before = apply(machine, {
    kind: "bytes-written",
    at,
    bytes: new Uint8Array(list.buffer),
    what: "a guest's list",
  });
  const argument = encode(XEN_KEXEC_LOAD_V1, width, {
    type,
    page_list: [],
    indirection_page: BigInt(at),
    start_address: entry,
  });
  const events: Event[] = [];
  const decision = xen.decide(before, call("load_v1", argument, width), CONTEXT);
  const done = settle(before, decision, (event, after) => {
    events.push(event);
    for (const law of invariants) {
      if (law.nature === "bug" && law.concerns.includes(event.kind)) {
        assert.deepEqual(law.check(after, event), []);
      }
    }
  });
  return { machine: done.machine, ret: done.result.ret, events };
}

interface Snapshot {
  readonly entry: string;
  readonly head: string;
  readonly control_code_page: string;
  readonly aux_page_l4: string;
  readonly next_crash_page: string;
  readonly segments: readonly { readonly dest: string; readonly dest_size: number }[];
  readonly indirection: { readonly entries: number };
  readonly pagetables: {
    readonly table_pages: readonly (readonly [string, string])[];
    readonly mappings: readonly { va: string; pa: string; len: string }[];
  };
}

const SNAPSHOTS: Readonly<Record<"v1_default" | "v1_crash", Snapshot>> = JSON.parse(
  readFileSync(new URL("./recordings/xen/v1-snapshots.json", import.meta.url), "utf8"),
);

/** Only these frames are free: Xen's heap has no others to choose. */
function withHeapOf(machine: Machine, addresses: readonly string[]): Machine {
  const owner = { kind: "kernel", label: "not of the heap" } as const;
  const frames = [...machine.free.from()].flatMap(({ start, end }) => [start, end]);
  let now = apply(machine, { kind: "frames-claimed", frames, owner });
  for (const frame of addresses.map((a) => Number(a) / 4096)) {
    now = apply(now, { kind: "frames-freed", frames: [frame, frame + 1], why: "the heap" });
  }
  return now;
}

/** Two of dom0's pages that do not adjoin in the machine. */
function twoPages(machine: Machine): [bigint, bigint] {
  const [a, b] = [...physicalRuns(machine.p2m)].slice(0, 2);
  return [BigInt(a!.frame * 4096), BigInt(b!.frame * 4096)];
}

function mappings(machine: Machine, image: Image) {
  return mappedRanges(machine, image.pageTableRoot!, 4)
    .filter((m) => m.start < 1n << 47n)
    .map((m) => [m.start, BigInt(m.maddr), m.end - m.start]);
}

test("a recorded crash image of op 1: every control page, table and mapping", () => {
  const wanted = SNAPSHOTS.v1_crash;
  const sources = wanted.pagetables.mappings.map((m) => m.pa)
    .filter((pa) => BigInt(pa) >= 0x2000_0000n);
  const heap = withHeapOf(booted("4.17"), sources);
  const [a, b] = twoPages(heap);
  const dest = BigInt(wanted.segments[0]!.dest);
  const entry = BigInt(wanted.entry);
  const words = [dest | 1n, a | 8n, b | 8n, 4n];
  const { machine, ret } = loadV1(heap, words, { type: 1n, entry });
  assert.equal(ret, "0");
  const image = imageIn(machine, "crash")!;
  assert.equal(image.controlCodeFrame, Number(wanted.control_code_page) / 4096);
  assert.equal(image.pageTableRoot, Number(wanted.aux_page_l4) / 4096);
  assert.equal(image.head, BigInt(wanted.head));
  assert.equal(image.controlCursor, Number(wanted.next_crash_page));
  assert.equal(image.listWords, wanted.indirection.entries);
  const tables = wanted.pagetables.table_pages.map(([, at]) => Number(at) / 4096);
  const own: number[] = [];
  for (let i = 0; i < image.pageTableFrames.length; i += 2) {
    for (let f = image.pageTableFrames[i]!; f < image.pageTableFrames[i + 1]!; f++) own.push(f);
  }
  assert.deepEqual(own.sort((x, y) => x - y), tables.sort((x, y) => x - y));
  assert.deepEqual(
    mappings(machine, image),
    wanted.pagetables.mappings.filter((m) => m.va.length < 18)
      .map((m) => [BigInt(m.va), BigInt(m.pa), BigInt(m.len)]),
  );
});

test("a recorded default image of op 1: the low MiB, the destination, no other range but its own", () => {
  const wanted = SNAPSHOTS.v1_default;
  const heap = booted("4.17");
  const [a, b] = twoPages(heap);
  const dest = BigInt(wanted.segments[0]!.dest);
  const { machine, ret } = loadV1(heap, [dest | 1n, a | 8n, b | 8n, 4n]);
  assert.equal(ret, "0");
  const image = imageIn(machine, "default")!;
  assert.equal(image.listWords, wanted.indirection.entries);
  const list = decodeList(machine, image.head | 2n);
  assert.equal(list.sources.length, 2);
  const found = mappings(machine, image);
  assert.deepEqual(found[0], [0n, 0n, 0x10_0000n]);
  assert.ok(found.some(([va, , length]) => va === dest && length === 0x2000n));
  const bytes = found.reduce((sum, [, , length]) => sum + length!, 0n);
  // Two sources, the list, the code: four pages beside the two ranges.
  assert.equal(bytes, 0x10_0000n + 0x2000n + 4n * 4096n);
});

test("what is copied is what the guest's pages hold when op 1 is made", () => {
  const machine = booted("4.17");
  const [a] = twoPages(machine);
  const bytes = new Uint8Array(4096).fill(0x5a);
  const written = apply(machine, { kind: "bytes-written", at: Number(a), bytes, what: "data" });
  const loaded = loadV1(written, [0x2000_0001n, a | 8n, 4n]);
  const image = imageIn(loaded.machine, "default")!;
  const [source] = decodeList(loaded.machine, image.head | 2n).sources;
  const later = apply(loaded.machine, {
    kind: "bytes-written",
    at: Number(a),
    bytes: new Uint8Array(4096),
    what: "later",
  });
  assert.equal(later.contents.get(source!)?.what, "data");
});

const words = fc.array(
  fc.oneof(
    fc.bigInt(0n, (1n << 64n) - 1n),
    // Mostly words that mean something, in and out of memory.
    fc.tuple(fc.bigInt(0n, 0x4_ffffn), fc.constantFrom(1n, 2n, 4n, 8n, 0x10n, 0n, 9n))
      .map(([page, flag]) => (page << 12n) | flag),
  ),
  { maxLength: 24 },
);

const ERRNOS = /^(0|E[A-Z]+|XEN_PANIC|HYPERVISOR_HANG|MACHINE_RESET)$/;

for (
  const [version, width] of [["4.3", 64], ["4.3", 32], ["4.4.0", 64], ["4.17", 64], ["4.17", 32], [
    "4.23",
    64,
  ]] as const
) {
  test(`Xen ${version}, ${width}-bit guest: any list is answered, or ends the hypervisor`, () => {
    const machine = booted(version, width);
    fc.assert(
      fc.property(
        words,
        fc.bigInt(-3n, 300n),
        fc.bigInt(0n, (1n << 64n) - 1n),
        (list, type, entry) => {
          const { ret } = loadV1(machine, list, { type, entry, width });
          assert.match(ret, ERRNOS);
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
  });

  test(`Xen ${version}, ${width}-bit guest: any bytes are an argument`, () => {
    const machine = booted(version, width);
    fc.assert(
      fc.property(
        fc.constantFrom("load_v1", "unload_v1"),
        fc.uint8Array({ maxLength: 200 }),
        (op, bytes) => {
          const { result } = settle(machine, xen.decide(machine, call(op, bytes, width), CONTEXT));
          assert.match(result.ret, ERRNOS);
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
  });
}

test("the pages of a list are the guest's by its p2m, not by number", () => {
  const machine = booted("4.17");
  const frame = frameOfPfn(machine.p2m, 0x4000)!;
  assert.notEqual(frame, 0x4000);
  assert.equal(loadV1(machine, [0x2000_0001n, BigInt(frame * 4096) | 8n, 4n]).ret, "0");
  assert.equal(loadV1(machine, [0x2000_0001n, 0x0400_0008n, 4n]).ret, "EFAULT");
});
