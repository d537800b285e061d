/** Cores: parsed here by hand, compared with the machine's memory, and shown to readelf where there is one. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { readMemory } from "../src/machine/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { coreOf, type CrashMoment, lastPanic, pieces } from "../src/vmcore/mod.ts";
import { Sandbox } from "./cli/shell.ts";

const MIB = 2 ** 20;
const PATIENT = { timeout: 300_000 };
const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;

interface Shape {
  readonly ram?: string;
  readonly before?: string;
  readonly after?: string;
}

function story({ ram = "512MiB", before = "", after = "" }: Shape = {}): string {
  return `machine vm {
  cpus 4
  memory 0 .. 639KiB, 1MiB .. ${ram}
}
boot linux 6.1 on vm {
  cmdline "crashkernel=64M"
}
let base = start of crash region
image kdump : crash {
  segment kernel at base + 1MiB size 64KiB fill 0x41
}
load kdump
${before}
panic "broken" cpu 2
${after}
`;
}

interface Header {
  readonly type: number;
  readonly offset: number;
  readonly vaddr: bigint;
  readonly paddr: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

interface Note {
  readonly name: string;
  readonly type: number;
  readonly body: Uint8Array;
}

/** What readers of cores look at; `read` gives bytes of the file. */
function parseCore(read: (offset: number, length: number) => Uint8Array) {
  const viewOf = (offset: number, length: number) => {
    const bytes = read(offset, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const elf = viewOf(0, 64);
  assert.equal(elf.getUint32(0), 0x7f454c46);
  assert.deepEqual([elf.getUint8(4), elf.getUint8(5), elf.getUint8(6)], [2, 1, 1]);
  assert.deepEqual([elf.getUint16(16, true), elf.getUint16(18, true)], [4, 62]);
  let count = elf.getUint16(56, true);
  if (count === 0xffff) {
    count = viewOf(Number(elf.getBigUint64(40, true)), 64).getUint32(44, true);
  }
  const headers: Header[] = [];
  for (let i = 0; i < count; i++) {
    const view = viewOf(Number(elf.getBigUint64(32, true)) + i * 56, 56);
    const word = (at: number) => view.getBigUint64(at, true);
    headers.push({
      type: view.getUint32(0, true),
      offset: Number(word(8)),
      vaddr: word(16),
      paddr: Number(word(24)),
      fileSize: Number(word(32)),
      memorySize: Number(word(40)),
    });
  }
  const notes: Note[] = [];
  for (const { offset, fileSize } of headers.filter(({ type }) => type === 4)) {
    const aligned = (size: number) => Math.ceil(size / 4) * 4;
    for (let at = offset; at < offset + fileSize;) {
      const view = viewOf(at, 12);
      const [nameSize, size] = [view.getUint32(0, true), view.getUint32(4, true)];
      notes.push({
        name: new TextDecoder().decode(read(at + 12, nameSize - 1)),
        type: view.getUint32(8, true),
        body: read(at + 12 + aligned(nameSize), size),
      });
      at += 12 + aligned(nameSize) + aligned(size);
    }
  }
  return { headers, loads: headers.filter(({ type }) => type === 1), notes };
}

/** The file as it would be, in memory: only for what is small. */
function wholeCore(moment: CrashMoment): Uint8Array {
  const core = coreOf(moment);
  const bytes = new Uint8Array(core.length);
  for (const piece of pieces(moment.machine, core)) bytes.set(piece.bytes, piece.offset);
  return bytes;
}

function panicOf(lab: Lab): CrashMoment {
  assert.deepEqual(lab.failures.map(({ failure }) => failure), []);
  return lastPanic(lab.timeline)!;
}

function parsed(bytes: Uint8Array) {
  return parseCore((offset, length) => bytes.slice(offset, offset + length));
}

test("vmcore: ranges are RAM without the first MiB and the crash region", () => {
  const moment = panicOf(run(story()));
  const { loads, headers } = parsed(wholeCore(moment));
  assert.equal(headers[0]!.type, 4);
  assert.deepEqual(loads.map(({ paddr, memorySize }) => [paddr / MIB, memorySize / MIB]), [
    [16, 40],
    [1, 431],
    [496, 16],
  ]);
  // The kernel where it maps itself comes first, then RAM in the direct map.
  assert.equal(loads[0]!.vaddr, 0xffffffff80000000n + 16n * BigInt(MIB));
  for (const load of loads.slice(1)) {
    assert.equal(load.fileSize, load.memorySize);
    assert.equal(load.offset % 4096, 0);
    assert.equal(load.vaddr, 0xffff888000000000n + BigInt(load.paddr));
  }
});

test("vmcore: of a kernel that does not fit into RAM only what is there", () => {
  const { loads } = parsed(wholeCore(panicOf(run(`machine tiny {
  memory 0 .. 639KiB, 1MiB .. 32MiB
}
boot linux 6.1 on tiny {}
panic "small"
`))));
  assert.deepEqual(loads.map(({ paddr, memorySize }) => [paddr / MIB, memorySize / MIB]), [
    [16, 16],
    [1, 31],
  ]);
});

test("vmcore: a machine with 5 levels has its direct map elsewhere", () => {
  const text = story().replace("cmdline", "cpu la57\n  cmdline");
  const { loads } = parsed(wholeCore(panicOf(run(text))));
  assert.equal(loads[1]!.vaddr, 0xff11000000000000n + BigInt(MIB));
});

test("vmcore: notes are those that the kernel left, and vmcoreinfo's text", () => {
  const moment = panicOf(run(story()));
  const bytes = wholeCore(moment);
  const { notes, loads } = parsed(bytes);
  assert.deepEqual(
    notes.map(({ name, type, body }) => [name, type, name === "CORE" && body.length]),
    [
      ...Array.from({ length: 4 }, () => ["CORE", 1, 336]),
      ["VMCOREINFO", 0, false],
    ],
  );
  const info = new TextDecoder().decode(notes[4]!.body);
  assert.match(info, /^OSRELEASE=6\.1\nPAGESIZE=4096\n[^]*\nCRASHTIME=0\n$/);
  assert.ok(moment.savedNotes !== undefined);
  // The kernel's own, in its data: the same bytes in the dumped memory.
  const load = loads[1];
  const memory = readMemory(moment.machine, load!.paddr, load!.memorySize);
  const at = Buffer.from(memory.buffer).indexOf(moment.savedNotes);
  assert.ok(at > 0);
  assert.deepEqual(notes[2]!.body, memory.slice(at + 2 * 368 + 20, at + 2 * 368 + 20 + 336));
  // Built from the processors they differ only in what the NMI does to flags.
  const built = parsed(wholeCore({ ...moment, savedNotes: undefined })).notes;
  assert.deepEqual(built[2]!.body, notes[2]!.body);
  const words = new DataView(notes[2]!.body.buffer, notes[2]!.body.byteOffset);
  assert.equal(words.getBigUint64(112 + 19 * 8, true), moment.processors[2]!.registers.rsp);
  assert.equal(words.getBigUint64(112 + 16 * 8, true), moment.processors[2]!.rip);
});

test("vmcore: without a crash image there are registers, and vmcoreinfo as it is from boot on", () => {
  const text = story().replace("load kdump", "");
  const moment = panicOf(run(text));
  assert.equal(moment.savedNotes, undefined);
  const { notes } = parsed(wholeCore(moment));
  assert.deepEqual(notes.map(({ name }) => name), ["CORE", "CORE", "CORE", "CORE", "VMCOREINFO"]);
  const info = new TextDecoder().decode(notes.at(-1)!.body);
  assert.match(info, /^OSRELEASE=6\.1\n/);
  assert.doesNotMatch(info, /CRASHTIME/);
});

test("vmcore: no panic, no moment; what is written after it is not in the core", () => {
  assert.equal(lastPanic(run(story().replace(/^panic.*$/m, "")).timeline), undefined);
  const before = "dma at 100MiB size 64 fill 0x11";
  const after = "dma at 100MiB size 64 fill 0x22";
  const bytes = wholeCore(panicOf(run(story({ before, after }))));
  const load = parsed(bytes).loads[1];
  assert.equal(bytes[load!.offset + 100 * MIB - load!.paddr], 0x11);
});

test("vmcore: more ranges than a program header count can say", () => {
  const { machine, ...moment } = panicOf(run(story()));
  const ram = Array.from({ length: 70_000 }, (_, i) => ({ start: 256 + 2 * i, end: 257 + 2 * i }));
  const core = coreOf({ ...moment, machine: { ...machine, ram, reservations: new Map() } });
  assert.equal(parsed(core.head).loads.length, 70_000);
  // No readelf here: it warns of the count in the section header, where the ELF standard puts it.
});

const write = fc.record({
  at: fc.oneof(
    fc.integer({ min: MIB, max: 128 * MIB - 70_000 }),
    fc.nat(40).map((n) => 64 * MIB + n * 4000),
  ),
  size: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 70_000 })),
  fill: fc.nat(3),
});

