/** Random scripts on Mini-OS: whatever is asked of it in whatever order, kx answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run, ScriptError } from "../src/mod.ts";

const SEED = 20250715;

const address = fc.constantFrom(
  "0",
  "0x1000",
  "0x10_0000",
  "0x15_0000",
  "0x17_1000",
  "0x17_2000",
  "0x20_0000",
  "0x3ff_c000",
  "0x400_0000",
  "0x1_0000_0000",
  "0xffff_f000",
  "0xffff_ffff_ffff_f000",
  "0xffff_ffff_ffff_ffff",
);
const size = fc.constantFrom("1", "4KiB", "5000", "64KiB", "256KiB", "1MiB", "64MiB");
const segment = fc.tuple(address, size).map(([at, bytes]) => ({ at, bytes }));

const image = fc.record({
  segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
  entry: address,
  more: fc.oneof(
    fc.constant(""),
    fc.constant("; release v1"),
    address.map((at) => `; extent end ${at}`),
    address.map((at) => `; extent end 0x20_0000 page_tables ${at}`),
  ),
}).map(({ segments, entry, more }) => {
  const lines = segments.map(({ at, bytes }, i) =>
    `segment s${i} at ${at} size ${bytes} buffer 4KiB fill ${i + 1}`
  );
  return `{ ${lines.join("; ")}; entry ${entry}; module_pages 6${more} }`;
});

const which = fc.constantFrom("a", "b");
const statement = fc.oneof(
  { weight: 4, arbitrary: which.map((name) => `try kexec ${name}`) },
  fc.tuple(which, fc.constantFrom("until final", "file apart")).map(([n, how]) =>
    `try kexec ${n} ${how}`
  ),
  fc.tuple(which, address).map(([name, at]) => `try kexec ${name} at ${at}`),
  fc.tuple(which, fc.constantFrom("0", "5", "0xffff_ffff_ffff_fffb")).map(([name, answer]) =>
    `try kexec ${name} { callback c returns ${answer} }`
  ),
  which.map((name) => `try kexec ${name} { move_used_pages returns 0 }`),
  fc.constantFrom("try final_stage", "try start_next", "try unreserve_memory_below"),
  address.map((at) => `try start_next pages 4 end ${at} page_tables ${at}`),
  fc.constantFrom(0, 1, 3, 9, 64).map((order) => `try alloc_pages order ${order}`),
  fc.tuple(address, fc.nat(5)).map(([at, order]) => `try free_pages at ${at} order ${order}`),
  address.map((at) => `try reserve_memory_below ${at}`),
  fc.constantFrom("0x14_d000", "0x15_0000", "0x17_2000", "0x3ff_f000").map((at) =>
    `dma at ${at} size 4KiB fill 0xff`
  ),
);

const story = fc.record({
  memory: fc.constantFrom("2MiB", "16MiB", "64MiB", "640KiB, 1MiB .. 64MiB"),
  release: fc.constantFrom('"2d3b22f8"', "v1", "v2", "fixed", "growing"),
  pages: fc.constantFrom(0, 1, 4, 18, 4019),
  reservation: fc.option(fc.constantFrom(0, 100, 1000000)),
  a: image,
  b: image,
  body: fc.array(statement, { maxLength: 6 }),
}).map(({ memory, release, pages, reservation, a, b, body }) =>
  [
    `machine m { memory 0 .. ${memory} }`,
    `boot mini_os ${release} on m { module_pages ${pages}${
      reservation === null ? "" : `; reservation ${reservation}`
    } }`,
    `image a : mini_os ${a}`,
    `image b : mini_os ${b}`,
    ...body,
  ].join("\n")
);

test("no script ends in a bug of kx", () => {
  fc.assert(
    fc.property(story, (text) => {
      try {
        assert.ok(run(text).timeline.length > 0);
      } catch (error) {
        // A kernel that died at boot leaves no system to ask: the script is told so.
        if (!(error instanceof ScriptError)) throw error;
        assert.match(error.message, /needs a system that runs/);
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
});
