/**
 * Laws over arbitrary bytes: whatever a guest hands to the kexec hypercall, in either width and on any
 * release, it gets an errno or success, or the hypervisor ends in a modelled way. Nothing throws, frames
 * stay partitioned, flags and slots agree, and the events fold to the same machine.
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
import { invariants } from "../src/machine/invariants/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";
import { layoutOf, STRUCTS, SUB_OP } from "../src/worlds/xen/abi/mod.ts";

const CONTEXT = { allocationFails: () => false };
const ENDS = ["XEN_PANIC", "MACHINE_RESET", "HYPERVISOR_HANG"];
const ANSWER =
  /^(\d+|EPERM|ENOENT|ENOMEM|EFAULT|EBUSY|EINVAL|ERANGE|ENOSYS|EOPNOTSUPP|EADDRNOTAVAIL)$/;

const booted = new Map<string, Machine>();

function boot(version: string, width: bigint): Machine {
  const key = `${version} ${width}`;
  let machine = booted.get(key);
  if (machine === undefined) {
    const power: Event = {
      kind: "machine-powered",
      name: "m",
      arch: "x86_64",
      cpus: 2,
      firmware: [
        { range: { start: 0, end: 0x9fc00 }, type: "usable", label: "usable" },
        { range: { start: 0x100000, end: 0x10000000 }, type: "usable", label: "usable" },
      ],
      resources: [],
      policy: { kind: "zoned", seed: 0n },
    };
    const start = apply(NO_MACHINE, power);
    const clause = (head: string, args: Record<string, ArgValue>, clauses: Clause[] = []) => ({
      head,
      args,
      clauses,
    });
    const request = {
      version,
      clauses: [
        clause("cmdline", { text: "crashkernel=16M@128M" }),
        clause("dom0", { world: "linux", version: "6.1" }, [
          clause("memory", { size: 64n << 20n }),
          clause("width", { bits: width }),
        ]),
      ],
    };
    machine = settle(start, xen.boot(start, request, CONTEXT)).machine;
    booted.set(key, machine);
  }
  return machine;
}

/** Values cluster where things happen: types, page borders, the area, the array and buffers, the ends. */
const value = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.bigInt(0n, 0x10000n).map((n) => n * 4096n),
  fc.bigInt(0n, 0x1000n).map((n) => 0x800_0000n + n * 4096n),
  fc.constantFrom(0x2000_0000n, 0x2000_1000n, 62n, 3n, 0x3e0000n, 0x100n),
  fc.bigInt(0n, 16n).map((n) => (1n << 64n) - n * 4096n),
  fc.bigInt(0n, (1n << 64n) - 1n),
);

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** Bytes of a structure with values in its members, perhaps cut short. */
function structBytes(name: string, width: 32 | 64) {
  const layout = layoutOf(STRUCTS.get(name)!, width);
  return fc.tuple(fc.array(value, { minLength: 24, maxLength: 24 }), fc.nat(20)).map(
    ([values, cut]) => {
      const bytes = new Uint8Array(layout.size);
      const view = new DataView(bytes.buffer);
      for (const [i, field] of layout.fields.entries()) {
        const size = Math.min(field.size, 8);
        for (let b = 0; b < size; b++) {
          view.setUint8(field.offset + b, Number((values[i % 24]! >> BigInt(8 * b)) & 0xffn));
        }
      }
      return hexOf(cut === 0 ? bytes.subarray(0, bytes.length - 1) : bytes);
    },
  );
}

const ARGUMENTS: Readonly<Record<string, string>> = {
  exec: "xen_kexec_exec",
  load_v1: "xen_kexec_load_v1",
  unload_v1: "xen_kexec_load_v1",
  get_range: "xen_kexec_range",
  load: "xen_kexec_load",
  unload: "xen_kexec_unload",
  status: "xen_kexec_status",
};