test("vmcore: every byte is as in memory, and no page of zeros is written", PATIENT, () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), fc.nat(2 ** 30), (writes, seed) => {
      const before = [
        ...writes.map(({ at, size, fill }) => `dma at ${at} size ${size} fill ${fill}`),
        `image old : default {\n  segment a at 80MiB size 200KiB buffer 70001 pattern ${seed}\n}`,
        "load old",
      ].join("\n");
      const moment = panicOf(run(story({ ram: "128MiB", before }).replace("=64M", "=16M")));
      const core = coreOf(moment);
      const bytes = new Uint8Array(core.length);
      let last = 0;
      for (const { offset, bytes: piece } of pieces(moment.machine, core)) {
        assert.ok(offset >= last);
        assert.ok(offset % 4096 === 0 && offset + piece.length <= core.length);
        if (offset > 0) {
          for (let at = 0; at < piece.length; at += 4096) {
            assert.ok(piece.subarray(at, at + 4096).some((byte) => byte !== 0));
          }
        }
        bytes.set(piece, offset);
        last = offset + piece.length;
      }
      for (const { paddr, offset, memorySize } of parsed(bytes).loads) {
        const memory = Buffer.from(readMemory(moment.machine, paddr, memorySize).buffer);
        assert.ok(memory.equals(bytes.subarray(offset, offset + memorySize)));
      }
    }),
    { numRuns: 12 },
  );
});

