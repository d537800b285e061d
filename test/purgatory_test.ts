/**
 * Laws of purgatory: without a stray write its digest always matches, whatever the image and the
 * allocation policy; a flipped byte anywhere in what it hashes always makes it hang, and the report
 * names exactly that byte. And what it makes of a file that changes under it.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type FileLoader, type Lab, run } from "../src/mod.ts";
import { ScriptFiles } from "../src/cli/files.ts";
import { host } from "../src/cli/host_node.ts";
import { cited } from "../src/citations/mod.ts";
import { readMemory } from "../src/machine/mod.ts";
import { PURGATORY_HAZARDS } from "../src/purgatory/mod.ts";

const PAGE = 4096;
const PATIENT = { timeout: 120_000 };
const HERE = 0x1800_0000;

const story = fc.record({
  pieces: fc.array(
    fc.record({
      gap: fc.nat(30),
      pages: fc.integer({ min: 1, max: 40 }),
      bytes: fc.nat(40 * PAGE),
      seed: fc.nat(1000),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  base: fc.integer({ min: 0x4000, max: 0x10000 }),
  policy: fc.constantFrom("zoned", "lowest", "highest", "scattered seed 7"),
  version: fc.constantFrom("4.18", "6.1", "6.12", "6.14", "6.18", "7.1"),
  fragmented: fc.constantFrom("", "fragmented every 3 over 16MiB .. 256MiB"),
  crash: fc.boolean(),
  kernelsOwn: fc.boolean(),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

interface Placed {
  readonly at: number;
  readonly size: number;
}

function loaded(s: Story): { text: string; placed: Placed[] } {
  const from = s.crash ? 0x1500_0000 / PAGE : s.base;
  let frame = from;
  const placed = s.pieces.map(({ gap, pages }) => {
    const at = (frame + gap) * PAGE;
    frame += gap + pages;
    return { at, size: pages * PAGE };
  });
  const segments = s.pieces.map(({ bytes, seed, pages }, i) =>
    `  segment s${i} at ${placed[i]!.at} size ${placed[i]!.size} buffer ${
      Math.min(bytes, pages * PAGE)
    } pattern ${seed}`
  );
  const slot = s.crash ? "crash" : "default";
  const text = `machine vm {
  memory 0 .. 639KiB, 1MiB .. 512MiB
  allocator ${s.policy}
}
boot linux ${s.version} on vm {
  crash_region 0x1400_0000 .. 0x1c00_0000
  ${s.fragmented}
}
program kernel() { halt }
image next : ${slot}${s.kernelsOwn ? " file" : ""} {
  segment kernel at ${s.crash ? 0x1700_0000 : 0x1300_0000} size 4KiB program kernel
${segments.join("\n")}
  entry ${s.crash ? 0x1700_0000 : 0x1300_0000}
  purgatory ${s.kernelsOwn ? "in_kernel" : "kexec_tools"} at ${HERE}
}
load next
`;
  return { text, placed };
}

function started(s: Story): string {
  return s.crash ? "panic\n" : "exec\n";
}

function mismatches(lab: Lab): string[] {
  return [...lab.timeline.events()].flatMap((e) =>
    e.kind === "hazard-found" && e.hazard.code === "digest-mismatch" ? [e.hazard.message] : []
  );
}

test("without a stray write the digest matches, on every policy and release", PATIENT, () => {
  fc.assert(
    fc.property(story, (s) => {
      const { text } = loaded(s);
      const slot = s.crash ? "crash" : "default";
      const lab = run(`${text}expect digest of ${slot} is matches\n${started(s)}`);
      assert.deepEqual(lab.failures, []);
      assert.deepEqual(mismatches(lab), []);
      const told = [...lab.timeline.events()].filter((e) =>
        e.kind === "milestone-reached" && / as stored$/.test(e.text)
      );
      assert.equal(told.length, 1, text);
      assert.equal(lab.machine.power, "halted");
    }),
    { seed: 31, numRuns: 40 },
  );
});

test("a flipped byte anywhere hangs, and the report names exactly it", PATIENT, () => {
  const flip = fc.record({ story, segment: fc.nat(6), offset: fc.nat(40 * PAGE - 1) });
  fc.assert(
    fc.property(flip, ({ story: s, segment, offset }) => {
      const { text, placed } = loaded(s);
      const index = segment % placed.length;
      const { at, size } = placed[index]!;
      const place = at + (offset % size);
      const before = run(text);
      const waits = s.crash ? place : sourceOf(before, place);
      const byte = readMemory(before.machine, waits, 1)[0]! ^ 0x10;
      const lab = run(`${text}dma at ${waits} size 1 fill ${byte}\n${started(s)}`);
      assert.equal(lab.machine.power, "halted");
      const [message, ...more] = mismatches(lab);
      assert.deepEqual(more, []);
      const hex = (n: number) => `0x${n.toString(16)}`;
      assert.ok(message!.includes(`[${hex(place)}, ${hex(place + 1)}) of segment s${index} holds`));
      assert.ok(!message!.includes(";"), message);
    }),
    { seed: 32, numRuns: 40 },
  );
});

/** Where a byte of a destination waits, by the words of the list itself. */
function sourceOf(lab: Lab, place: number): number {
  const { images, slots } = lab.machine;
  const { head } = images.get(slots.default!)!;
  let dest = 0;
  let at = 0;
  for (let word = head;;) {
    const address = Number(word & ~0xfffn);
    if (word & 1n) dest = address;
    else if (word & 2n) at = address;
    else if (word & 4n) throw new Error("not in the list");
    else {
      if (place >= dest && place < dest + PAGE) return address + (place - dest);
      dest += PAGE;
    }
    word = new DataView(readMemory(lab.machine, at, 8).buffer).getBigUint64(0, true);
    at += 8;
  }
}

