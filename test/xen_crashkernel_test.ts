/** Xen's `crashkernel=`: every recorded boot, and the grammar by release. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { parseVersion } from "../src/machine/mod.ts";
import { replay } from "../src/replay/mod.ts";
import { reserveCrashRegion } from "../src/worlds/xen/crashkernel/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const RECORDING = readFileSync(
  new URL("recordings/xen/crashkernel.jsonl", import.meta.url),
  "utf8",
);
const MIB = 2 ** 20;
const RAM = [{ start: 0, end: 0x9fc00 }, { start: MIB, end: 0x3ffe0000 }];

function region(cmdline: string, version = "4.17.7") {
  return reserveCrashRegion({
    version: parseVersion(version)!,
    cmdline,
    ram: RAM,
    modules: [{ name: "kernel", size: 70 * MIB, headroom: 8 * MIB }, { name: "initrd", size: MIB }],
    imageSize: 0x3a6140,
  });
}

test("every recorded boot, every field", () => {
  const { cases, problems, passed } = replay(RECORDING, [xen]);
  assert.deepEqual(problems, []);
  assert.deepEqual(cases.filter((c) => !c.passed), []);
  assert.equal(passed, 34);
});

test("a boot that is not as recorded is told", () => {
  const shifted = RECORDING.replace('"start": "0x1c000000"', '"start": "0x1c000800"');
  assert.notEqual(shifted, RECORDING);
  const { cases } = replay(shifted, [xen]);
  const [failed, ...more] = cases.filter((c) => !c.passed);
  assert.deepEqual(more, []);
  assert.equal(failed!.differences[0]!.field, "crashkernel.range_crash");
});

test("automatic places of one file are explained by one size of the modules", () => {
  const moved = RECORDING.replaceAll("0x38b1d000", "0x28b1d000");
  const { cases } = replay(moved, [xen]);
  assert.deepEqual(cases.filter((c) => !c.passed).map((c) => c.id.slice(0, 4)), ["CK44"]);
});

test("a region that wraps around the last address is taken where its end lies in RAM", () => {
  for (const option of ["4G,below=512M", "256G<512M", "64M@0x3ffffffffffc00K"]) {
    const { outcome, log } = region(`crashkernel=${option}`);
    assert.equal(outcome, "wrapped", option);
    assert.match(log.at(-1)!, /^Kdump: \d+MB \(\d+kB\) at 0xffff/);
  }
  // It does not wrap, or its end is that of a module.
  for (const option of ["5G@128M", "4G"]) {
    assert.equal(region(`crashkernel=${option}`).outcome, "disabled", option);
  }
});

test("what follows the size, by release", () => {
  const start = (version: string, option: string) =>
    region(`crashkernel=${option}`, version).told?.start;
  assert.equal(start("4.17", "64M<512M"), 448 * MIB);
  assert.equal(start("4.17", "64M,below=512M"), 448 * MIB);
  assert.equal(start("4.8", "64M<512M"), 448 * MIB);
  // Not known yet: passed over, and the region lies where it would without a limit.
  assert.equal(start("4.8", "64M,below=512M"), start("4.8", "64M"));
  assert.equal(start("4.7", "64M<512M"), start("4.7", "64M"));
});

test("what the log says, by release", () => {
  const early = (version: string, option: string) =>
    region(`crashkernel=${option}`, version).earlyLog;
  assert.deepEqual(early("4.7", "64Mfoo"), []);
  assert.deepEqual(early("4.9", "64M"), ["crashkernel: '' ignored"]);
  assert.deepEqual(early("4.17", "64M"), []);
  assert.deepEqual(early("4.17", "64Mfoo"), [
    "crashkernel: 'foo' ignored",
    'parameter "crashkernel" has invalid value "64Mfoo", rc=-22!',
  ]);
  assert.deepEqual(early("4.17", "1G-2G"), [
    "crashkernel: '-2G' ignored",
    'parameter "crashkernel" has invalid value "1G-2G", rc=-22!',
  ]);
});

test("a percent sign is no unit: bytes, and the sign is left over", () => {
  assert.equal(region("crashkernel=4096%").area.size, 4096n);
  assert.equal(region("crashkernel=4096%", "4.11").area.size, 4096n << 10n);
});

/** Kernel and initrd end where Xen begins; regions without a place end where they begin. */
const FREE_BELOW = 0x3fa0_0000 - 79 * MIB;

