/** What happens when an image of Xen is started: recordings, releases, and whatever is in memory. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AllocationPolicy,
  apply,
  type Clause,
  type Cpu,
  type Event,
  imageIn,
  logLines,
  type Machine,
  NO_MACHINE,
  readMemory,
  settle,
} from "../src/machine/mod.ts";
import { replay } from "../src/replay/mod.ts";
import { readXenList, tablePages, xenMappings } from "../src/replay/xen_list.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const FOLDER = new URL("recordings/xen/", import.meta.url);
const RECORDING = readFileSync(new URL("execution.jsonl", FOLDER), "utf8");
const CONTEXT = { allocationFails: () => false };
const MIB = 2 ** 20;

test("every recorded execution, every field", () => {
  const { cases, problems, passed } = replay(RECORDING, [xen]);
  assert.deepEqual(problems, []);
  assert.deepEqual(cases.filter((c) => !c.passed), []);
  assert.equal(passed, 15);
});

/** One change of the recording, and the fields that have to differ then. */
const CHANGES: readonly (readonly [string, string, string])[] = [
  ['"RAX": "0000000000000020"', '"RAX": "0000000000000021"', "execution.regs.RAX"],
  ['"GDTBASE": "3ab44118"', '"GDTBASE": "3ab44110"', "execution.regs.GDTBASE"],
  ['"qemu_exited": true', '"qemu_exited": false', "execution.qemu_exited"],
  ["Executing kexec image on cpu1", "Executing kexec image on cpu0", ""],
  [" * no crash kernel loaded!", " * crash kernel loaded!", "execution.xen_console"],
  ['"0x5100000000001000"', '"0x5100000000001008"', "execution.memcheck"],
  ['"src_pages": 3', '"src_pages": 4', "execution.image_before.indirection"],
  [
    '"next_crash_page": "0x800a000"',
    '"next_crash_page": "0x800b000"',
    "execution.image_before.next_crash_page",
  ],
];

for (const [from, to, field] of CHANGES) {
  test(`a recording with ${to} ${field === "" ? "tells another processor" : "differs"}`, () => {
    const changed = RECORDING.replace(from, to);
    assert.notEqual(changed, RECORDING);
    const { cases } = replay(changed, [xen]);
    const fields = cases.flatMap((c) => c.differences.map((d) => d.field));
    // Which processor calls is taken from the console: then the console agrees again.
    assert.deepEqual([...new Set(fields)], field === "" ? [] : [field]);
  });
}

function clause(head: string, args: Clause["args"], clauses: readonly Clause[] = []): Clause {
  return { head, args, clauses };
}

function boot(version: string, policy: AllocationPolicy = { kind: "zoned", seed: 0n }): Machine {
  const usable = (start: number, end: number) => ({
    range: { start, end },
    type: "usable" as const,
    label: "usable",
  });
  const start = apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "vm",
    arch: "x86_64",
    cpus: 2,
    firmware: [usable(0, 0x9fc00), usable(MIB, 0x3ffe0000)],
    resources: [],
    policy,
  });
  const clauses = [
    clause("cmdline", { text: "crashkernel=64M@128M dom0_mem=256M" }),
    clause("dom0", { world: "linux", version: "6.1" }),
  ];
  return settle(start, xen.boot(start, { version, clauses }, CONTEXT)).machine;
}

interface Told {
  readonly machine: Machine;
  readonly ret: string;
  /** At the entry point, if an image got there. */
  readonly entered: Machine | undefined;
}

function operate(machine: Machine, operation: Clause): Told {
  let entered: Machine | undefined;
  const observe = (event: Event, after: Machine) => {
    if (event.kind === "power-changed" && event.power === "new-image") entered = after;
  };
  const run = settle(machine, xen.decide(machine, operation, CONTEXT), observe);
  return { machine: run.machine, ret: run.result.ret, entered };
}

/** One segment of code and whatever else is to be mapped. */
function load(machine: Machine, type: bigint, entry: bigint, arch = 62n): Machine {
  const segment = (args: Clause["args"]) => clause("segment", args);
  const told = operate(machine, {
    head: "hypercall",
    args: { op: "load" },
    clauses: [
      clause("type", { value: type }),
      clause("arch", { value: arch }),
      clause("entry", { value: entry }),
      segment({ bufsz: 4096n, dest: entry & ~0xfffn & 0xffff_ffffn, size: 12288n, fill: 0xccn }),
    ],
  });
  assert.equal(told.ret, "0");
  return told.machine;
}

