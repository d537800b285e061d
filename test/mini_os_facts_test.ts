/**
 * What is known of the real Mini-OS without a public recording: each row is a case of its own, told in
 * the recordings' words, with the outcome that the original code had. (test/recordings/minios, FACTS.md)
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { replay } from "../src/replay/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";
import { codeBytes, elfFile, entryNote, LOAD, NOTE } from "./mini_os_elf_files.ts";

type Fields = Readonly<Record<string, unknown>>;

const LOW = [["0x0", "0x8000000", 1], ["0xfe000000", "0x1000000", 2]];
const SMALL = [["0x0", "0x4000000", 1], ["0xfe000000", "0x1000000", 2]];

function boot(pages: number, info: Fields = {}, more: Fields = {}): Fields {
  return {
    op: "boot",
    module_pages: pages,
    start_info: { addr: "0x170000", memmap: LOW, modules: [], cmdline: "", ...info },
    current_reservation: 36863,
    init_allocator: false,
    ...more,
  };
}

/** Replays one case; the fields that are given must be what the model has, and it may say more. */
function holds(release: string, ops: readonly Fields[], observed: readonly Fields[]): void {
  const lines = [
    { kind: "recording", format: 1, system: "minios", release, about: "facts" },
    { kind: "case", id: "fact", ops, observed },
  ];
  const { cases, problems } = replay(lines.map((l) => JSON.stringify(l)).join("\n"), [miniOs]);
  assert.deepEqual(problems, []);
  const [only] = cases;
  // What is printed on the way is no part of these facts.
  const wrong = only!.differences.filter((d) => !d.field.endsWith(".printk"));
  assert.deepEqual(wrong, []);
  assert.ok(only!.compared > 0);
}

const hex = (value: number) => `0x${value.toString(16)}`;
const TOP = 0x7fff000;

test("layout: where the table begins, for every page count up to 70", () => {
  for (let m = 1; m <= 70; m++) {
    const n = m - 1;
    const offset = 14 + n + (n & 1);
    const start = hex(TOP - n * 4096);
    holds("v2-patch", [boot(m)], [{
      op: "boot",
      mod_ptr: hex(TOP),
      mod_start: start,
      reserved_range: [start, hex(m * 4096)],
      mod_recs: hex(TOP + offset),
      rec_start: hex(TOP + offset + 64),
      rec_end: hex(TOP + offset + 64),
      n_pages: n,
      n_records: 16,
      recs_off: offset,
    }]);
    // v1 counted the last page too, and so never got an even offset.
    holds("v1-patch", [boot(m)], [
      { op: "boot", n_pages: n, n_records: 0, recs_off: 14 + m + (n & 1), mod_start: start },
    ]);
  }
});

const PLAIN = { memmap: [["0x0", "0x8000000", 1]] };
const FLAT_4G = { memmap: [["0x0", "0x100000000", 1]] };
const GOOD = "4b657865634d656d030010001200ffffff";
const WRITTEN = { op: "write", addr: "0x7003000", bytes: GOOD };

