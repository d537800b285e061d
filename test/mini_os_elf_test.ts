/** The analysis of the new kernel's ELF file. What the recordings show is not repeated here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FileBytes } from "../src/machine/mod.ts";
import {
  analyzeKernel,
  describedElf,
  fileOf,
  FRESH_ATTEMPT,
  MAX_ACTIONS,
  NO_ENTRY,
} from "../src/worlds/mini_os/elf/mod.ts";
import {
  codeBytes,
  elfFile,
  entryNote,
  GOLDEN_FILES,
  LOAD,
  NOTE,
  type ProgramHeader,
  smallKernel,
} from "./mini_os_elf_files.ts";

const AS_POSTED = { checksFileSize: false };
const FIXED = { checksFileSize: true };
const SEED = 20250715;

function analysed(bytes: Uint8Array, rules = AS_POSTED) {
  return analyzeKernel(fileOf("kernel", bytes), FRESH_ATTEMPT, rules);
}

for (const bits of [32, 64] as const) {
  test(`a kernel of ${bits} bits: actions in the order of its program headers`, () => {
    const { attempt, verdict } = analysed(smallKernel(bits));
    assert.deepEqual(verdict, { kind: "ok" });
    assert.equal(attempt.entry, 0x100000n);
    assert.equal(attempt.lastAddr, 0x150000n);
    assert.deepEqual(
      attempt.actions.map(({ kind, dest, length }) => [kind, dest, length]),
      [["COPY", 0x100000n, 8192], ["COPY", 0x102000n, 4096], ["ZERO", 0x103000n, 0x4d000]],
    );
  });
}

for (const size of [1, 2, 4, 8] as const) {
  test(`an entry point of ${size} bytes`, () => {
    const entry = BigInt.asUintN(8 * size, 0x1122_3344_5566_7788n);
    const bytes = elfFile({ bits: 64, headers: [{ type: NOTE, bytes: entryNote(entry, size) }] });
    assert.equal(analysed(bytes).attempt.entry, entry);
  });
}

test("a described kernel becomes a file that says the same", () => {
  const recipe = { kind: "fill", byte: 0x90 } as const;
  const buffer = { recipe, readable: 8192, label: "fill" };
  const segment = { name: "text", buffer, bufferSize: 8192n, dest: 0x100000n, destSize: 0x40000n };
  const elf = describedElf({
    name: "b",
    slot: "default",
    flags: [],
    segments: [segment, { ...segment, name: "more", dest: 0x180800n }],
    entryPoint: 0x100010n,
  });
  const { attempt, verdict } = analyzeKernel(elf, FRESH_ATTEMPT, FIXED);
  assert.deepEqual(verdict, { kind: "ok" });
  assert.equal(attempt.entry, 0x100010n);
  assert.equal(attempt.lastAddr, 0x1c0800n);
  const [copy] = attempt.actions;
  assert.ok(copy?.source.in === "file");
  assert.deepEqual(elf.read(Number(copy.source.offset), 4), Uint8Array.of(0x90, 0x90, 0x90, 0x90));
  assert.equal(elf.read(0, elf.size).length, elf.size);
});

test("a described entry point above 4 GiB is kept whole in the note", () => {
  const spec = { name: "b", slot: "default", flags: [], segments: [] } as const;
  for (const entryPoint of [0n, 0xffff_ffffn, 0x1_0010_0000n, 1n << 63n]) {
    const { attempt } = analyzeKernel(
      describedElf({ ...spec, entryPoint }),
      FRESH_ATTEMPT,
      AS_POSTED,
    );
    assert.equal(attempt.entry, entryPoint);
  }
});

test("64 MiB are analysed from a few KiB", () => {
  const head = elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x100000n, offset: 0x1000n, filesz: 0x3ff_0000n, memsz: 0x400_0000n },
      { type: NOTE, bytes: entryNote(0x100000n) },
    ],
  });
  let read = 0;
  const large: FileBytes = {
    name: "large",
    size: 64 * 2 ** 20,
    read(offset, length) {
      read += length;
      const bytes = new Uint8Array(length);
      bytes.set(head.subarray(offset, offset + length));
      return bytes;
    },
  };
  const { attempt, verdict } = analyzeKernel(large, FRESH_ATTEMPT, FIXED);
  assert.deepEqual(verdict, { kind: "ok" });
  assert.equal(attempt.entry, 0x100000n);
  assert.ok(read <= 64 * 1024, `${read} bytes were read`);
});

test("64 MiB of notes without an entry point come to an end", () => {
  const head = elfFile({
    bits: 64,
    headers: [{ type: NOTE, offset: 4096n, filesz: 0x3ff_f000n }],
  });
  const zeros: FileBytes = {
    name: "zeros",
    size: 64 * 2 ** 20,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      bytes.set(head.subarray(offset, offset + length));
      return bytes;
    },
  };
  assert.equal(analyzeKernel(zeros, FRESH_ATTEMPT, AS_POSTED).verdict.kind, "endless");
});

test("a second attempt appends to the first, and the first entry point counts", () => {
  const first = analysed(smallKernel(64)).attempt;
  const other = elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x200000n, bytes: codeBytes(16) },
      { type: NOTE, bytes: entryNote(0x200000n) },
    ],
  });
  const { attempt } = analyzeKernel(fileOf("other", other), first, AS_POSTED);
  assert.equal(attempt.actions.length, first.actions.length + 1);
  assert.equal(attempt.entry, 0x100000n);
  assert.equal(attempt.lastAddr, 0x200010n);
});

const u64 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.constantFrom(0n, 1n, 0xfffn, 0x1000n, 0xffff_ffffn, 1n << 63n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: 0x400n }),
);

const programHeader: fc.Arbitrary<ProgramHeader> = fc.record({
  type: fc.constantFrom(0, LOAD, NOTE, 6, 0x6474e551),
  flags: fc.nat(7),
  offset: u64,
  paddr: u64,
  filesz: u64,
  memsz: u64,
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    u64.map((entry) => entryNote(entry, 8)),
  ),
});

/** Whatever the file says: an answer, a list that fits, and nothing thrown. */
function holds(bytes: Uint8Array): void {
  for (const rules of [AS_POSTED, FIXED]) {
    const { attempt, verdict } = analysed(bytes, rules);
    assert.ok(attempt.actions.length <= MAX_ACTIONS);
    for (const { dest, length } of attempt.actions) {
      assert.ok(dest >= 0n && dest < 1n << 64n && length >= 0 && length < 2 ** 32);
    }
    assert.ok(attempt.entry >= 0n && attempt.entry <= NO_ENTRY);
    assert.ok(["ok", "error", "fault", "endless"].includes(verdict.kind));
    if (rules.checksFileSize) assert.ok(verdict.kind === "ok" || verdict.kind === "error");
    if (verdict.kind === "error") assert.ok([8, -28].includes(verdict.ret));
    if (verdict.kind === "fault") assert.ok(verdict.offset >= BigInt(bytes.length));
  }
}

test("random program headers", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(32 as const, 64 as const),
      fc.array(programHeader, { maxLength: 20 }),
      fc.nat(400),
      (bits, headers, cut) => {
        const whole = elfFile({ bits, headers });
        holds(cut > 200 ? whole : whole.subarray(0, cut));
      },
    ),
    { seed: SEED, numRuns: 400 },
  );
});

test("any byte of a good file changed", () => {
  const files = Object.values(GOLDEN_FILES.elf!);
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(255), fc.nat(255), (good, at, byte) => {
      const bytes = Uint8Array.from(good);
      bytes[at % bytes.length] = byte;
      holds(bytes);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test("random bytes behind a good identification", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 13, maxLength: 300 }),
      fc.constantFrom(1, 2),
      (noise, elfClass) => {
        const bytes = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1, ...noise]);
        bytes.set([3, 0], 18);
        holds(bytes);
      },
    ),
    { seed: SEED, numRuns: 400, examples: [[new Uint8Array(300), 1]] },
  );
});
