/** Structures of kexec_op: layouts as the facts have them, codecs that lose nothing, header gating. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  abiText,
  decode,
  encode,
  layoutOf,
  meaningOf,
  STRUCTS,
  SUB_OP,
  type Width,
  XEN_KEXEC_LOAD,
  XEN_KEXEC_LOAD_DRAFT,
  XEN_KEXEC_LOAD_V1,
} from "../src/worlds/xen/abi/mod.ts";

const SEED = 0x6b78;
const WIDTHS: readonly Width[] = [64, 32];

/** Offsets of members and `sizeof`, for a 64- and for a 32-bit caller. */
const KNOWN: Readonly<Record<string, readonly [Record<string, number>, Record<string, number>]>> = {
  xen_kexec_exec: [{ type: 0, sizeof: 4 }, { type: 0, sizeof: 4 }],
  xen_kexec_range: [
    { range: 0, nr: 4, size: 8, start: 16, sizeof: 24 },
    { range: 0, nr: 4, size: 8, start: 12, sizeof: 16 },
  ],
  xen_kexec_segment: [
    { buf: 0, buf_size: 8, dest_maddr: 16, dest_size: 24, sizeof: 32 },
    { buf: 0, buf_size: 8, dest_maddr: 16, dest_size: 24, sizeof: 32 },
  ],
  xen_kexec_load: [
    { type: 0, _pad: 1, arch: 2, nr_segments: 4, segments: 8, entry_maddr: 16, sizeof: 24 },
    { type: 0, _pad: 1, arch: 2, nr_segments: 4, segments: 8, entry_maddr: 16, sizeof: 24 },
  ],
  xen_kexec_load_draft: [
    { type: 0, arch: 2, __pad: 4, entry_maddr: 8, nr_segments: 16, segments: 24, sizeof: 32 },
    { type: 0, arch: 2, __pad: 4, entry_maddr: 8, nr_segments: 16, segments: 24, sizeof: 32 },
  ],
  xen_kexec_unload: [{ type: 0, sizeof: 1 }, { type: 0, sizeof: 1 }],
  xen_kexec_status: [{ type: 0, sizeof: 1 }, { type: 0, sizeof: 1 }],
  xen_kexec_image: [
    { page_list: 0, indirection_page: 136, start_address: 144, sizeof: 152 },
    { page_list: 0, indirection_page: 68, start_address: 72, sizeof: 76 },
  ],
  xen_kexec_load_v1: [
    { type: 0, page_list: 8, indirection_page: 144, start_address: 152, sizeof: 160 },
    { type: 0, page_list: 4, indirection_page: 72, start_address: 76, sizeof: 80 },
  ],
};

for (const struct of STRUCTS.values()) {
  for (const [i, width] of WIDTHS.entries()) {
    test(`${struct.name}, ${width}-bit: members stand where the header puts them`, () => {
      const { size, fields } = layoutOf(struct, width);
      const found = Object.fromEntries(
        fields.filter((f) => f.name !== "").map((f) => [f.name, f.offset]),
      );
      assert.deepEqual({ ...found, sizeof: size }, KNOWN[struct.name]?.[i]);
    });

    test(`${struct.name}, ${width}-bit: fields and pads cover every byte once`, () => {
      const { size, fields } = layoutOf(struct, width);
      const end = fields.reduce((at, f) => {
        assert.equal(f.offset, at);
        return at + f.size;
      }, 0);
      assert.equal(end, size);
    });

    test(`${struct.name}, ${width}-bit: bytes survive decoding and encoding, but for pads`, () => {
      const { size, fields } = layoutOf(struct, width);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
          const again = encode(struct, width, decode(struct, width, bytes)!);
          const kept = Uint8Array.from(bytes);
          for (const f of fields) if (f.pad) kept.fill(0, f.offset, f.offset + f.size);
          assert.deepEqual(again, kept);
          assert.deepEqual(decode(struct, width, again), decode(struct, width, bytes));
        }),
        { seed: SEED },
      );
    });

    test(`${struct.name}, ${width}-bit: too few bytes are no structure`, () => {
      const { size } = layoutOf(struct, width);
      assert.equal(decode(struct, width, new Uint8Array(size - 1)), undefined);
      assert.notEqual(decode(struct, width, new Uint8Array(size + 3)), undefined);
    });
  }
}

test("values are cut to their member's width, and an int keeps its sign", () => {
  const image = { page_list: [], indirection_page: 0x1_2345_6000n, start_address: 1n };
  const bytes = encode(XEN_KEXEC_LOAD_V1, 32, { type: -1n, ...image });
  const back = decode(XEN_KEXEC_LOAD_V1, 32, bytes)!;
  assert.equal(back.type, -1n);
  assert.equal(back.indirection_page, 0x2345_6000n);
  assert.equal(back.page_list.length, 17);
});

test("a 32-bit caller that leaves the upper half of a pointer unwritten hands over another address", () => {
  const bytes = new Uint8Array(24).fill(0xcc);
  new DataView(bytes.buffer).setUint32(8, 0x0804_a000, true);
  assert.equal(decode(XEN_KEXEC_LOAD, 32, bytes)!.segments, 0xcccc_cccc_0804_a000n);
});

test("one name is two sub-operations, by the interface version of the header", () => {
  const shipped = (interfaceVersion: number) => meaningOf({ interfaceVersion, header: "shipped" });
  assert.equal(shipped(0x00040300).load.number, SUB_OP.load_v1);
  assert.equal(shipped(0x000403ff).unload.number, SUB_OP.unload_v1);
  assert.equal(shipped(0x00040400).load.number, SUB_OP.load);
  assert.equal(shipped(0x00040400).load.argument, XEN_KEXEC_LOAD);
  const draft = meaningOf({ interfaceVersion: 0x00040300, header: "draft" });
  assert.equal(draft.load.number, SUB_OP.load);
  assert.equal(draft.load.argument, XEN_KEXEC_LOAD_DRAFT);
  assert.equal(meaningOf({ interfaceVersion: 0x000402ff, header: "draft" }).load.number, 1n);
});

test("the table names the pad and says why it is there", () => {
  const text = abiText(XEN_KEXEC_LOAD_DRAFT, 32);
  assert.match(text, /^xen_kexec_load_draft, 32-bit caller: 32 bytes, aligned to 8/);
  assert.match(text, /4 +4 +uint32_t +__pad +puts entry_maddr at 8/);
  assert.match(text, /20 +4 +\(compiler's pad\) +aligns segments to 8 bytes/);
});