const BOOTS: readonly (readonly [
  name: string,
  release: string,
  ops: readonly Fields[],
  seen: Fields,
])[] = [
  ["no module and none wanted", "v2-patch", [boot(0)], { fault: "0xc" }],
  ["the same before the records", "v1-patch", [boot(0)], { mod_ptr: "0x0", mod_start: "0x0" }],
  ["4019 pages leave no data", "v2-patch", [boot(4019)], {
    n_pages: 4018,
    recs_off: 4032,
    rec_start: "0x8000000",
    rec_end: "0x8000000",
  }],
  ["the table of 4020 pages leaves memory", "v2-patch", [boot(4020)], { fault: "0x8000000" }],
  ["the top page below 4 GiB is never used", "v2-patch", [
    boot(6, FLAT_4G, { current_reservation: 1048576 }),
  ], {
    mod_ptr: "0xffffe000",
    start_pfn: "0x174",
    e820: [["0x0", "0x100000000", "0x1"], ["0xfee00000", "0x1000", "0x2"]],
  }],
  ["more image than pages: inside the kernel", "v2-patch", [
    boot(6, PLAIN, { current_reservation: 0x160 }),
  ], { mod_start: "0x15a000" }],
  ["longer than what lies below: it begins below 0", "v2-patch", [
    boot(4017, PLAIN, { current_reservation: 0x160 }),
  ], { mod_ptr: "0x15f000", mod_start: "0xffffffffff1af000", n_pages: 4016 }],
  ["as many pages as image", "v2-patch", [boot(1, PLAIN, { current_reservation: 0x171 })], {
    bug: true,
  }],
  ["accepted inside the kernel", "v2-patch", [
    { op: "write", addr: "0x103000", bytes: GOOD },
    boot(6, { modules: [["0x100000", "0x4000"]] }),
  ], { mod_ptr: "0x103000", mod_start: "0x100000" }],
  ["accepted above 4 GiB", "v2-patch", [
    { op: "write", addr: "0x100003000", bytes: GOOD },
    boot(6, {
      memmap: [["0x0", "0x8000000", 1], ["0x100000000", "0x8000000", 1]],
      modules: [["0x100000000", "0x4000"]],
    }),
  ], { mod_ptr: "0x100003000", mod_start: "0x100000000" }],
  ["size 0 reads the page below, then is rejected", "v2-patch", [
    boot(6, { modules: [["0x7001000", "0x0"]] }),
  ], { mod_ptr: hex(TOP) }],
  ["size 0 with nothing below", "v2-patch", [boot(6, { modules: [["0x1000", "0x0"]] })], {
    fault: "0x0",
  }],
  ["no RAM", "v2-patch", [boot(6, { modules: [["0x20000000", "0x4000"]] })], {
    fault: "0x20003000",
  }],
  ["only the first module counts", "v2-patch", [
    WRITTEN,
    boot(6, { modules: [["0x6000000", "0x4000"], ["0x7000000", "0x4000"]] }),
  ], { mod_ptr: hex(TOP) }],
  ["v1 takes a module and forgets where it begins", "v1-patch", [
    WRITTEN,
    boot(6, { modules: [["0x7000000", "0x4000"]] }),
  ], { mod_ptr: "0x7003000", mod_start: "0x0" }],
];

for (const [name, release, ops, seen] of BOOTS) {
  test(`boot: ${name}`, () => holds(release, ops, [{ op: "boot", ...seen }]));
}

const alloc = (rec: number, n: number): Fields => ({ op: "alloc", rec, n });
const free = (rec: number, addr: string, n: number): Fields => ({ op: "free", rec, addr, n });
const add = (type: number, data: string): Fields => ({ op: "add", type, data });
const FIRST = "0x3fee000";
const NONE = "ff".repeat(17);

const CALLS: readonly (readonly [string, readonly Fields[], readonly Fields[]])[] = [
  ["one page is always the first one", [alloc(0, 1), alloc(1, 1)], [
    { op: "alloc", ret: FIRST },
    { op: "alloc", ret: FIRST, pg2rec: `01${NONE.slice(2)}` },
  ]],
  ["no page", [alloc(0, 0)], [{ op: "malloc", bug: true }]],
  ["more pages than there are", [alloc(0, 18)], [{ op: "malloc", bug: true }]],
  ["record 511 is stored as free", [alloc(511, 2)], [{ op: "alloc", ret: FIRST, pg2rec: NONE }]],
  ["record 256 is stored as 0, and free knows only 0", [alloc(256, 2), free(0, FIRST, 2)], [
    { op: "alloc", pg2rec: `0000${NONE.slice(4)}` },
    { op: "free", pg2rec: NONE },
  ]],
  ["record 256 cannot free", [alloc(256, 2), free(256, FIRST, 2)], [
    { op: "alloc", ret: FIRST },
    { op: "mfree", bug: true },
  ]],
  ["data of 256 bytes has size 0 and its room", [add(1, "11".repeat(256))], [
    { op: "add", ret: 0, rec_end: "0x3fff160" },
  ]],
  ["type 0 leaves its slot free", [add(0, "1122"), add(3, "33")], [
    { op: "add", ret: 0, rec_end: "0x3fff062" },
    { op: "add", ret: 0, rec_end: "0x3fff063" },
  ]],
  ["type 256 is type 0", [add(256, "11"), { op: "find", start: 0, type: 256 }], [
    { op: "add", ret: 0 },
    { op: "find", ret: -2 },
  ]],
  ["17 records", Array.from({ length: 17 }, () => add(1, "11")), [
    ...Array.from({ length: 16 }, (_, ret) => ({ op: "add", ret })),
    { op: "add", bug: true },
  ]],
  ["a damaged page count leads out of memory", [
    { op: "write", addr: "0x3fff008", bytes: "ffff" },
    alloc(0, 1),
    alloc(1, 60000),
  ], [{ op: "alloc", ret: FIRST }, { op: "malloc", fault: "0x4000000" }]],
  ["fill, however it is spelled", [
    { op: "fill", addr: "0x2000000", len: "0x10", byte: 170 },
    { op: "fill", addr: "0x2000004", size: 2, value: "0xbb" },
    { op: "dump", addr: "0x2000000", len: 8 },
  ], [{ op: "dump", bytes: "aaaaaaaabbbbaaaa" }]],
];