function readelfAccepts(path: string): void {
  const { status, stderr, stdout } = spawnSync("readelf", ["-a", "-W", path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.ok(!/warning|error/i.test(stdout));
}

test("vmcore: the core of 1 TiB is small on disk, and its content is the memory's", PATIENT, () => {
  const content = new Uint8Array(3 * MIB + 5).fill(0xc5);
  // A page of zeros inside the content is a hole too.
  content.fill(0, MIB, MIB + 8192);
  const before = `image old : default {
  segment a at 1TiB - 64MiB size 16MiB file "content.bin"
}
load old
dma at 600GiB size 5000 fill 0x77`;
  const sandbox = new Sandbox([{ name: "story.kx", text: story({ ram: "1TiB", before }) }]);
  try {
    writeFileSync(join(sandbox.folder, "content.bin"), content);
    assert.equal(sandbox.run("kx run --quiet --vmcore core story.kx"), "");
    assert.equal(sandbox.run("ls -A"), "content.bin\ncore\nstory.kx");
    const path = join(sandbox.folder, "core");
    const { size, blocks } = statSync(path);
    assert.ok(size > 2 ** 40 - 2 ** 27 && blocks * 512 < 12 * MIB, `${size} ${blocks}`);
    const file = openSync(path, "r");
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      assert.equal(readSync(file, bytes, 0, length, offset), length);
      return bytes;
    };
    const { loads } = parseCore(read);
    const moment = panicOf(
      run(story({ ram: "1TiB", before }), { files: { "content.bin": content } }),
    );
    assert.deepEqual(read(0, 4096), coreOf(moment).head.slice(0, 4096));
    const frames = [...moment.machine.contents.from()].flatMap((
      { start, end },
    ) => [start, end - 1]);
    let compared = 0;
    for (const frame of [...frames, 600 * 2 ** 18 + 1, 2 ** 27]) {
      const at = frame * 4096;
      const load = loads.find(({ paddr, memorySize }) => at >= paddr && at < paddr + memorySize);
      if (load === undefined) continue;
      assert.deepEqual(
        read(load.offset + at - load.paddr, 4096),
        readMemory(moment.machine, at, 4096),
      );
      compared++;
    }
    assert.ok(compared > 10);
    closeSync(file);
    if (hasReadelf) readelfAccepts(path);
  } finally {
    sandbox.remove();
  }
});
