/**
 * What FACTS.md of the recordings states of hypercalls that no public case shows: each case made up
 * from its statement in the recordings' own form, and replayed. Flags and slots follow from fact 2.
 */
import {
  apart,
  CRASH,
  DEFAULT,
  each,
  hex,
  holds,
  load,
  loadV1,
  of,
  range,
  type Row,
  segment,
  TOP,
} from "./xen_lab.ts";
import type { JsonObject } from "../src/replay/format.ts";

holds("fact 1: an unknown sub-op is 0, also above 2^32 and below 0", "main", [
  ...each(
    [7, 8, 255, -1, "4294967296", "4294967299", "18446744073709551615", "-9223372036854775808"],
    (cmd): Row => [`sub-op ${cmd}`, [{ op: "subop", cmd }], [0]],
  ),
]);

holds("fact 2: status is the parity of loads and unloads", "main", [
  ["load, load", [load(0), load(0), of("status", 0)], [0, 0, 0]],
  ["load three times", [load(1), load(1), load(1)], [0, 0, 0]],
  ["unload of nothing", [of("unload", 0), of("status", 0), of("exec", 0)], [0, 1, "ENOENT"]],
  ["and again", [load(1), of("unload", 1), of("unload", 1), of("exec", 1)], [0, 0, 0, "ENOENT"]],
]);

holds("fact 3, 4: how wide a type is, and what exec answers", "main", [
  ["unload 256", [of("unload", 256)], [0]],
  ["status 256", [of("status", 256)], [0]],
  ["load 256 and 257", [load(256), load(257)], [0, 0]],
  ...each([2, 3, 255, 256, 257, -1], (t): Row => [`exec ${t}`, [of("exec", t)], ["EINVAL"]]),
  ...each([2, 127, 255], (t): Row => [`unload ${t}`, [of("unload", t)], ["EINVAL"]]),
  ...each([0, 1], (t): Row => [`exec ${t}`, [of("exec", t)], ["ENOENT"]]),
  ...each(
    ["exec", "status", "unload", "unload_v1"],
    (op): Row => [`${op}, bad pointer`, [of(op, "bad"), of(op, "null")], ["EFAULT", "EFAULT"]],
  ),
  [
    "independent",
    [load(0), load(1), of("unload", 0), of("exec", 0), of("unload", 1), of("exec", 1)],
    [0, 0, 0, "ENOENT", 0, "ENOENT"],
  ],
]);

const UNTOUCHED = { out: { start: "0xdeadbeef", size: "0xdeadbeef" } };
holds("fact 5: get_range", "main", [
  ...each(
    [3, 4, 5, 7, 8, -1, -(2 ** 31)],
    (r): Row => [`range ${r}`, [range(r, 0, UNTOUCHED)], ["EINVAL"]],
  ),
  ...each(
    [-1, -(2 ** 31), 2, 64, 4095, 2 ** 31 - 1],
    (nr): Row => [`processor ${nr}`, [range(2, nr, UNTOUCHED)], ["ERANGE"]],
  ),
  ["first", [range(2, 0, { out: { start: "0x3fd5b700", size: "0x1f4" } })], [0]],
  ["second", [range(2, 1, { out: { start: "0x3fd5b500", size: "0x194" } })], [0]],
  ["nr ignored", [range(0, -7, { out: { start: "0x8000000", size: "0x4000000" } })], [0]],
  ["vmcoreinfo", [range(6, 9, { out: { start: "0x3fdb5000", size: "0x1000" } })], [0]],
]);
holds("fact 5: without crashkernel", "none", [
  ["crash", [range(0, 0, { out: { start: "0x0", size: "0x0" } })], [0]],
  ["cpu", [range(2, 0), range(2, 1), range(2, 2)], ["EINVAL", "EINVAL", "ERANGE"]],
  ["load", [load(1), load(1, [], { entry: "0x0" })], ["EADDRNOTAVAIL", "EADDRNOTAVAIL"]],
]);