for (const [name, ops, seen] of CALLS) {
  test(`calls: ${name}`, () => {
    const first = boot(18, { memmap: SMALL }, { current_reservation: 20479 });
    holds("v2-patch", [first, ...ops], [{ op: "boot", n_pages: 17 }, ...seen]);
  });
}

/** Two ragged entries of RAM join over the page between them, so their end lies inside a page. */
test("scratch space begins at a page since v2, and before it where the entry ends", () => {
  const memmap = [["0x0", "0x4000000", 1], ["0x4000800", "0x1800", 1], ["0x4000fff", "0x2000", 1]];
  const end = (release: string) => {
    const given = [boot(1, { memmap }, { current_reservation: 20480 }), {
      op: "softres",
      pages: 1,
    }];
    holds(release, given, [{ op: "boot", start_info: "0x170000" }, {
      op: "softres",
      pfn: release === "v2-patch" ? "0x4003" : "0x4002",
    }]);
  };
  end("2d3b22f8");
  end("v2-patch");
});

test("the allocator dies at the first byte that it cannot write", () => {
  const on = { init_allocator: true };
  // A chunk that begins at the last byte of a page: its order lies in the page behind.
  const ragged = [["0x0", "0x4000000", 1], ["0x4089fff", "0x2000", 1]];
  holds("2d3b22f8", [boot(1, { memmap: ragged }, { ...on, current_reservation: 20480 })], [
    { op: "boot", fault: "0x408c00f" },
  ]);
  // Fewer pages than the image: the bitmap is written until memory ends.
  holds("2d3b22f8", [boot(1, { memmap: SMALL }, { ...on, current_reservation: 0x1000 + 0x150 })], [
    { op: "boot", fault: "0x4000000" },
  ]);
});

/** A kernel of 16 bytes of code at 1 MiB whose memory ends right below `_end` of the recorder's image. */
const KERNEL = bytesToHex(elfFile({
  bits: 64,
  headers: [
    { type: LOAD, paddr: 0x10_0000n, bytes: codeBytes(16), memsz: 0x5_ff00n },
    { type: NOTE, bytes: entryNote(0x10_0000n) },
  ],
}));

function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A kexec of `KERNEL` up to the jump, with the start of the next kernel. */
function handOver(cmdline: string, reservation: number): Fields[] {
  return [
    { op: "elf", bytes: KERNEL },
    { op: "kexec", cmdline },
    { op: "final" },
    { op: "new_kernel" },
    {
      op: "boot",
      module_pages: 1,
      start_info: "from kexec",
      current_reservation: reservation,
      init_allocator: true,
    },
  ];
}

