/** The start info as bytes: what Xen hands over, and what a kernel hands to the next, by release. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  cString,
  decodeStartInfo,
  encodeStartInfo,
  firstStartInfo,
  nextStartInfo,
  nextStartInfoSize,
  START_MAGIC,
} from "../src/worlds/mini_os/start_info/mod.ts";
import { featuresOf, RELEASES } from "../src/worlds/mini_os/version.ts";

const RAM = { addr: 0n, size: 128n << 20n, type: 1 };
const SCRATCH = { addr: 128n << 20n, size: 0x4000n, type: 0xefffffff };
const LAPIC = { addr: 0xfee00000n, size: 0x1000n, type: 2 };
const MODULE = { paddr: 0x7fee000n, size: 18n * 4096n };

function u64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true);
}

test("56 bytes, read back as they were", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  const address = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(
    fc.property(
      fc.record({
        magic: word,
        version: word,
        flags: word,
        modules: word,
        moduleList: address,
        cmdline: address,
        rsdp: address,
        map: address,
        mapEntries: word,
      }),
      (info) => {
        const bytes = encodeStartInfo(info);
        assert.equal(bytes.length, 56);
        assert.deepEqual(decodeStartInfo(bytes), { ...info });
      },
    ),
    { seed: 56 },
  );
});

test("from Xen: structure, modules, map, command line, adjoining", () => {
  const bytes = firstStartInfo({
    at: 0x170000,
    version: 1,
    map: [RAM, LAPIC],
    modules: [MODULE],
    cmdline: "hello",
  });
  const info = decodeStartInfo(bytes);
  assert.equal(info.magic, START_MAGIC);
  assert.equal(info.moduleList, 0x170000n + 56n);
  assert.equal(info.map, 0x170000n + 56n + 32n);
  assert.equal(info.cmdline, 0x170000n + 56n + 32n + 48n);
  assert.deepEqual([...bytes.subarray(-6)], [...cString("hello")]);
});

test("to the next kernel: structure, map, module, command line; only the first release points into the buffer", () => {
  for (const release of RELEASES) {
    const features = featuresOf(release);
    const next = {
      features,
      map: [RAM, LAPIC],
      module: features.hasModule ? MODULE : undefined,
      cmdline: "x",
      at: 0x160000n,
      buffer: 0x7fe0000n,
    };
    const bytes = nextStartInfo(next, new Uint8Array(4096));
    const base = features.finalAddresses ? next.at : next.buffer;
    const info = decodeStartInfo(bytes);
    assert.equal(bytes.length, nextStartInfoSize(next.map, features.hasModule, "x"));
    assert.equal(info.map, base + 56n, release);
    assert.equal(info.modules, features.hasModule ? 1 : 0);
    if (features.hasModule) {
      assert.equal(info.moduleList, base + 56n + 48n);
      assert.equal(u64(bytes, 56 + 48), MODULE.paddr);
      assert.equal(u64(bytes, 56 + 48 + 8), MODULE.size);
    }
    assert.equal(release === "2d3b22f8", base === next.buffer);
  }
});

test("stale bytes go on: the last word of each entry, and the room of entries that are left out", () => {
  const dirty = new Uint8Array(4096).fill(0xc3);
  const bytes = nextStartInfo({
    features: featuresOf("v2"),
    map: [RAM, SCRATCH, LAPIC],
    module: MODULE,
    cmdline: "",
    at: 0x160000n,
    buffer: 0x7fe0000n,
  }, dirty);
  const info = decodeStartInfo(bytes);
  assert.equal(info.mapEntries, 2, "scratch addresses are not passed on");
  for (const entry of [0, 1]) {
    assert.deepEqual([...bytes.subarray(56 + entry * 24 + 20, 56 + entry * 24 + 24)], [
      0xc3,
      0xc3,
      0xc3,
      0xc3,
    ]);
  }
  // The entry that is left out leaves its 24 bytes at the end of the block.
  assert.deepEqual([...bytes.subarray(-24)], Array.from({ length: 24 }, () => 0xc3));
});
