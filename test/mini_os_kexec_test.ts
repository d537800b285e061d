/** kexec() in Mini-OS: what an attempt that fails leaves, and what the final stage reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { apply, type Machine, NO_MACHINE, readMemory } from "../src/machine/mod.ts";
import { kexecOf } from "../src/worlds/mini_os/kexec/mod.ts";
import { finalPage, readAction } from "../src/worlds/mini_os/kexec/final_page.ts";
import { freePages } from "../src/worlds/mini_os/memory/mod.ts";
import { kernelOf } from "../src/worlds/mini_os/state.ts";
import { codeBytes, elfFile, entryNote, LOAD, NOTE, smallKernel } from "./mini_os_elf_files.ts";
import { bootMiniOs, clause, file, imageOf, operate, powered } from "./mini_os_lab.ts";

const MIB = 2 ** 20;
const SEED = 20250715;
const IMAGE = imageOf(file(smallKernel(64)), 4);

function booted(release = "v2"): Machine {
  return bootMiniOs(powered(64 * MIB), release, 4);
}

/** The file takes four pages of the heap, which take three page tables: the caller keeps them. */
const HEAP_PAGES = 7;
const HEAP_REQUESTS = 4;

for (const release of ["v2", "fixed"]) {
  test(`${release}: whichever allocation fails, the pages come back`, () => {
    const before = booted(release);
    let attempts = 0;
    for (let failing = HEAP_REQUESTS;; failing++) {
      const context = { allocationFails: (count: number) => count === failing };
      const { machine, outcome } = operate(before, "kexec", { image: IMAGE }, [], context);
      if (outcome.ret === "0") break;
      attempts++;
      assert.equal(outcome.ret, "ENOMEM");
      assert.equal(outcome.note, "kexec() returned 12");
      assert.equal(freePages(machine), freePages(before) - HEAP_PAGES, `allocation ${failing}`);
      assert.equal(kernelOf(machine)?.generation, 0);
      assert.deepEqual(machine.processors[0]!.gdtr, before.processors[0]!.gdtr);
    }
    // Start info, GDT, IDT, four page tables, page of the final stage.
    assert.equal(attempts, 8);
  });
}

test("callbacks are undone in reverse, from the one before that refused", () => {
  const clauses = ["a", "b", "c", "d"].map((name) =>
    clause("callback", { name, returns: name === "c" ? -7n : 0n })
  );
  const { outcome, events } = operate(booted(), "kexec", { image: IMAGE }, clauses);
  const told = events.flatMap((e) =>
    e.kind === "milestone-reached" && / undo=/.test(e.text) ? [e.text] : []
  );
  assert.deepEqual(told, ["a undo=0", "b undo=0", "c undo=0", "b undo=1", "a undo=1"]);
  assert.equal(outcome.note, "kexec() returned -7");
});

function prepared(release = "v2"): Machine {
  return operate(booted(release), "kexec", { image: IMAGE, until: "final" }).machine;
}

function overwritten(machine: Machine, at: number, bytes: Uint8Array): Machine {
  return apply(machine, { kind: "bytes-written", at, bytes, what: "DMA" });
}

test("the final stage executes what is in its page: a destination that was changed is written", () => {
  const machine = prepared();
  const page = kexecOf(machine).pagePfn! * 4096;
  const dest = new Uint8Array(new BigUint64Array([0x300000n]).buffer);
  const changed = overwritten(machine, page + 0x200 + 8, dest);
  const { machine: after } = operate(changed, "final_stage");
  assert.deepEqual(readMemory(after, 0x300000, 64), codeBytes(64));
  assert.notDeepEqual(readMemory(after, 0x100000, 64), codeBytes(64));
});