function runningCpu({ entered }: Told): Cpu {
  const cpu = entered?.processors.find((c) => c.state === "running");
  assert.ok(cpu !== undefined, "no image got control");
  return cpu;
}

test("4.17 calls the image with Xen's IDT, 4.22 jumps with an empty one", () => {
  const at = (version: string) =>
    runningCpu(operate(load(boot(version), 1n, 0x8100000n), clause("debug_key", { key: "C" })));
  const older = at("4.17.7");
  const newer = at("4.22");
  assert.equal(older.registers.rsp, 0x80001b0n);
  assert.equal(older.registers.rax, 0x20n);
  assert.equal(older.idtr.limit, 0xfff);
  assert.equal(newer.registers.rsp, 0x80001b8n);
  assert.equal(newer.registers.rax, 0x80000033n);
  assert.deepEqual(newer.idtr, { base: 0n, limit: 0 });
  assert.equal(newer.cr4, 0x20n);
});

test("a 32-bit image gets the table that is in the code page then", () => {
  const machine = load(boot("4.17.7"), 1n, 0x8100000n, 3n);
  const cpu = runningCpu(operate(machine, clause("exec", { slot: "crash", cpu: 1n })));
  assert.equal(cpu.cr0, 0x33n);
  assert.equal(cpu.special.efer, 0x801n);
  assert.equal(cpu.segments.cs.selector, 0x10);
  assert.equal(cpu.segments.ss.selector, 8);
  // Somebody wrote over the descriptor of the code segment.
  const spoiled = apply(machine, {
    kind: "bytes-written",
    at: 0x8000128,
    bytes: new Uint8Array(8),
    what: "nothing",
  });
  const { machine: after, entered } = operate(spoiled, clause("exec", { slot: "crash" }));
  assert.equal(entered, undefined);
  assert.equal(after.power, "rebooted");
});

test("a crash fills every processor's notes, an exec none", () => {
  const notes = (machine: Machine) => {
    const { start } = machine.reservations.get("crash notes")!;
    return readMemory(machine, start, 1024);
  };
  const loaded = load(load(boot("4.17.7"), 1n, 0x8100000n), 0n, 0x1000_0000n);
  const before = notes(loaded);
  assert.deepEqual(notes(operate(loaded, clause("exec", { slot: "default" })).machine), before);
  const after = notes(operate(loaded, clause("panic", { text: "x", cpu: 1n })).machine);
  const word = (at: number) => new DataView(after.buffer).getBigUint64(at, true);
  // CR0 of both processors, and the version.
  assert.equal(word(356 + 16), 0x8005003bn);
  assert.equal(word(512 + 356 + 16), 0x8005003bn);
  assert.equal(word(404 + 16), 4n);
  assert.equal(word(404 + 24), 17n);
});

test("who crashes decides what the console says and what is left", () => {
  const outcome = (operation: Clause, cmdline = "") => {
    const machine = boot("4.17.7");
    const system = { ...machine.system!, cmdline: `${machine.system!.cmdline} ${cmdline}` };
    const told = operate({ ...machine, system }, operation).machine;
    return [told.log?.text, told.power];
  };
  const reboots = "Hardware Dom0 crashed: rebooting machine in 5 seconds.";
  const stays = "Hardware Dom0 crashed: 'noreboot' set - not rebooting.";
  assert.deepEqual(outcome(clause("panic", { in: "dom0" })), [reboots, "rebooted"]);
  assert.deepEqual(outcome(clause("panic", { in: "dom0" }), "noreboot"), [stays, "halted"]);
  assert.deepEqual(outcome(clause("panic", { in: "dom0" }), "noreboot=0"), [reboots, "rebooted"]);
  assert.deepEqual(outcome(clause("panic", {})), ["Reboot in five seconds...", "rebooted"]);
  assert.deepEqual(outcome(clause("watchdog", {})), [
    "Hardware Dom0 shutdown: watchdog rebooting machine",
    "rebooted",
  ]);
  assert.deepEqual(outcome(clause("debug_key", { key: "C" })), [
    " * no crash kernel loaded!",
    "running",
  ]);
});