for (const [type, base] of [[0, DEFAULT], [1, CRASH]] as const) {
  const page = segment("p41", 0x1000, base, 0x1000);
  const misaligned = segment("p41", 1, base + 0x2_0001, 0x1000);
  const bad = segment("bad", 0x1000, base, 0x1000);
  const empty = segment("null", 0, base + 0x10_0000, 0);
  const large = segment("p41", 0x1001, base, 0x1000);
  const outside = type === 1 ? "EADDRNOTAVAIL" : "EINVAL";
  const one = (
    what: string,
    segments: readonly JsonObject[],
    ret: string | number,
    more: JsonObject = {},
  ): Row => [what, [load(type, segments, more)], [ret]];

  holds(`fact 6: which fault of two wins, type ${type}`, "main", [
    one("16 and the structure", [page], "EFAULT", { nr_segments: 16, ptr: "badload" }),
    one("16 and the array", [page], "EINVAL", { nr_segments: 16, ptr: "bad" }),
    ["array and type", [load(2, [page], { ptr: "bad" })], ["EFAULT"]],
    ["type and alignment", [load(2, [misaligned])], ["EINVAL"]],
    one("entry and array", [page], "EFAULT", { entry: "0x1", ptr: "null" }),
    one("entry and overlap", [page, page], outside, { entry: "0x1" }),
    one("alignment and overlap", [page, page, misaligned], "EADDRNOTAVAIL"),
    one("overlap and size", [page, large], "EINVAL"),
    one("size and buffer", [large, bad], "EINVAL"),
    one("arch and buffer", [bad], "EINVAL", { arch: 0 }),
    one("arch and an empty map", [empty], "ENOMEM", { arch: 0 }),
  ]);
  holds(`fact 7, 8: arch and the number of segments, type ${type}`, "main", [
    ...each([0, 1, 40, 183, 65536], (arch) => one(`arch ${arch}`, [page], "EINVAL", { arch })),
    ...each([3, 62, 65598], (arch) => one(`arch ${arch}`, [page], 0, { arch })),
    ...each([0, 1, 2, 14, 15], (n) => one(`${n} segments`, apart(base, n), 0)),
    ...each([16, 17, 18], (n) => one(`${n} segments`, apart(base, n), "EINVAL")),
    one("0, bad array", [page], 0, { nr_segments: 0, ptr: "bad" }),
    one("2^32 - 1", [page], "EINVAL", { nr_segments: 0xffff_ffff }),
  ]);
  holds(`fact 9: a bad buffer does not fail, type ${type}`, "main", [
    ...each(
      ["bad", "kern", "x0x800000000000", "h41.0", "h41.4096"],
      (buf) => one(buf, [segment(buf, 0x2000, base, 0x3000)], 0),
    ),
    one("wrapped", [segment("bad", 0x1000, base, TOP - 0x1000n)], "EFAULT"),
  ]);
  const four = segment("p41", 0x4000, base, 0x4000);
  const none = (at: number, buf = "p41") => segment(buf, 0, base + at, 0);
  holds(`fact 10: segments without data or size, type ${type}`, "main", [
    ...each(
      [0n, 0x3fa0_0000n, 0xfee0_0000n, 2n ** 40n, 2n ** 47n, 2n ** 52n, 2n ** 63n],
      (at) => one(`map ${hex(at)}`, [segment("null", 0, at, 0x1000)], 0),
    ),
    one("size of no buffer", [segment("null", 0x1000, base, 0x1000)], 0),
    one("too large", [segment("null", 0x2000, base, 0x1000)], "EINVAL"),
    one("overlapping map", [four, segment("null", 0, base + 0x1000, 0x1000)], "EINVAL"),
    one("empty map", [none(0, "null")], "ENOMEM"),
    one("empty", [none(0)], 0),
    one("empty inside", [four, none(0x1000)], "EINVAL"),
    one("empty at the beginning", [four, none(0)], 0),
    one("empty at the end", [four, none(0x4000)], 0),
    one("empty twice", [none(0), none(0)], 0),
  ]);
}

holds("fact 6, 11: bounds of the region, and none for default images", "main", [
  ...each(
    [[0x7ff_ffff, 0], [0x800_0000, 1], [0xbff_ffff, 1], [0xc00_0000, 1], [0xc00_0001, 0]] as const,
    ([at, ok]): Row => [`entry ${hex(at)}`, [load(1, [], { entry: hex(at) })], [
      ok ? 0 : "EADDRNOTAVAIL",
    ]],
  ),
  ...each(
    [[0x7ff_f000, 1, 0], [0x800_0000, 1, 1], [0xbff_f000, 1, 1], [0xbff_f000, 2, 0], [
      0xc00_0000,
      1,
      0,
    ]] as const,
    ([at, pages, ok]): Row => [
      `${pages} at ${hex(at)}`,
      [load(1, [segment("p41", 1, at, pages * 0x1000)])],
      [ok ? 0 : "EADDRNOTAVAIL"],
    ],
  ),
  ...each(
    [0n, 0x3fa0_0000n, 0x3000_0000n, 0x8000_0000n, 0xfee0_0000n, 2n ** 48n, 2n ** 63n, 0x810_0000n],
    (at): Row => [`default ${hex(at)}`, [load(0, [segment("p41", 1, at, 0x1000)])], [0]],
  ),
  ...each(
    [0n, 1n, 2n ** 63n, TOP - 1n],
    (at): Row => [`default entry ${hex(at)}`, [load(0, [], { entry: hex(at) })], [0]],
  ),
]);