test("a final stage whose code was overwritten ends in an invalid opcode", () => {
  const machine = prepared();
  const page = kexecOf(machine).pagePfn! * 4096;
  const { outcome, machine: after } = operate(
    overwritten(machine, page + 16, new Uint8Array(4)),
    "final_stage",
  );
  assert.equal(outcome.ret, "FAULT");
  assert.equal(after.fault?.exception, "invalid opcode");
});

test("page tables that were overwritten are a fault with the entry that failed", () => {
  const machine = prepared();
  const root = kernelOf(machine)!.pageTableBase;
  const { outcome, machine: after } = operate(
    overwritten(machine, root, new Uint8Array(8)),
    "final_stage",
  );
  assert.equal(outcome.ret, "FAULT");
  assert.equal(after.fault?.entryAt, root);
  assert.equal(after.fault?.writer?.what, "DMA");
});

test("a list without a CALL has no end", () => {
  const machine = prepared();
  const page = kexecOf(machine).pagePfn! * 4096;
  const list = new Uint8Array(24 * 16).fill(0xff);
  const { outcome } = operate(overwritten(machine, page + 0x200, list), "final_stage");
  assert.equal(outcome.ret, "HANG");
});

test("at the entry point: 32 bits, flat, no paging, no interrupts, ebx on the start info", () => {
  const { machine } = operate(prepared(), "final_stage");
  const cpu = machine.processors[0]!;
  assert.equal(cpu.cr0, 1n);
  assert.equal(cpu.cr4, 0n);
  assert.equal(cpu.rflags & 0x200n, 0n);
  assert.equal(cpu.segments.cs.kind, "code32");
  assert.equal(cpu.rip, 0x100000n);
  const magic = readMemory(machine, Number(cpu.registers.rbx), 4);
  assert.deepEqual(magic, Uint8Array.of(0x78, 0xc5, 0x6e, 0x33));
});

test("actions are read from the final page as they were written", () => {
  const bytes = finalPage([
    {
      kind: "ZERO",
      dest: 0x1234_5678_9abcn,
      length: 0xffff_ffff,
      source: { in: "memory", at: 7n },
      what: "",
    },
    { kind: "CALL", dest: 1n, length: 0, source: { in: "file", offset: 2n }, what: "" },
  ], 0x1000n);
  assert.deepEqual(readAction(bytes.subarray(0x200, 0x218)), {
    kind: "ZERO",
    dest: 0x1234_5678_9abcn,
    length: 0xffff_ffff,
    src: 7n,
  });
  assert.equal(readAction(bytes.subarray(0x218, 0x230)).src, 0x1002n);
});