const STALE = "78c56e3301000000000000000100000080ff150000000000a0ff1500000000000000000000000000" +
  "38ff15000000000003000000000000000000000000000000000000080000000001000000ffffffff" +
  "0000e0fe00000000001000000000000002000000ffffffff00000000010000000000010000000000" +
  "01000000ffffffff00f0ff0700000000001000000000000000000000000000000000000000000000" +
  "00";

const CLEAN = "78c56e3301000000000000000100000068ff15000000000088ff1500000000000000000000000000" +
  "38ff1500000000000200000000000000000000000000000000000004000000000100000000000000" +
  "0000e0fe000000000010000000000000020000000000000000f0ff03000000000010000000000000" +
  "0000000000000000000000000000000000";

/** `reserved` of a memory map entry is never written: what was in the page goes on with it. */
test("bytes of the bitmap of the kernel before are passed on in the start info", () => {
  const memmap = [["0x0", "0x8000000", 1], ["0x100000000", "0x10000", 1]];
  holds("v2-patch", [
    boot(1, { memmap }, { init_allocator: true }),
    ...handOver("", 36863),
    { op: "pgalloc", order: 0 },
    { op: "elf", bytes: KERNEL },
    { op: "kexec", cmdline: "" },
  ], [
    { op: "boot", start_pfn: "0x175" },
    { op: "kexec", param_mem: "0x7ffe000" },
    { op: "final", ebx: "0x15ff00" },
    { op: "boot", start_pfn: "0x164" },
    { op: "pgalloc", ret: "0x7ffe000" },
    { op: "kexec", param_mem: "0x185000", params: STALE },
  ]);
});

test("a page that do_kexec() was to fill is passed on as it was", () => {
  const memmap = [["0x0", "0x4000000", 1]];
  holds("v2-patch", [
    boot(1, { memmap }, { init_allocator: true, current_reservation: 20479 }),
    ...handOver("z".repeat(5000), 20479),
    { op: "elf", bytes: KERNEL },
    { op: "kexec", cmdline: "" },
  ], [
    { op: "boot" },
    { op: "kexec", param_mem: "0x3ffc000", reached: true },
    { op: "final", ebx: "0x15ff00" },
    { op: "boot" },
    { op: "kexec", param_mem: "0x3ffe000", params: CLEAN },
  ]);
});

test("the map of pages of a module of 65536 pages runs over the start info, which is read again", () => {
  const memmap = [["0x0", "0x4000000", 1]];
  for (const release of ["v1-patch", "v2-patch"]) {
    const more = { init_allocator: true, current_reservation: 368 };
    holds(release, [boot(65536, { memmap }, more)], [
      { op: "boot", fault: "0xffffffffffffffff", mod_start: "0xfffffffff0170000" },
    ]);
  }
});

test("the bitmap is written over a module that was just taken", () => {
  const info = { memmap: [["0x0", "0x4000000", 1]], modules: [["0x171000", "0x1000"]] };
  holds("v2-patch", [
    { op: "write", addr: "0x171000", bytes: "4b657865634d656d000010000e00" },
    boot(1, info, { init_allocator: true, current_reservation: 20479 }),
  ], [{ op: "boot", mod_ptr: "0x171000", n_pages: 65535, recs_off: 65535 }]);
});

test("a slot behind memory faults at the byte that is read first", () => {
  const first = boot(2, { memmap: [["0x0", "0x4000000", 1]] }, { current_reservation: 20479 });
  const more = { op: "write", addr: "0x3fff00a", bytes: "0210" };
  const fault = { fault: "0x4000002" };
  const boots = { op: "boot", n_records: 16 };
  holds("v2-patch", [first, more, { op: "find", start: 0, type: 1 }], [
    boots,
    { op: "find", ...fault },
  ]);
  const update = { op: "upd", idx: 1020, type: 7, data: "00" };
  holds("v2-patch", [first, more, update], [boots, { op: "upd", ...fault }]);
  holds("v2-patch", [first, more, { op: "read", idx: 1020, size: 1 }], [
    boots,
    { op: "read", fault: "0x4000003" },
  ]);
});

