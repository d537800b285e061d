/** A device writes anywhere into what a jump needs, at any moment of it: there is always an outcome. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../src/mod.ts";

const PLACES = [
  "start of control block of default",
  "page table root of default",
  "swap page of default",
  "first of indirection pages of default",
  "first of first source of default",
  "0x0800_0000",
];

/** Words that mean something in a list or a table, and some that do not. */
const words = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 4, 8, 0x63, 0x1e3), fc.nat({ max: 0x1_ffff }))
    .map(([flags, frame]) => BigInt(flags) + BigInt(frame) * 4096n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

function littleEndian(word: bigint): string {
  return word.toString(16).padStart(16, "0").match(/../g)!.toReversed().join(" ");
}

const IMAGES = {
  call: "image i : default preserve {\n  segment code at 128MiB size 64KiB program back\n}",
  exec:
    "image i : default {\n  segment code at 128MiB size 64KiB program on\n  purgatory kexec_tools\n}",
} as const;

test("whatever a device writes where while a kernel is left, there is an outcome", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("6.1", "6.12", "6.14", "7.0"),
      fc.constantFrom<keyof typeof IMAGES>("call", "exec"),
      fc.constantFrom(...PLACES),
      fc.nat({ max: 511 }),
      words,
      (version, way, place, index, word) => {
        const { failures, records } = run(`machine vm {
  memory 0 .. 639KiB, 1MiB .. 512MiB
}
boot linux ${version} on vm {
  config KEXEC_JUMP on
}
program back(a) {
  var n
  set n = n + a
  load_gdt
  return n leaving 128MiB
}
program on() {
  halt
}
${IMAGES[way]}
load i
let place = ${place}
at every step of ${way === "call" ? "call i with 3" : "exec"}, dma at place + ${
          8 * index
        } size 8 hex "${littleEndian(word)}" {
  expect power is running or power is halted or power is rebooted or power is "new-image"
}
`);
        assert.deepEqual(failures.map(({ failure }) => failure), []);
        const explored = records.find((r) => r.explored !== undefined)!.explored!;
        const places = explored.reduce((sum, { count }) => sum + count, 0);
        assert.ok(places > 20, `struck at ${places} places only`);
      },
    ),
    { seed: 23, numRuns: 24 },
  );
});