test("random kernels: every kexec ends, and a kernel that goes on has lost no page", () => {
  const address = fc.oneof(
    fc.integer({ min: 0, max: 0x170000 }),
    fc.integer({ min: 0, max: 128 * MIB }),
    fc.constantFrom(0xffff_f000, 0xffff_ffff),
  );
  const load = fc.record({
    paddr: address.map(BigInt),
    bytes: fc.nat(9000).map((n) => codeBytes(n)),
    more: fc.nat(0x20000),
  });
  const kernels = fc.record({
    loads: fc.array(load, { maxLength: 9 }),
    entry: address.map(BigInt),
    release: fc.constantFrom("2d3b22f8", "v1", "v2", "fixed"),
    answer: fc.constantFrom(0n, 0n, 5n),
  });
  fc.assert(
    fc.property(kernels, ({ loads, entry, release, answer }) => {
      const elf = elfFile({
        bits: 64,
        headers: [
          ...loads.map(({ paddr, bytes, more }) => ({
            type: LOAD,
            paddr,
            bytes,
            memsz: BigInt(bytes.length + more),
          })),
          { type: NOTE, bytes: entryNote(entry) },
        ],
      });
      const before = booted(release);
      const image = imageOf(file(elf), 4);
      const clauses = [clause("callback", { name: "c", returns: answer })];
      const { machine, outcome } = operate(before, "kexec", { image }, clauses);
      const dead = ["FAULT", "BUG", "HANG"].includes(outcome.ret);
      assert.ok(dead || outcome.ret === "0" || /^E[A-Z]+$/.test(outcome.ret), outcome.ret);
      if (dead || outcome.ret === "0") return;
      const heap = Math.ceil(elf.length / 4096) + 3;
      assert.equal(freePages(machine), freePages(before) - heap);
      assert.equal(kernelOf(machine)?.generation, 0);
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test("a destination that an end that wraps hides: the module and needed pages are told", () => {
  const hidden = (paddr: bigint, length: number) =>
    imageOf(file(elfFile({
      bits: 64,
      headers: [
        { type: LOAD, paddr: 0x100000n, bytes: codeBytes(4096), memsz: 0x40000n },
        // The end wraps to 0: the boundary does not rise.
        { type: LOAD, paddr, bytes: codeBytes(length), memsz: (1n << 64n) - paddr },
        { type: NOTE, bytes: entryNote(0x100000n) },
      ],
    })));
  const module = operate(booted(), "kexec", { image: hidden(0x3ffc000n, 4096), until: "final" });
  const codes = module.events.flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
  assert.ok(codes.includes("kernel-over-module"), `${codes}`);
  const page = kexecOf(module.machine).pagePfn!;
  const final = operate(
    booted(),
    "kexec",
    { image: hidden(BigInt(page * 4096), 4096), until: "final" },
  );
  const told = final.events.flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
  assert.ok(told.includes("needed-page-overwritten"), `${told}`);
  const { outcome, machine } = operate(final.machine, "final_stage");
  assert.equal(outcome.ret, "FAULT");
  assert.equal(machine.fault?.exception, "invalid opcode");
});

/** Little memory below 4 GiB, all of it taken. */
function highMemory(release: string): Machine {
  const ram = [{ start: 0, end: 2 * MIB }, { start: 4096 * MIB, end: 4160 * MIB }];
  let machine = apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "m",
    arch: "x86_64",
    cpus: 1,
    firmware: ram.map((range) => ({ range, type: "usable" as const, label: "RAM" })),
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  });
  machine = bootMiniOs(machine, release, 1);
  for (let got = 0; got < 2 ** 32;) {
    const { machine: after, outcome } = operate(machine, "alloc_pages", { order: 0n });
    machine = after;
    got = Number(outcome.ret);
  }
  return machine;
}

test("a final stage above 4 GiB cannot switch paging off", () => {
  const { outcome, events, machine: after } = operate(highMemory("v2"), "kexec", { image: IMAGE });
  const told = events.flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
  assert.ok(told.includes("final-page-above-4g"), `${told}`);
  assert.equal(outcome.ret, "FAULT");
  assert.equal(after.fault?.access, "execute");
});

test("fixed has no such page", () => {
  assert.equal(operate(highMemory("fixed"), "kexec", { image: IMAGE }).outcome.ret, "ENOMEM");
});

test("fixed gives back +28 wherever the list is full, and refuses an entry point that is not loaded", () => {
  const loads = (count: number, entry: bigint) =>
    imageOf(file(elfFile({
      bits: 32,
      headers: [
        ...Array.from({ length: count }, (_, i) => ({
          type: LOAD,
          paddr: BigInt(0x100000 + i * 4096),
          bytes: codeBytes(16),
        })),
        { type: NOTE, bytes: entryNote(entry) },
      ],
    })));
  const note = (release: string, image: ReturnType<typeof imageOf>) =>
    operate(booted(release), "kexec", { image }).outcome.note;
  assert.equal(note("v2", loads(17, 0x100000n)), "kexec() returned -28");
  assert.equal(note("v2", loads(15, 0x100000n)), "kexec() returned 28");
  assert.equal(note("fixed", loads(17, 0x100000n)), "kexec() returned 28");
  assert.equal(note("fixed", loads(2, 0x200000n)), "kexec() returned 8");
});