test("a page that is no memory is freed: its head is not there, the order first", () => {
  const first = boot(2, { memmap: [["0x0", "0x4000000", 1]] }, {
    current_reservation: 20479,
    init_allocator: true,
  });
  for (const [addr, fault] of [["0x4000000", "0x4000010"], ["0x0", "0x10"]]) {
    holds("v2-patch", [first, { op: "pgfree", addr, order: 0 }], [{ op: "boot" }, {
      op: "pgfree",
      fault,
    }]);
  }
});

test("a chunk is joined with one that the bitmap has no bit for", () => {
  const high = [["0x0", "0x3ffd000", 1], ["0x100000000", "0x1000", 1]];
  const more = { current_reservation: 20480, init_allocator: true };
  const first = boot(18, { addr: "0x170ff0", memmap: high, cmdline: "abc" }, more);
  // The next page is no memory: its head cannot be read.
  holds("v2-patch", [
    first,
    { op: "pgalloc", order: 0 },
    { op: "pgfree", addr: "0x100000000", order: 0 },
  ], [
    { op: "boot", max_pfn: "0x100001" },
    { op: "pgalloc", ret: "0x100000000" },
    { op: "pgfree", fault: "0x100001010" },
  ]);
  // It is memory that the kernel does not use: its links are zeros, and one is written through.
  const memmap = [["0x0", "0x8000000", 1], ["0x100000000", "0x400000", 1]];
  holds("v2-patch", [
    boot(1, { memmap }, { current_reservation: 32769, init_allocator: true }),
    { op: "pgalloc", order: 0 },
    { op: "pgfree", addr: "0x100000000", order: 0 },
  ], [
    { op: "boot", max_pfn: "0x100001" },
    { op: "pgalloc", ret: "0x100000000" },
    { op: "pgfree", fault: "0x0", rec_end: "0x7fff04e", pg2rec: "", recs: "00".repeat(64) },
  ]);
});

test("a count of scratch pages is a signed number of 32 bits", () => {
  const first = boot(2, { memmap: [["0x0", "0x4000000", 1]] }, { current_reservation: 20479 });
  holds("v2-patch", [first, { op: "softres", pages: -1 }], [{ op: "boot" }, {
    op: "softres",
    pfn: "0x4000",
    e820: [
      ["0x0", "0x4000000", "0x1"],
      ["0x4000000", "0xfffffffffffff000", "0xefffffff"],
      ["0xfee00000", "0x1000", "0x2"],
    ],
  }]);
});

test("what a boot printed up to its death is told", () => {
  // The line of the page tables, where they have no memory; else the series' recordings leave it out.
  const high = [["0x0", "0x400000", 1], ["0x100000000", "0x1000", 1]];
  const info = { addr: "0x1000000", memmap: high };
  const told = (release: string, given: Fields, more: Fields, text: string) => {
    const lines = [
      { kind: "recording", format: 1, system: "minios", release, about: "facts" },
      { kind: "case", id: "fact", ops: [given], observed: [{ op: "boot", ...more, printk: text }] },
    ];
    const { cases } = replay(lines.map((l) => JSON.stringify(l)).join("\n"), [miniOs]);
    assert.deepEqual(cases[0]!.differences, []);
  };
  told(
    "v2-patch",
    boot(1, info, { current_reservation: 20480 }),
    { fault: "0x1001000" },
    "Mapping memory range 0x1200000 - 0x100001000\n",
  );
  // Before the series nothing looks whether a piece is empty.
  const ragged = [["0x0", "0x4000000", 1], ["0x3fff000", "0xfff", 6], ["0x4001000", "0x800", 1], [
    "0x4003000",
    "0x1000",
    1,
  ]];
  told(
    "2d3b22f8",
    boot(1, { memmap: ragged }, { init_allocator: true, current_reservation: 1000000 }),
    { fault: "0x4002010" },
    "Mapping memory range 0x200000 - 0x4004000\n" +
      "MM: Initialise page allocator for 160000(160000)-4004000(4004000)\n" +
      "    Adding memory range 161000-3fff000\n" +
      "    Adding memory range 4000000-4000000\n" +
      "    Adding memory range 4001000-4001800\n",
  );
});
