/** kexec_crash_size, sysctls, locks, starting images, /proc/iomem, kexec_file_load by release. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "../src/machine/mod.ts";
import { crashLowRegion, crashRegion as regionOf, iomemLines } from "../src/worlds/linux/mod.ts";
import {
  ask,
  boot,
  CRASH,
  crashRegion,
  DEFAULT,
  does,
  type Done,
  GIB,
  loadedImage,
  loading,
  MIB,
  powered,
  ruleOf,
  sentence,
} from "./linux_world_lab.ts";

const PAGE = 4096;
const LOW = 256 * MIB;
const HIGH = 5 * GIB;

function big(version: string): Machine {
  const low = sentence("crash_low_region", {
    range: { start: BigInt(LOW), end: BigInt(LOW + 256 * MIB) },
  });
  return boot(powered(8 * GIB), version, crashRegion(HIGH, HIGH + 512 * MIB), low);
}

const write = (text: string) => sentence("write", { path: "/sys/kernel/kexec_crash_size", text });

function shrunk(version: string, size: number): (number | undefined)[] {
  const { machine, ret } = does(big(version), write(String(size)));
  assert.equal(ret, "0");
  const [main, low] = [regionOf(machine), crashLowRegion(machine)];
  return [main?.start, main?.end, low?.start, low?.end];
}

test("shrinking: the main region alone up to 6.4, both later, the low one last", () => {
  const half = 256 * MIB;
  assert.deepEqual(shrunk("6.1", half), [HIGH, HIGH + half, LOW, LOW + half]);
  assert.deepEqual(shrunk("6.12", half + 8 * MIB), [HIGH, HIGH + 8 * MIB, LOW, LOW + half]);
  assert.deepEqual(shrunk("6.12", half), [LOW, LOW + half, undefined, undefined]);
  assert.deepEqual(shrunk("6.12", 8 * MIB), [LOW, LOW + 8 * MIB, undefined, undefined]);
});

test("shrinking the low region wrote the main one's end until that was mended", () => {
  assert.deepEqual(shrunk("6.12.50", 8 * MIB), [0, LOW + 8 * MIB, LOW, LOW + 256 * MIB]);
  assert.deepEqual(shrunk("6.12.59", 8 * MIB), [LOW, LOW + 8 * MIB, undefined, undefined]);
});

test("what is given back is free memory and counts for the half that may be loaded", () => {
  const before = big("6.12");
  const total = (m: Machine) => ask(m, "total_ram_pages");
  const { machine } = does(before, write("0"));
  assert.deepEqual(total(before).kind, "integer");
  const gained = (total(machine) as { value: bigint }).value -
    (total(before) as { value: bigint }).value;
  assert.equal(gained, BigInt(768 * MIB / PAGE));
  assert.ok(machine.free.get(HIGH / PAGE) && machine.free.get(LOW / PAGE));
  assert.equal(
    ruleOf(does(machine, loading(CRASH, [{ mem: HIGH, memsz: PAGE }]))),
    "crash-entry-outside",
  );
});

test("numbers as the kernel reads them", () => {
  const ret = (text: string) => does(big("6.12"), write(text)).ret;
  assert.deepEqual(["0x1000", "010000", "+4096", "4096\n"].map(ret), ["0", "0", "0", "0"]);
  assert.deepEqual(
    ["", "4096 ", "-1", "64M", "08", "0x", "18446744073709551616"].map(ret),
    Array(7).fill("EINVAL"),
  );
});

test("/proc/iomem follows the region", () => {
  const lines = (m: Machine) => iomemLines(m).filter((l) => /Crash|^ {2}.*System RAM/.test(l));
  const machine = boot(powered(GIB), "6.1", crashRegion(LOW, LOW + 64 * MIB));
  assert.deepEqual(lines(machine), ["  10000000-13ffffff : Crash kernel"]);
  const { machine: less } = does(machine, write(String(16 * MIB)));
  assert.deepEqual(lines(less), [
    "  10000000-10ffffff : Crash kernel",
    "  11000000-13ffffff : System RAM",
  ]);
});

/** What the image does once it runs is another matter. */
function startsImage({ events }: Done): boolean {
  return events.some((e) => e.kind === "power-changed" && e.power === "new-image");
}

