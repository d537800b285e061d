/** Blocks and keys of Linux' kexec handover, for the comparison with the module. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bitmapPages,
  blocksOf,
  radixKey,
  radixPages,
} from "../src/worlds/mini_os/kho/preserved.ts";

test("keys: the highest bit tells the order, the rest the number of the block", () => {
  assert.equal(radixKey({ pfn: 0x40000, order: 0 }), (1n << 52n) | 0x40000n);
  assert.equal(radixKey({ pfn: 0x40000, order: 9 }), (1n << 43n) | 0x200n);
});

test("pages that say which: one block needs a path of six, 255 bitmaps a list page", () => {
  assert.equal(radixPages([]), 1);
  assert.equal(radixPages([{ pfn: 0, order: 0 }]), 6);
  assert.equal(bitmapPages([]), 0);
  assert.equal(bitmapPages([{ pfn: 0, order: 0 }]), 2);
  // Order 0: one bitmap covers 128 MiB.
  const far = Array.from({ length: 256 }, (_, i) => ({ pfn: i * 32768, order: 0 }));
  assert.equal(bitmapPages(far), 256 + 2);
});

test("a range is split into aligned blocks that cover it and do not meet, each with its own key", () => {
  const frame = fc.integer({ min: 0, max: 2 ** 36 });
  fc.assert(
    fc.property(frame, fc.integer({ min: 0, max: 5000 }), (start, length) => {
      const blocks = blocksOf(start, start + length);
      let at = start;
      for (const { pfn, order } of blocks) {
        assert.equal(pfn, at);
        assert.equal(pfn % 2 ** order, 0);
        at += 2 ** order;
      }
      assert.equal(at, start + length);
      assert.equal(new Set(blocks.map(radixKey)).size, blocks.length);
      for (const block of blocks) {
        const key = radixKey(block);
        const top = key.toString(2).length - 1;
        assert.equal(52 - top, block.order);
        assert.equal(Number(key - (1n << BigInt(top))) * 2 ** block.order, block.pfn);
      }
    }),
    { seed: 6 },
  );
});
