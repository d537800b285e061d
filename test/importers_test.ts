/** Real maps from logs and mails, broken text, and the laws of the importers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  crashRangesOfIomem,
  firmwareMapOfIomem,
  formatE820,
  formatIomem,
  importE820,
  type Imported,
  importIomem,
  importMemoryMap,
  kernelRangesOfIomem,
} from "../src/importers/mod.ts";
import type { FirmwareRegion, Range, RegionType, Resource } from "../src/memory/mod.ts";

interface Entry {
  readonly file: string;
  readonly kind: string;
  readonly expected: {
    readonly map_usable_ranges?: number;
    readonly map_usable_bytes?: number;
    readonly usable_entries?: number;
    readonly system_ram_entries?: number;
    readonly crash_kernel?: readonly string[];
    readonly total_memory_mb?: number;
  };
}

const CORPUS = new URL("./corpus/", import.meta.url);

function corpus(file: string): string {
  return readFileSync(new URL(file, CORPUS), "utf8");
}

const INDEX: readonly Entry[] = corpus("INDEX.jsonl").trim().split("\n").map((l) => JSON.parse(l));

function good<T>(result: Imported<T>): T {
  assert.ok(result.ok, result.ok ? "" : result.problem.message);
  return result.value;
}

function bad<T>(result: Imported<T>): { line: number; message: string; hint?: string } {
  assert.ok(!result.ok, "accepted");
  return result.problem;
}

function notesOf<T>(result: Imported<T>): string {
  assert.ok(result.ok);
  return result.notes.map((note) => `${note.line} ${note.message}`).join("\n");
}

function usable(regions: readonly FirmwareRegion[]): { count: number; bytes: number } {
  const ram = regions.filter((region) => region.type === "usable");
  return { count: ram.length, bytes: ram.reduce((n, { range: r }) => n + r.end - r.start, 0) };
}

function hex(range: Range): string {
  return `${range.start.toString(16)}-${(range.end - 1).toString(16)}`;
}

function every(resources: readonly Resource[]): Resource[] {
  return resources.flatMap((resource) => [resource, ...every(resource.children)]);
}

function assertSane(regions: readonly FirmwareRegion[]): void {
  let end = 0;
  for (const { range, label } of regions) {
    assert.ok(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end));
    assert.ok(range.start >= end && range.end > range.start, `${hex(range)} after ${end}`);
    assert.equal(typeof label, "string");
    end = range.end;
  }
}

/**
 * Where the index counts otherwise, and why ours is right. It counted lines by a pattern: also
 * pieces of other machines' maps below the map, and not the lines of a word diff in `{+ +}`.
 */
const COUNTED_OTHERWISE: ReadonlyMap<string, { count: number; bytes: number }> = new Map([
  ["e820/efistub-tpm-use-acpi-reclaim-memory-2.txt", { count: 6, bytes: 32511070208 }],
  ["e820/efistub-tpm-use-acpi-reclaim-memory-3.txt", { count: 2, bytes: 1763258368 }],
  ["e820/efistub-tpm-use-acpi-reclaim-memory-4.txt", { count: 7, bytes: 34231885824 }],
]);

/** Resources that someone shortened by hand, so that they end before they start. */
const SHORTENED: ReadonlyMap<string, number> = new Map([
  ["iomem/cxl-acpi-add-background-worker-to-co.txt", 0],
  ["iomem/cxl-acpi-add-background-worker-to-co-2.txt", 0],
]);

for (const { file, kind, expected } of INDEX) {
  if (kind === "iomem") {
    test(`corpus ${file}`, () => {
      const resources = good(importIomem(corpus(file)));
      const ram = every(resources).filter((r) => r.name.startsWith("System RAM"));
      assert.equal(ram.length, SHORTENED.get(file) ?? expected.system_ram_entries);
      const crash = crashRangesOfIomem(resources).map((r) => `${hex(r)} : Crash kernel`);
      assert.deepEqual(crash, expected.crash_kernel ?? []);
      assertSane(firmwareMapOfIomem(resources));
      assert.equal(good(importMemoryMap(corpus(file))).kind, "iomem");
    });
  } else if (expected.total_memory_mb !== undefined) {
    test(`corpus ${file} has no map`, () => {
      assert.match(bad(importMemoryMap(corpus(file))).message, /no memory map/);
    });
  } else {
    test(`corpus ${file}`, () => {
      const regions = good(importE820(corpus(file)));
      assertSane(regions);
      assert.equal(good(importMemoryMap(corpus(file))).kind, "e820");
      const { count, bytes } = COUNTED_OTHERWISE.get(file) ??
        { count: expected.map_usable_ranges ?? 0, bytes: expected.map_usable_bytes ?? 0 };
      assert.deepEqual(usable(regions), { count, bytes });
    });
  }
}