/** `where`: bytes; 0: no region. Sizes in MiB. */
const STATED: readonly (readonly [option: string, where: number, size: number])[] = [
  ["64M", FREE_BELOW - 64 * MIB, 64],
  ["64M@0", FREE_BELOW - 64 * MIB, 64],
  ["64m@128m", 128 * MIB, 64],
  ["64M@2G", 0, 0],
  ["64M@1023M", 0, 0],
  ["65536K@131072", 128 * MIB, 64],
  ["512M-2G:64M@128M", 128 * MIB, 64],
  ["512M-2G:64M<512M", 448 * MIB, 64],
  ["512M-2G:64M,below=512M", FREE_BELOW - 64 * MIB, 64],
  ["64M@128M,below=100M", 128 * MIB, 64],
  ["2G-4G:64M", 0, 0],
  ["256M-512M:32M,512M-2G:64M@128M", 128 * MIB, 64],
  ["1048060K-:64M@128M", 128 * MIB, 64],
  ["1048061K-:64M@128M", 0, 0],
  ["512M-1048060K:64M@128M", 0, 0],
  ["512M-1048061K:64M@128M", 128 * MIB, 64],
  ["512M-2G", FREE_BELOW - 512 * MIB, 512],
  ["512M-2G:1048060K@2M", 0, 0],
  ["512M-2G:2G,256M-4G:32M@128M", 128 * MIB, 32],
  ["512M-2G:32M crashkernel=64M@128M", 128 * MIB, 64],
  ["64M@128M crashkernel=512M-2G:32M", 128 * MIB, 64],
  ["64M@128M crashkernel=32M", 128 * MIB, 32],
  ["auto", 0, 0],
  ["64M,high", FREE_BELOW - 64 * MIB, 64],
];

test("facts 27 and 28: what is reserved of 1 GiB for each form", () => {
  for (const [option, where, size] of STATED) {
    const { told } = region(`crashkernel=${option}`);
    const wanted = size === 0 ? undefined : { start: where, end: where + size * MIB };
    assert.deepEqual(told, wanted, option);
  }
});

test("a size without a unit counts KiB, hexadecimal and octal are understood", () => {
  assert.equal(region("crashkernel=128").area.size, 128n << 10n);
  assert.equal(region("crashkernel=0x10M@128M").area.size, 16n << 20n);
  assert.equal(region("crashkernel=010M@128M").area.size, 8n << 20n);
  assert.deepEqual(region("crashkernel=64").hazards.map((h) => h.code), [
    "crashkernel-without-unit",
    "crashkernel-tiny",
  ]);
});

test("a region without a place keeps its size, one without a size keeps a place", () => {
  const phantom = region("crashkernel=64M,below=32M");
  assert.deepEqual(phantom.area, { start: 0n, size: 64n << 20n });
  assert.equal(phantom.told, undefined);
  assert.deepEqual(phantom.log, []);
  assert.deepEqual(phantom.hazards.map((h) => h.code), ["crashkernel-phantom"]);
  const hidden = region("");
  assert.equal(hidden.area.size, 0n);
  assert.ok(hidden.area.start > 0n);
});

test("a gap is looked for with 32 bits of the size", () => {
  const { area, hazards } = reserveCrashRegion({
    version: parseVersion("4.17")!,
    cmdline: "crashkernel=5G",
    ram: [{ start: MIB, end: 3 * 1024 * MIB }, { start: 4096 * MIB, end: 6144 * MIB }],
    modules: [],
    imageSize: 0x3a6140,
  });
  // 1 GiB fits below 6 GiB, and the 5 GiB that end there begin at 1 GiB.
  assert.equal(area.start, 0n);
  assert.deepEqual(hazards.map((h) => h.code), [
    "crashkernel-size-truncated",
    "crashkernel-disabled",
  ]);
});

test("any option: a place inside RAM, or none; never an exception", () => {
  const piece = fc.constantFrom(
    ..."64M 1G 0 - : , @ < ,below= 128M 512M-2G:64M K T 0x no foo 16 999999999999G".split(" "),
  );
  const options = fc.array(piece, { maxLength: 8 }).map((p) => p.join(""));
  const versions = fc.constantFrom("4.2", "4.4", "4.8", "4.9", "4.10", "4.14", "4.17.7", "4.23");
  fc.assert(
    fc.property(options, versions, (option, version) => {
      const { told, area, outcome } = region(`crashkernel=${option}`, version);
      assert.equal(told !== undefined, outcome === "reserved");
      if (told === undefined) return;
      assert.ok(RAM.some((r) => told.start >= r.start && told.end <= r.end));
      assert.equal(area.start, BigInt(told.start));
    }),
    { seed: 29, numRuns: 500 },
  );
});