/** Loads that have a chance, with an array of segments behind their pointer. */
function load(width: 32 | 64) {
  const segment = fc.tuple(
    fc.constantFrom(0x3000_0000n, 0x3000_0000n, 0n, 0x10n, 0x3000_1800n),
    fc.oneof(fc.bigInt(0n, 12n).map((n) => n * 4096n), fc.bigInt(0n, 9999n), value),
    fc.oneof(fc.bigInt(0n, 0xfffn).map((n) => 0x800_0000n + n * 4096n), value),
    fc.oneof(fc.bigInt(0n, 300n).map((n) => n * 4096n), value),
  ).map((words) => hexOf(new Uint8Array(BigUint64Array.from(words).buffer)));
  return fc.tuple(
    fc.array(segment, { maxLength: 5 }),
    fc.constantFrom(0, 1, 1, 1, 2),
    fc.constantFrom(62, 62, 62, 3, 9),
    fc.oneof(fc.bigInt(0n, 0xfffn).map((n) => 0x800_0000n + n * 4096n), value),
    fc.nat(12),
  ).map(([segments, type, arch, entry, more]): Clause => {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, type);
    view.setUint16(2, arch, true);
    view.setUint32(4, segments.length + (more === 0 ? 1 : 0), true);
    view.setBigUint64(8, 0x2000_0000n, true);
    view.setBigUint64(16, entry, true);
    const memory = (args: Record<string, ArgValue>): Clause => ({
      head: "memory",
      args,
      clauses: [],
    });
    return {
      head: "hypercall",
      args: { op: "load", bytes: hexOf(bytes), width: BigInt(width) },
      clauses: [
        memory({ at: 0x2000_0000n, hex: segments.join("") }),
        memory({ at: 0x3000_0000n, size: 0x8000n, fill: BigInt(more) }),
      ],
    };
  });
}

function call(width: 32 | 64): fc.Arbitrary<Clause> {
  const raw = fc.constantFrom(...Object.keys(SUB_OP)).chain((op) =>
    structBytes(ARGUMENTS[op]!, width).map((bytes): Clause => ({
      head: "hypercall",
      args: { op, bytes, width: BigInt(width) },
      clauses: [],
    }))
  );
  const unknown = value.map((nr): Clause => ({
    head: "hypercall",
    args: { op: "number", nr, bytes: "00", width: BigInt(width) },
    clauses: [],
  }));
  return fc.oneof({ weight: 5, arbitrary: load(width) }, { weight: 3, arbitrary: raw }, unknown);
}

const program = fc.constantFrom<32 | 64>(32, 64).chain((width) =>
  fc.tuple(
    fc.constant(width),
    fc.constantFrom("4.3", "4.4.0", "4.8.1", "4.8", "4.17", "4.22", "4.23"),
    fc.array(call(width), { minLength: 1, maxLength: 8 }),
  )
);

/** Slots hold what the flags say, and no image is in two of them. */
function assertSlots(machine: Machine): void {
  const flags = machine.settings.get("kexec_flags") as bigint;
  for (const [slot, base, position] of [["default", 0n, 4n], ["crash", 2n, 5n]] as const) {
    const active = base + ((flags >> position) & 1n);
    const isSet = ((flags >> active) & 1n) === 1n;
    assert.equal(isSet, machine.slots[slot] !== undefined, `${slot} slot and flags ${flags}`);
    const other = base + 1n - ((flags >> position) & 1n);
    assert.equal((flags >> other) & 1n, 0n, `the other ${slot} slot is empty: ${flags}`);
    const id = machine.slots[slot];
    if (id !== undefined) assert.ok(machine.images.has(id), `image ${id} of ${slot} is there`);
  }
}

test("any bytes: an errno, success or a modelled end; never an exception, laws hold", () => {
  const answers = new Map<string, number>();
  fc.assert(
    fc.property(program, ([width, version, calls]) => {
      let machine = boot(version, BigInt(width));
      for (const operation of calls) {
        const events: Event[] = [];
        const before = machine;
        const { machine: after, result } = settle(
          machine,
          xen.decide(machine, operation, CONTEXT),
          (event, now) => {
            events.push(event);
            for (const law of invariants) {
              if (law.nature !== "bug" || !law.concerns.includes(event.kind)) continue;
              assert.deepEqual(law.check(now, event), []);
            }
          },
        );
        answers.set(result.ret, (answers.get(result.ret) ?? 0) + 1);
        assert.equal(events.reduce(apply, before).steps, after.steps);
        if (after.power !== "running") {
          assert.ok(ENDS.includes(result.ret) || result.ret === "0", result.ret);
          return;
        }
        assert.match(result.ret, ANSWER);
        assertSlots(after);
        machine = after;
      }
    }),
    { seed: 4, numRuns: 400 },
  );
  for (const wanted of ["0", "EINVAL", "EFAULT", "EADDRNOTAVAIL", "ENOMEM", "XEN_PANIC"]) {
    assert.ok(answers.has(wanted), `${wanted} never came: ${[...answers]}`);
  }
});