test("first and last RAM of maps in each spelling", () => {
  const ends = (file: string) => {
    const ram = good(importE820(corpus(file))).filter((r) => r.type === "usable");
    return [hex(ram[0].range), hex(ram[ram.length - 1].range), ram[0].label];
  };
  assert.deepEqual(ends("xen/fujitsu-128g-crashkernel-252m-below4g.txt"), [
    "0-993ff",
    "100000000-207fffffff",
    "usable",
  ]);
  assert.deepEqual(ends("xen/supermicro-128g-efi-xen4143.txt"), [
    "0-9ffff",
    "100000000-207fffffff",
    "usable",
  ]);
  assert.deepEqual(ends("e820/linux7-acpi-x86-rtc-cmos-use-platform-devic.txt"), [
    "0-9ffff",
    "100000000-55e2fffff",
    "System RAM",
  ]);
  assert.deepEqual(ends("crashkernel/bhyve-odd-low-range.txt"), ["0-9fffe", "0-9fffe", "usable"]);
});

test("the tree of /proc/iomem, with the kernel and the crash region in it", () => {
  const tree = good(importIomem(corpus("iomem/pci-hv-allocate-mmio-from-above-4gb.txt")));
  assert.equal(tree.length, 13);
  const low = tree.find((r) => r.range.start === 0x100000);
  assert.deepEqual(low?.children.map((r) => r.name), ["Crash kernel"]);
  const kernel = kernelRangesOfIomem(tree);
  assert.deepEqual(kernel.code, { start: 0x281600000, end: 0x2829544a0 });
  assert.deepEqual(kernel.bss, { start: 0x28411a000, end: 0x284600000 });
  assert.deepEqual(crashRangesOfIomem(tree), [{ start: 0xd7000000, end: 0xf7000000 }]);
});

test("below the deepest indentation, what lies inside the line before is nested in it", () => {
  const tree = good(importIomem(corpus("iomem/pcie-hotplug-behind-pex8748-bridge-w.txt")));
  const bus = every(tree).filter((r) => r.name === "PCI Bus 0000:0c")
    .find((r) => r.range.start === 0xdf000000);
  assert.deepEqual(every(bus?.children ?? []).map((r) => r.name), ["0000:0c:00.0", "mrf-pci"]);
});

test("reserved memory inside RAM is cut out of it, the kernel is not", () => {
  const tree = good(importIomem(
    "40000000-4fffffff : System RAM\n" +
      "  40080000-407fffff : Kernel code\n" +
      "  41000000-41ffffff : reserved\n" +
      "50000000-50ffffff : serial\n",
  ));
  assert.deepEqual(
    firmwareMapOfIomem(tree).map((r) => [hex(r.range), r.type, r.label]),
    [
      ["40000000-40ffffff", "usable", "System RAM"],
      ["41000000-41ffffff", "reserved", "reserved"],
      ["42000000-4fffffff", "usable", "System RAM"],
    ],
  );
});

test("regions inside devices, and RAM that a driver added", () => {
  const tree = good(importIomem(
    "180000000-1ffffffff : Soft Reserved\n" +
      "  180000000-1bfffffff : dax1.0\n" +
      "    180000000-1bfffffff : System RAM (kmem)\n" +
      "200000000-2ffffffff : PCI Bus 0000:00\n" +
      "  210000000-21fffffff : Reserved\n",
  ));
  assert.deepEqual(
    firmwareMapOfIomem(tree).map((r) => [hex(r.range), r.type, r.label]),
    [
      ["180000000-1bfffffff", "usable", "System RAM (kmem)"],
      ["1c0000000-1ffffffff", "soft-reserved", "Soft Reserved"],
      ["210000000-21fffffff", "reserved", "Reserved"],
    ],
  );
});