test("while somebody holds the lock nothing goes on, and a panic starts no crash image", () => {
  const machine = boot(powered(GIB), "6.1", crashRegion(LOW, LOW + 64 * MIB));
  const loaded = does(machine, loading(CRASH, [{ mem: LOW + MIB, memsz: PAGE }])).machine;
  const held = does(loaded, sentence("hold", { lock: "kexec_lock" })).machine;
  const operations = [
    loading(DEFAULT, [{ mem: 128 * MIB, memsz: PAGE }]),
    write("0"),
    sentence("exec"),
  ];
  for (const operation of operations) assert.equal(ruleOf(does(held, operation)), "kexec-busy");
  assert.ok(!startsImage(does(held, sentence("panic"))));
  assert.ok(startsImage(does(loaded, sentence("panic"))));
  const released = does(held, sentence("release", { lock: "kexec_lock" })).machine;
  assert.ok(startsImage(does(released, sentence("panic"))));
});

test("loading disabled: the image that is there can still be started", () => {
  const machine = boot(powered(GIB), "6.1");
  const loaded = does(machine, loading(DEFAULT, [{ mem: 128 * MIB, memsz: PAGE }])).machine;
  const disabled =
    does(loaded, sentence("sysctl", { name: "kexec_load_disabled", value: "1" })).machine;
  assert.equal(does(disabled, loading(DEFAULT, [{ mem: 128 * MIB, memsz: PAGE }])).ret, "EPERM");
  assert.ok(startsImage(does(disabled, sentence("exec"))));
});

function fileLoad(flags: bigint, ...clauses: Parameters<typeof sentence>[2][]) {
  return sentence(
    "kexec_file_load",
    {},
    sentence("kernel", { file: "bzImage" }),
    sentence("flags", { value: flags }),
    ...clauses,
  );
}

test("kexec_file_load: from the lowest range that fits up to 6.7, from the highest later", () => {
  const place = (version: string) => {
    const { machine, ret } = does(boot(powered(GIB), version), fileLoad(4n));
    assert.equal(ret, "0", version);
    return loadedImage(machine, "default").segments.map((s) =>
      [s.name, s.dest.toString(16)].join(" ")
    );
  };
  assert.deepEqual(place("6.1"), ["purgatory 9a000", "boot_params 98000", "kernel 3cc00000"]);
  assert.deepEqual(place("6.12"), [
    "purgatory 3fffb000",
    "boot_params 3fff9000",
    "kernel 3cc00000",
  ]);
});

test("kexec_file_load flags by release", () => {
  const ret = (version: string, flag: bigint) =>
    does(boot(powered(GIB), version), fileLoad(4n | flag)).ret;
  assert.deepEqual(["6.6", "6.12"].map((v) => ret(v, 8n)), ["EINVAL", "0"]);
  assert.deepEqual(["6.16", "6.18"].map((v) => ret(v, 0x10n)), ["EINVAL", "0"]);
  assert.deepEqual(["6.16", "6.18"].map((v) => ret(v, 0x20n)), ["EINVAL", "0"]);
});

test("an image that a script declares can go through kexec_file_load with its own placement", () => {
  const machine = boot(powered(GIB), "6.1", crashRegion(LOW, LOW + 64 * MIB));
  const buffer = { recipe: { kind: "zeros" }, readable: PAGE, label: "zeros" } as const;
  const image = {
    name: "own",
    slot: "crash",
    flags: ["file"],
    entryPoint: 0n,
    segments: [{
      name: "s",
      buffer,
      bufferSize: 0n,
      dest: BigInt(LOW + MIB),
      destSize: BigInt(PAGE),
    }],
  } as const;
  // kexec_file_load computes the entry point itself and never checks it.
  assert.equal(does(machine, sentence("load", { image })).ret, "0");
  assert.equal(
    ruleOf(does(machine, sentence("load", { image, via: "kexec_load" }))),
    "crash-entry-outside",
  );
});