test("the console of a crash, by release", () => {
  const said = (version: string, operation: Clause) => {
    const machine = load(boot(version), 1n, 0x8100000n);
    const before = logLines(machine).length;
    return logLines(operate(machine, operation).machine).slice(before);
  };
  const crash = clause("panic", { in: "dom0" });
  assert.deepEqual(said("4.17.7", crash), [
    "Hardware Dom0 crashed: Executing kexec image on cpu0",
    "Shot down all CPUs",
  ]);
  assert.deepEqual(said("4.4", crash), [
    "Domain 0 crashed: Executing kexec image on cpu0",
    "Shot down all CPUs",
  ]);
  const [first] = said("4.8", clause("debug_key", { key: "C" }));
  assert.equal(
    first,
    "*** Serial input -> Xen (type 'CTRL-a' three times to switch input to DOM0)",
  );
});

interface Snapshot {
  readonly entry: string;
  readonly slot: number;
  readonly next_crash_page: string;
  readonly indirection: { readonly entries: number; readonly last: string };
  readonly pagetables: {
    readonly table_pages: [string, string][];
    readonly mappings: { va: string; pa: string; len: string; page: number; flags: string }[];
  };
}

const SNAPSHOTS = JSON.parse(
  readFileSync(new URL("v1-snapshots.json", FOLDER), "utf8"),
) as Record<"v1_default" | "v1_crash", Snapshot>;

/** Op 1 as the recorder made it: a list in memory of dom0 that names two of its pages. */
function loadV1(type: bigint, dest: bigint, policy: AllocationPolicy): Machine {
  let machine = boot("4.17.7", policy);
  const extent = [...machine.owners.from()].find((e) => e.value.label === "dom0 memory");
  assert.ok(extent !== undefined);
  const list = (extent.start + 1) * 4096;
  const sources = [extent.start + 2, extent.start + 3].map((f) => BigInt(f * 4096) | 8n);
  machine = apply(machine, {
    kind: "bytes-written",
    at: list,
    bytes: new Uint8Array(BigUint64Array.of(dest | 1n, ...sources, 4n).buffer),
    what: "list",
  });
  const bytes = new Uint8Array(160);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, Number(type), true);
  view.setBigUint64(144, BigInt(list), true);
  view.setBigUint64(152, dest, true);
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  const told = operate(machine, clause("hypercall", { op: "load_v1", bytes: hex }));
  assert.equal(told.ret, "0");
  return told.machine;
}

for (const [name, type] of [["v1_default", 0n], ["v1_crash", 1n]] as const) {
  test(`an image of op 1 as it was read from a running Xen: ${name}`, () => {
    const wanted = SNAPSHOTS[name];
    // The recorder's heap gave pages that are far apart, each below a table of its own.
    const machine = loadV1(type, BigInt(wanted.entry), { kind: "scattered", seed: 7n });
    const image = imageIn(machine, type === 0n ? "default" : "crash")!;
    const root = image.pageTableRoot! * 4096;
    const list = readXenList(machine, image.head);
    assert.equal(list.words, wanted.indirection.entries);
    assert.equal(list.last, wanted.indirection.last);
    const heap = new Set(list.parts.flatMap((p) => p.sources));
    const areas = new Set([...heap].map((s) => Math.floor(s / 2 ** 21)));
    assert.ok(areas.size === 2 && !areas.has(0), "the seed puts sources where other tables reach");
    const own = (m: { va: string; pa: string }) => BigInt(m.pa) < 0x2000_0000n || type === 0n;
    if (type === 1n) {
      assert.equal(`0x${image.controlCursor!.toString(16)}`, wanted.next_crash_page);
      // All tables are taken in order; which of the heap's areas comes first is a matter of addresses.
      const sorted = (pages: [string, string][]) => pages.map(([, at]) => at).sort();
      assert.deepEqual(sorted(tablePages(machine, root)), sorted(wanted.pagetables.table_pages));
      const inRegion = (m: { pa: string }) => !heap.has(Number(m.pa)) && own({ va: "", ...m });
      assert.deepEqual(
        xenMappings(machine, root).filter(inRegion),
        wanted.pagetables.mappings.filter(inRegion),
      );
      return;
    }
    const [low, dest] = wanted.pagetables.mappings;
    const mappings = xenMappings(machine, root);
    assert.deepEqual(mappings[0], low);
    assert.ok(mappings.some((m) => m.va === dest!.va && m.len === dest!.len));
    const pages = (ms: readonly { len: string }[]) => ms.reduce((n, m) => n + Number(m.len), 0);
    assert.equal(pages(mappings), pages(wanted.pagetables.mappings));
  });
}