test("every spelling of e820 lines", () => {
  const one = (line: string) =>
    good(importE820(line)).map((r) => `${hex(r.range)} ${r.type} ${r.label}`).join();
  const cases: [string, string][] = [
    ["BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable", "0-9fbff usable usable"],
    [" BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)", "0-9fbff usable usable"],
    ["(XEN)  [0000000000000000, 000000000009fbff] (usable)", "0-9fbff usable usable"],
    ["(XEN)  0000000000000000 - 000000000009fc00 (usable)", "0-9fbff usable usable"],
    ["[mem 0x0-0xfff] reserved", "0-fff reserved reserved"],
    ["> > [    0.000000] BIOS-e820: [mem 0x1000-0x1fff] ACPI NVS", "1000-1fff acpi-nvs ACPI NVS"],
    [
      "<6>[    0.0][    T0] BIOS-e820: [mem 0x1000-0x1fff] ACPI data",
      "1000-1fff acpi-data ACPI data",
    ],
    ["Dec 17 14:39 host kernel: Xen: [mem 0x1000-0x1fff] unusable", "1000-1fff unusable unusable"],
    [
      "BIOS-e820: [mem 0x1000-0x1fff] persistent (type 7)",
      "1000-1fff persistent persistent (type 7)",
    ],
    [
      "BIOS-e820: [mem 0x1000-0x1fff]  persistent RAM (type 12)",
      "1000-1fff persistent persistent RAM (type 12)",
    ],
    ["BIOS-e820: [mem 0x1000-0x1fff] soft reserved", "1000-1fff soft-reserved soft reserved"],
    ["BIOS-e820: [mem 0x1000-0x1fff]  device reserved", "1000-1fff reserved device reserved"],
    ["BIOS-e820: [mem 0x1000-0x1fff] type 20", "1000-1fff other type 20"],
    ["BIOS-e820: [mem 0x1000-0x1fff] purple", "1000-1fff other purple"],
    ["BIOS-e820: [mem 0x1000-0x1fff]\nusable", "1000-1fff usable usable"],
    ["> BIOS-e820: [mem 0x1000-0x1fff] ACPI\n> data", "1000-1fff acpi-data ACPI data"],
    ["BIOS-e820: [mem\n0x1000-0x1fff] usable", "1000-1fff usable usable"],
    ["BIOS-e820: [mem 0x1000-0x1fff] usa=\nble", "1000-1fff usable usable"],
    ["BIOS-e820: [mem [-0x1000-0x1fff]-] {+0x2000-0x2fff]+} usable", "2000-2fff usable usable"],
    ["BIOS-e820: [mem 0x1000-0x1fff] usable\r\n", "1000-1fff usable usable"],
    [
      "BIOS-e820: [gap 0x0-0xfff]\nBIOS-e820: [mem 0x1000-0x1fff] usable",
      "1000-1fff usable usable",
    ],
  ];
  for (const [line, wanted] of cases) assert.equal(one(line), wanted, line);
});

test("lines that only look like a map", () => {
  for (
    const line of [
      "ACPI: Reserving FACP table memory at [mem 0x9697f000-0x9697f113]",
      "  node   0: [mem 0x0000000000001000-0x000000000009efff]",
      "  DMA32    [mem 0x0000000001000000-0x00000000ffffffff]",
      "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved",
      "e820: reserve RAM buffer [mem 0x0009f800-0x0009ffff]",
      "software IO TLB: mapped [mem 0x2918f000-0x2d18f000] (64MB)",
      "efi: mem00: type=3, range=[0x0000000000000000-0x0000000000001000) (0MB)",
      "0000000080000000-00000000bfffffff (0)",
    ]
  ) assert.match(bad(importE820(line)).message, /No line of an e820 map/, line);
});

const BOOT = [
  "BIOS-provided physical RAM map:",
  "BIOS-e820: [mem 0x00000000-0x0009ffff] usable",
  "BIOS-e820: [mem 0x00100000-0x1fffffff] usable",
  "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved",
  "user-defined physical RAM map:",
  "user: [mem 0x00000000-0x0009ffff] usable",
  "user: [mem 0x00100000-0x0fffffff] usable",
].join("\n");