test("the digest is SHA-256 of the segments as they are, zeros behind them included", () => {
  const lab = run(`machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }
boot linux 6.1 on vm {}
image next : default {
  segment a at 16MiB size 12KiB text "kernel"
  segment b at 32MiB size 4KiB fill 0x90
  purgatory kexec_tools at 64MiB
}
load next
exec
`);
  const bytes = Buffer.alloc(16 * 1024);
  bytes.write("kernel");
  bytes.fill(0x90, 12 * 1024);
  const stored = readMemory(lab.machine, 64 * 2 ** 20 + 0x6100, 32);
  assert.equal(
    Buffer.from(stored).toString("hex"),
    createHash("sha256").update(bytes).digest("hex"),
  );
});

/** The shell's own loader, and a moment at which somebody cuts the file that it found. */
function shrinking(text: string, cutAfter: number): () => Lab {
  const folder = mkdtempSync(join(tmpdir(), "kx-purgatory-"));
  const path = join(folder, "kernel.bin");
  writeFileSync(join(folder, "story.kx"), text);
  writeFileSync(path, Buffer.alloc(2 ** 20, "kernel"));
  const files = new ScriptFiles(host);
  const opened = files.script(join(folder, "story.kx"));
  assert.ok(opened.ok);
  let reads = 0;
  const loader: FileLoader = {
    text: files.text.bind(files),
    bytes: (name) => {
      const found = files.bytes(name, opened.value);
      assert.ok(found.ok);
      const { value } = found;
      const count = () => {
        if (++reads === cutAfter) truncateSync(path, 4096);
      };
      return {
        ok: true,
        value: {
          name: value.name,
          size: value.size,
          read: (offset, length) => (count(), value.read(offset, length)),
          readInto: (offset, into) => (count(), value.readInto!(offset, into)),
        },
      };
    },
  };
  return () => {
    try {
      return run(text, { files: loader });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

test("a file that shrinks between the load and the digest is told by its name", () => {
  const text = `machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }
boot linux 6.1 on vm {}
image next : default {
  segment a at 16MiB file "kernel.bin"
  purgatory kexec_tools at 64MiB
}
load next
exec
`;
  const lab = shrinking(text, -1)();
  assert.deepEqual([lab.failures, mismatches(lab)], [[], []]);
  // The loader's own pass is the first read, purgatory's the second.
  for (const read of [1, 2]) {
    assert.throws(
      shrinking(text, read),
      /Cannot read `kernel.bin` any more: it became shorter than its 1048576 bytes/,
    );
  }
});

for (const { code, example, cite } of PURGATORY_HAZARDS) {
  test(`hazard ${code}: explained and cited`, () => {
    assert.ok(cited(cite) !== undefined, cite);
    if (example === undefined) return;
    const events = [...run(example).timeline.events()];
    assert.ok(events.some((e) => e.kind === "hazard-found" && e.hazard.code === code));
  });
}
