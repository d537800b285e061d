/**
 * Laws over random programs in the Linux world: whatever is loaded, unloaded, shrunk and written,
 * the invariants hold after every step, the events fold to the same machine, and a second run gives
 * the same bytes. A failure prints the script that broke the law.
 */
import test from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor, NO_FILES } from "../src/engine/mod.ts";
import { apply, imageIn, type Machine, NO_MACHINE, readMemory } from "../src/machine/mod.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { traceJson } from "../src/views/mod.ts";
import { worlds } from "../src/worlds/mod.ts";

/** What the modelled kernel must never let happen, whatever it is asked. */
const IMPOSSIBLE = [
  "segments-malformed",
  "helper-page-in-destination",
  "list-malformed",
  "crash-image-outside-region",
];

const hex = (n: number): string => `0x${n.toString(16)}`;
const MIB = 1 << 20;

/** Destinations cluster where things happen: low memory, the allocator's first pages, the region. */
const address = fc.oneof(
  fc.nat(0x20).map((n) => n * 4096),
  fc.nat(64).map((n) => 0x380_0000 + n * 4096),
  fc.nat(512).map((n) => 16 * MIB + n * 65536),
  fc.nat(300).map((n) => 0xb00_0000 + n * 4096),
  fc.nat(0x1000_0000),
);
const sizeOf = fc.oneof(
  fc.nat(40).map((n) => n * 4096),
  fc.nat(3000).map((n) => n * 4096),
  fc.nat(9999),
);

const segment = fc.tuple(address, sizeOf, fc.nat(255), fc.nat(12)).map(([at, size, byte, mode]) => {
  const source = mode === 0
    ? "buf unmapped"
    : mode === 1
    ? `fill ${byte} readable ${size >> 1}`
    : `fill ${byte}`;
  const bufsz = mode < 9 ? size : size >> 1;
  return `  segment bufsz ${bufsz} mem ${hex(at)} memsz ${hex(size)} ${source}`;
});

const load = fc.tuple(
  fc.array(segment, { minLength: 0, maxLength: 5 }),
  address,
  fc.constantFrom(0x3e0000, 0x3e0000, 0x3e0001, 0x3e0001, 0, 1, 0x3e0002, 0x3e0003, 0x280000),
).map(([segments, entry, flags]) =>
  `try kexec_load {\n  entry ${hex(entry)}\n  flags ${hex(flags)}\n${segments.join("\n")}\n}`
);

const statement = fc.oneof(
  { weight: 8, arbitrary: load },
  { weight: 2, arbitrary: fc.constantFrom("try unload default", "try unload crash") },
  { weight: 1, arbitrary: fc.nat(64 * MIB).map((n) => `try shrink ${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("hold kexec_lock", "release kexec_lock") },
);

const program = fc.record({
  version: fc.constantFrom("4.18", "5.15", "6.1", "6.6", "6.12", "6.16", "7.0"),
  policy: fc.constantFrom("zoned", "lowest", "highest", "scattered seed 5"),
  fragmented: fc.boolean(),
  statements: fc.array(statement, { minLength: 1, maxLength: 10 }),
}).map(({ version, policy, fragmented, statements }) =>
  `machine vm {
  memory 0 .. 639KiB, 1MiB .. 256MiB
  allocator ${policy}
}
boot linux ${version} on vm {
  cmdline "crashkernel=32M"
  config KEXEC_JUMP on${fragmented ? "\n  fragmented every 3 over 64MiB .. 160MiB" : ""}
}
${statements.join("\n")}
`
);

function run(text: string): Executor {
  const source = new SourceText(0, "random.kx", text);
  const { script, diagnostics } = parse(source);
  assert.deepEqual(diagnostics, []);
  const executor = new Executor({ worlds, invariants, files: NO_FILES });
  for (const _ of executor.run(source, script.body)) { /* pulled to the end */ }
  assert.deepEqual(executor.problems, []);
  return executor;
}

function plain(machine: Machine): unknown {
  return {
    ...machine,
    free: [...machine.free.from()],
    owners: [...machine.owners.from()],
    contents: [...machine.contents.from()],
  };
}

test("no random program breaks an invariant, and the events fold to the machine", () => {
  fc.assert(
    fc.property(program, (text) => {
      const executor = run(text);
      for (const event of executor.timeline.events()) {
        if (event.kind === "hazard-found") {
          assert.ok(!IMPOSSIBLE.includes(event.hazard.code), `${event.hazard.message}\n${text}`);
        }
      }
      let machine: Machine = NO_MACHINE;
      for (const event of executor.timeline.events()) machine = apply(machine, event);
      assert.deepEqual(plain(machine), plain(executor.machine));
    }),
    { seed: 21, numRuns: 60 },
  );
});

test("two runs of a program give the same bytes", () => {
  fc.assert(
    fc.property(program, (text) => {
      assert.deepEqual([...traceJson(run(text))], [...traceJson(run(text))]);
    }),
    { seed: 22, numRuns: 15 },
  );
});

test("a crash image that loaded lies at its destination, byte for byte, then zeros", () => {
  fc.assert(
    fc.property(program, (text) => {
      const { machine } = run(text);
      const image = imageIn(machine, "crash");
      for (const s of image?.segments ?? []) {
        const bytes = readMemory(machine, s.dest, Math.min(s.destSize, 65536));
        const { recipe } = s.buffer;
        const byte = recipe.kind === "fill" ? recipe.byte : 0;
        assert.ok(bytes.every((b, i) => b === (i < s.sourceSize ? byte : 0)), text);
      }
    }),
    { seed: 23, numRuns: 60 },
  );
});

test("unloading everything gives back every page", () => {
  fc.assert(
    fc.property(program, (text) => {
      const after = run(`${text}release kexec_lock\nunload default\nunload crash\n`).machine;
      for (const extent of after.owners.from()) {
        assert.equal(extent.value.image, undefined, `${extent.value.label}\n${text}`);
      }
      assert.equal(after.images.size, 0);
    }),
    { seed: 24, numRuns: 60 },
  );
});