test("of the maps of one boot the firmware's is used, and another can be asked for", () => {
  const result = importE820(BOOT);
  assert.equal(usable(good(result)).bytes, 0x1ffa0000);
  assert.equal(
    notesOf(result),
    "4 The kernel changed its map later, once: left out\n" +
      "5 The `user` map of 2 regions: left out, the `bios` map is used",
  );
  assert.equal(usable(good(importE820(BOOT, { map: "user" }))).bytes, 0xffa0000);
  const other = importE820(BOOT, { map: "modified" });
  assert.equal(usable(good(other)).bytes, 0x1ffa0000);
  assert.match(notesOf(other), /There is no `modified` map: the `bios` map is used/);
});

test("repeated, overlapping and impossible lines are told of", () => {
  const result = importE820([
    "[mem 0x1000-0x1fff] usable",
    "[mem 0x3000-0x3fff] reserved",
    "[mem 0x1000-0x1fff] usable",
    "[mem 0x9000-0x8fff] usable",
    "[mem 0xfffffffffffff000-0xffffffffffffffff] reserved",
    "[mem 0x3800-0x4fff] usable",
  ].join("\n"));
  assert.equal(good(result).length, 2);
  assert.equal(
    notesOf(result),
    "3 The same region as in line 1: merged\n" +
      "4 Region ends before it starts: left out\n" +
      "5 Address at or above 2^53: left out\n" +
      "6 Overlaps the region in line 2: taken for another map\n" +
      "6 Another map of 1 region begins here: left out",
  );
});

test("iomem lines that do not fit are told of", () => {
  const result = importIomem([
    "> 00001000-0009ffff : System RAM   <--- low",
    "> 00100000-1fffffff : System RAM",
    ">   30000000-300fffff : stray",
    "> 20000000-1fffffff : backwards",
    "> ffffffff00000000-ffffffffffffffff : far",
    "> 00001000-0009ffff : System RAM",
    "> 00100000-2fffffff : System RAM",
  ].join("\n"));
  assert.deepEqual(good(result).map((r) => r.name), ["System RAM", "System RAM", "stray"]);
  assert.equal(
    notesOf(result),
    "1 Remark `<--- low`: left out\n" +
      "3 `stray` is not inside what it is nested in: moved up\n" +
      "4 `backwards` ends before it starts: left out\n" +
      "5 `far` has an address at or above 2^53: left out\n" +
      "6 Another dump begins here: left out",
  );
});

test("text that holds no map is refused, with a hint where there is one", () => {
  const zero = bad(importMemoryMap("00000000-00000000 : Reserved\n  00000000-00000000 : ROM\n"));
  assert.match(zero.message, /All addresses are zero/);
  assert.match(zero.hint ?? "", /sudo/);
  assert.match(bad(importMemoryMap("0000-0cf7 : PCI Bus 0000:00\n")).message, /ioports/);
  assert.match(bad(importMemoryMap(" \n\n")).message, /empty/);
  assert.deepEqual(bad(importMemoryMap("ELF\n\x7f\0\0")).line, 2);
  assert.match(bad(importMemoryMap("Dear all,\nit does not boot.")).message, /no memory map/);
  assert.match(bad(importIomem("a-b : c")).message, /No line of \/proc\/iomem/);
  assert.match(
    bad(importIomem("00002000-00001fff : RAM <- here")).message,
    /ends before it starts/,
  );
  assert.match(
    bad(importE820("RAM map:\ne820: remove [mem 0x000a0000-0x000fffff] usable")).message,
    /No line of an e820 map/,
  );
  assert.equal(bad(importE820("\n[mem 0x2000-0x1000] usable")).line, 2);
});

test("a text with both kinds of map gives the larger", () => {
  const both = importMemoryMap(`${BOOT}\n  65000000-6affffff : Crash kernel\n`);
  assert.equal(good(both).kind, "e820");
  assert.match(notesOf(both), /1 line of \/proc\/iomem/);
});

// Laws. The seed is fixed so that a failure repeats; fast-check prints the shrunk text.
const RUNS = { seed: 20, numRuns: 400 };