test("whatever is written over a loaded image: it runs, resets or hangs, and says so", () => {
  const loaded = load(boot("4.17.7"), 1n, 0x8100000n);
  const first = 0x8000000;
  const pages = fc.integer({ min: 0, max: 0x0a });
  const words = fc.array(
    fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.constantFrom(0n, 1n, 2n, 4n, 8n, 0x10n, 0x8005002n, 0x8000063n, 0x8006063n),
    ),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(pages, fc.integer({ min: 0, max: 504 }), words, (page, word, values) => {
      const at = first + page * 4096 + word * 8;
      const bytes = new Uint8Array(BigUint64Array.from(values).buffer);
      const spoiled = apply(loaded, { kind: "bytes-written", at, bytes, what: "garbage" });
      const { machine, ret } = operate(spoiled, clause("panic", { text: "x" }));
      assert.equal(ret, "0");
      assert.ok(["new-image", "rebooted", "halted"].includes(machine.power));
      if (machine.power === "rebooted") assert.ok(machine.fault !== undefined);
    }),
    { seed: 23, numRuns: 300 },
  );
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Puts `junk` in the place of some value inside, chosen by `pick`. */
function spoil(value: Json, pick: () => number, junk: Json): Json {
  if (value === null || typeof value !== "object" || pick() % 7 === 0) return junk;
  if (Array.isArray(value)) {
    if (value.length === 0) return junk;
    const i = pick() % value.length;
    return value.map((v, k) => k === i ? spoil(v, pick, junk) : v);
  }
  const keys = Object.keys(value).filter((k) => k !== "kind" && k !== "machine" && k !== "id");
  if (keys.length === 0) return junk;
  const key = keys[pick() % keys.length]!;
  return { ...value, [key]: spoil(value[key]!, pick, junk) };
}

test("a recording with anything in the place of a value is told, never an exception", () => {
  const lines = RECORDING.trim().split("\n");
  const crashkernel = readFileSync(new URL("crashkernel.jsonl", FOLDER), "utf8").trim().split("\n");
  const slow = /"id": "E(14|22|24)/;
  const cases = [...lines, ...crashkernel].filter((l) =>
    l.includes('"kind": "case"') && !slow.test(l)
  );
  const machines = [...lines, ...crashkernel].filter((l) => l.includes('"kind": "machine"'));
  const junk = fc.constantFrom<Json>(
    null,
    -1,
    1e300,
    "0x",
    "zz",
    "0xffffffffffffffff",
    "0xffffffffffffffffffff",
    [],
    [null],
    {},
    true,
  );
  fc.assert(
    fc.property(
      fc.nat(cases.length - 1),
      fc.infiniteStream(fc.nat(1000)),
      junk,
      fc.boolean(),
      (which, stream, bad, inMachine) => {
        const picks = stream[Symbol.iterator]();
        const pick = () => picks.next().value as number;
        const line = cases[which]!;
        const { machine } = JSON.parse(line) as { machine: string };
        const own = machines.find((m) => m.includes(`"id": "${machine}"`))!;
        const spoiled = (text: string) =>
          JSON.stringify({ ...spoil(JSON.parse(text), pick, bad) as object });
        const changed = inMachine ? [spoiled(own), line] : [own, spoiled(line)];
        const { cases: told, problems } = replay([lines[0]!, ...changed].join("\n"), [xen]);
        assert.ok(told.length + problems.length > 0);
      },
    ),
    { seed: 32, numRuns: 400 },
  );
});