holds("fact 12: the holes in the region's check", "main", [
  ["last page", [load(1, [segment("p41", 0x1000, TOP - 0x1000n, 0x1000)])], ["XEN_PANIC"]],
  ["all but a page", [load(1, [segment("p41", 0x1000, CRASH, TOP - 0x1000n)])], ["MACHINE_RESET"]],
]);

holds("fact 13: 40 pages are enough, 39 are not", "main", [
  ...each([39, 40], (free): Row => [
    `${free} pages`,
    [load(1, [segment("p41", 1, 0x800_0000, 0x400_0000 - free * 0x1000)], {
      entry: "0x8000000",
    })],
    [free < 40 ? "ENOMEM" : 0],
  ]),
]);
holds("fact 13: no memory leaves the old image", "low", [
  [
    "default",
    [
      load(0, [segment("p41", 0x1000, 2n ** 32n, 0x1000)]),
      load(0, [segment("p41", 150 << 20, 2n ** 32n, 150 << 20)]),
    ],
    [0, "ENOMEM"],
  ],
  [
    "crash",
    [
      load(1, [segment("p41", 0x1000, 0x800_0000, 0x1000)]),
      load(1, [segment("p41", 0x1000, 0x800_0000, 4 << 20)]),
    ],
    [0, "ENOMEM"],
  ],
]);

const TO = "0x10000001";
const FROM = "0x30000008";
const DONE = "0x4";
const AT = { entry: "0x8100000" };
holds("fact 14: v1", "main", [
  ["source first", [loadV1(0, [FROM, TO, DONE])], ["EINVAL"]],
  ...each([0, 3, 5, 9, 12, 15, 16], (bits): Row => [
    `flags ${bits}`,
    [loadV1(0, [TO, hex(0x3000_0000 + bits), DONE])],
    ["EINVAL"],
  ]),
  ...each(["0x3fa00008", "0x8", "0x8100008"], (source): Row => [
    `source ${source}`,
    [loadV1(0, [TO, source, DONE])],
    ["EFAULT"],
  ]),
  ["crash, outside and inside", [
    loadV1(1, [TO, FROM, DONE], AT),
    loadV1(1, ["0x8100001", FROM, DONE], AT),
  ], [0, 0]],
  ["types", [loadV1(256, [TO, FROM, DONE]), of("unload_v1", 256)], [0, 0]],
  ["bad pointer", [loadV1(0, [DONE], { ptr: "bad" })], ["EFAULT"]],
  ["list nowhere", [loadV1(0, [], { indirection_page: "0x10000000000" })], ["XEN_PANIC"]],
  ["source nowhere", [loadV1(0, [TO, "0x80000008", DONE])], ["XEN_PANIC"]],
  ["a list that leads to itself", [loadV1(0, ["0xa000002"])], ["HYPERVISOR_HANG"]],
]);

holds("fact 27: of an unaligned region the whole pages inside", "unaligned", [
  ...each(
    [[0x800_0000, 0], [0x800_1000, 1], [0xbff_f000, 1], [0xc00_0000, 0]] as const,
    ([at, ok]): Row => [
      hex(at),
      [load(1, [segment("p41", 1, at, 0x1000)])],
      [ok ? 0 : "EADDRNOTAVAIL"],
    ],
  ),
]);
holds("fact 29: the phantom region", "phantom", [
  ["its last page", [load(1, [segment("p41", 1, 0x3ff_f000, 0x1000)], { entry: "0x0" })], [0]],
  ["its end", [load(1, [], { entry: "0x4000000" })], [0]],
  ["behind", [load(1, [], { entry: "0x4000001" })], ["EADDRNOTAVAIL"]],
]);
holds("fact 29: a hidden start", "none", [
  ["at it", [load(1, [], { entry: "0x3fa00000" })], ["ENOMEM"]],
  ["behind it", [load(1, [], { entry: "0x3fa00001" })], ["EADDRNOTAVAIL"]],
]);