/** Scraps that together come close to maps, so that random text is not merely unrelated. */
const scrap = fc.oneof(
  fc.constantFrom(
    "BIOS-e820: ",
    "user: ",
    "(XEN)  ",
    "[mem ",
    "[gap ",
    "]",
    " usable",
    " ACPI",
    " (reserved)",
    " : System RAM",
    " : Reserved",
    "RAM map:",
    "\n",
    "\n  ",
    "\n\t> ",
    "{+",
    "+}",
    "[-",
    "-]",
    "=",
    " - ",
    "-",
    ", ",
    "0x",
  ),
  fc.nat(0xffff).map((n) => n.toString(16)),
  fc.bigInt(0n, 2n ** 64n).map((n) => `0x${n.toString(16)}`),
  fc.string({ maxLength: 4 }),
);

const anyText = fc.oneof(
  fc.string({ maxLength: 200, unit: "binary" }),
  fc.array(scrap, { maxLength: 80 }).map((parts) => parts.join("")),
  fc.constantFrom(...INDEX).chain(({ file }) =>
    fc.tuple(fc.nat(4000), fc.nat(200), fc.string({ maxLength: 5 })).map(([at, cut, more]) => {
      const text = corpus(file);
      return text.slice(0, at) + more + text.slice(at + cut);
    })
  ),
);

test("law: importers never throw, and what they accept is sane", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const e820 = importE820(text);
      if (e820.ok) assertSane(e820.value);
      const iomem = importIomem(text);
      if (iomem.ok) {
        for (const { range } of every(iomem.value)) assert.ok(range.start < range.end);
        assertSane(firmwareMapOfIomem(iomem.value));
      }
      const map = importMemoryMap(text);
      assert.equal(map.ok, e820.ok || iomem.ok);
      const lines = text.split("\n").length;
      for (const result of [e820, iomem, map]) {
        const told = result.ok ? result.notes : [result.problem];
        for (const { line } of told) assert.ok(line >= 1 && line <= lines, `line ${line}`);
      }
    }),
    RUNS,
  );
});

const LABELS: readonly (readonly [RegionType, string])[] = [
  ["usable", "usable"],
  ["usable", "System RAM"],
  ["reserved", "reserved"],
  ["acpi-data", "ACPI data"],
  ["acpi-nvs", "ACPI NVS"],
  ["unusable", "unusable"],
  ["persistent", "persistent (type 7)"],
  ["soft-reserved", "soft reserved"],
  ["other", "type 20"],
];

const anyMap = fc.array(
  fc.tuple(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 40 }), fc.constantFrom(...LABELS)),
  { minLength: 1, maxLength: 40 },
).map((parts) => {
  let at = 0;
  return parts.map(([gap, size, [type, label]]) => {
    const range = { start: at + gap, end: at + gap + size };
    at = range.end;
    return { range, type, label };
  });
});

test("law: an e820 map printed and read again is the same", () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const result = importE820(formatE820(map));
      assert.deepEqual(good(result), map);
    }),
    RUNS,
  );
});

/** A resource with children side by side inside it, like the kernel keeps them. */
const anyResource: (range: Range, depth: number) => fc.Arbitrary<Resource> = (range, depth) =>
  fc.record({
    range: fc.constant(range),
    name: fc.constantFrom("System RAM", "Reserved", "PCI Bus 0000:00", "Crash kernel", "a : b"),
    children: depth === 0 ? fc.constant([]) : anyChildren(range, depth - 1),
  }, { noNullPrototype: true });

function anyChildren(within: Range, depth: number): fc.Arbitrary<Resource[]> {
  return fc.uniqueArray(fc.integer({ min: within.start, max: within.end }), { maxLength: 6 })
    .chain((cuts) => {
      const sorted = cuts.sort((a, b) => a - b);
      const pairs = sorted.slice(1).flatMap((end, i) =>
        i % 2 === 0 ? [{ start: sorted[i], end }] : []
      );
      return fc.tuple(...pairs.map((range) => anyResource(range, depth)));
    });
}

test("law: a resource tree printed and read again is the same, however deep", () => {
  const trees = anyChildren({ start: 1, end: 2 ** 46 }, 8).filter((tree) => tree.length > 0);
  fc.assert(
    fc.property(trees, (tree) => {
      assert.deepEqual(good(importIomem(formatIomem(tree))), tree);
    }),
    RUNS,
  );
});
