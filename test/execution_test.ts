/** Properties of execution: what is at the destinations afterwards, and what is as it was before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Lab, run } from "../src/mod.ts";
import { type Machine, readMemory, readRecipe, settle, walk } from "../src/machine/mod.ts";
import { linux } from "../src/worlds/linux/mod.ts";

const PAGE = 4096;
const POLICIES = ["zoned", "lowest", "highest", "scattered seed 7"] as const;
const VERSIONS = ["4.18", "6.1", "6.12", "6.14", "6.16", "7.1"] as const;

interface Piece {
  readonly gap: number;
  readonly pages: number;
  readonly bytes: number;
  readonly seed: number;
}

const piece = fc.record({
  gap: fc.nat(40),
  pages: fc.integer({ min: 1, max: 60 }),
  bytes: fc.nat(60 * PAGE),
  seed: fc.nat(1000),
});
const story = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 8 }),
  base: fc.integer({ min: 0x4000, max: 0x1f000 }),
  policy: fc.constantFrom(...POLICIES),
  version: fc.constantFrom(...VERSIONS),
  fragmented: fc.constantFrom("", "fragmented every 3 over 16MiB .. 256MiB"),
});

interface Placed {
  readonly at: number;
  readonly size: number;
  readonly bytes: number;
}

function place(base: number, pieces: readonly Piece[]): Placed[] {
  let frame = base;
  return pieces.map((p) => {
    frame += p.gap;
    const placed = {
      at: frame * PAGE,
      size: p.pages * PAGE,
      bytes: Math.min(p.bytes, p.pages * PAGE),
    };
    frame += p.pages;
    return placed;
  });
}

function loaded(
  s: {
    pieces: readonly Piece[];
    base: number;
    policy: string;
    version: string;
    fragmented: string;
  },
  flags = "",
): { lab: Lab; placed: Placed[] } {
  const placed = place(s.base, s.pieces);
  const segments = placed.map((p, i) =>
    `segment s${i} at ${p.at} size ${p.size} buffer ${p.bytes} pattern ${s.pieces[i]!.seed}`
  );
  const lab = run(`
    machine vm {
      memory 0 .. 639KiB, 1MiB .. 512MiB
      allocator ${s.policy}
    }
    boot linux ${s.version} on vm {
      config KEXEC_JUMP on
      ${s.fragmented}
    }
    program plain() {
      load_gdt
      return 5 leaving base
    }
    image next : default ${flags} {
      ${flags === "" ? "" : "segment code at 0x800_0000 size 8KiB program plain"}
      ${segments.join("\n      ")}
      entry ${flags === "" ? placed[0]!.at : "0x800_0000"}
    }
    load next`);
  assert.deepEqual(lab.failures, []);
  return { lab, placed };
}

function exec(machine: Machine): Machine {
  const decision = linux.decide(machine, { head: "exec", args: {}, clauses: [] }, {
    allocationFails: () => false,
  });
  return settle(machine, decision, (event) => {
    assert.notEqual(event.kind, "frames-allocated");
    assert.notEqual(event.kind, "refused");
  }).machine;
}

test("after exec every segment holds its bytes, then zeros", () => {
  fc.assert(
    fc.property(story, (s) => {
      const { lab, placed } = loaded(s);
      const wanted = s.pieces.map((p, i) => expected(placed[i]!, p.seed));
      const after = exec(lab.machine);
      assert.equal(after.power, "new-image");
      for (const [i, p] of placed.entries()) {
        assert.ok(same(readMemory(after, p.at, p.size), wanted[i]!), `segment ${i}`);
      }
    }),
    { seed: 20070711, numRuns: 60 },
  );
});

test("with preserve, after return all other memory is as before", () => {
  fc.assert(
    fc.property(story, (s) => {
      const { lab } = loaded({ ...s, base: Math.max(s.base, 0x8100) }, "preserve");
      const before = lab.machine;
      const image = before.images.get(before.slots.default!)!;
      const after = exec(before);
      assert.equal(after.power, "running");
      const own = new Set<number>([image.swapFrame!, image.controlCodeFrame!]);
      for (let frame = 0; frame < 0x20000; frame++) {
        if (own.has(frame)) continue;
        const a = before.contents.extentAt(frame);
        const b = after.contents.extentAt(frame);
        if (a?.value === b?.value && a?.shift === b?.shift) continue;
        // The image stored its result: that page waits in a source page.
        const label = before.owners.get(frame)?.kind;
        if (label === "source") continue;
        assert.ok(
          same(readMemory(before, frame * PAGE, PAGE), readMemory(after, frame * PAGE, PAGE)),
          `frame ${frame}`,
        );
      }
      assert.deepEqual(after.slots, before.slots);
    }),
    { seed: 20081219, numRuns: 40 },
  );
});

test("whatever is written over list, tables or code, a jump ends", () => {
  const spoil = fc.record({
    s: story,
    where: fc.constantFrom("list", "root", "code", "source", "table"),
    offset: fc.nat(511),
    words: fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(spoil, ({ s, where, offset, words }) => {
      const { lab } = loaded(s);
      const image = lab.machine.images.get(lab.machine.slots.default!)!;
      const frame = {
        list: image.indirectionFrames[0]!,
        root: image.pageTableRoot!,
        code: image.controlCodeFrame!,
        source: Number(image.head >> 12n),
        table: image.pageTableFrames.at(-1)! - 1,
      }[where];
      const decision = function* () {
        yield {
          kind: "bytes-written" as const,
          at: frame * PAGE + Math.min(offset, 508) * 8,
          bytes: new Uint8Array(new BigUint64Array(words).buffer),
          what: "garbage",
        };
      };
      const spoiled = settle(lab.machine, decision()).machine;
      const after = exec(spoiled);
      assert.ok(["new-image", "rebooted", "halted"].includes(after.power));
    }),
    { seed: 42, numRuns: 150 },
  );
});

test("a walk finds what the tables say, whoever asks", () => {
  const { lab } = loaded({
    pieces: [{ gap: 0, pages: 2, bytes: 100, seed: 1 }],
    base: 0x8000,
    policy: "zoned",
    version: "6.1",
    fragmented: "",
  });
  const image = lab.machine.images.get(1)!;
  const found = walk(lab.machine, image.pageTableRoot! * PAGE, 0x8000123n, "read", {
    levels: 4,
    writeProtect: false,
  });
  assert.ok(found.ok);
  assert.equal(found.maddr, 0x8000123);
  assert.deepEqual(found.steps.map((step) => step.level), [4, 3, 2]);
});

/** A pattern follows from its seed alone. */
function expected(placed: Placed, seed: number): Uint8Array {
  const bytes = new Uint8Array(placed.size);
  bytes.set(readRecipe({ kind: "pattern", seed: BigInt(seed) }, 0, placed.bytes));
  return bytes;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
