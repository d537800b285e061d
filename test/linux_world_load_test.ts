/** kexec_load: the order of checks, what failures leave behind, and what changed between releases. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readMemory, readWord } from "../src/machine/mod.ts";
import {
  boot,
  CRASH,
  crashRegion,
  DEFAULT,
  does,
  freeFrames,
  GIB,
  hazardsOf,
  loadedImage,
  loading,
  MIB,
  powered,
  ruleOf,
  sentence,
  unloading,
} from "./linux_world_lab.ts";

const REGION = 256 * MIB;
const PAGE = 4096;

function host(version: string, ...clauses: Parameters<typeof boot>[2][]) {
  return boot(powered(GIB), version, crashRegion(REGION, REGION + 64 * MIB), ...clauses);
}

test("the order of the checks: flags, number, architecture, array, entry, list", () => {
  const machine = host("6.1");
  const wild = sentence("segments_pointer", { value: "unmapped" });
  const call = (flags: bigint, nr: bigint) =>
    sentence(
      "kexec_load",
      {},
      sentence("flags", { value: flags }),
      sentence("nr_segments", { value: nr }),
      wild,
    );
  assert.equal(ruleOf(does(machine, call(0x3_8000n, 17n))), "unknown-flags");
  assert.equal(ruleOf(does(machine, call(0x3_0000n, 17n))), "too-many-segments");
  assert.equal(ruleOf(does(machine, call(0x3_0000n, 1n))), "wrong-architecture");
  assert.equal(ruleOf(does(machine, call(DEFAULT, 1n))), "segments-unreadable");
  assert.equal(does(machine, call(DEFAULT, 0n)).ret, "0");
});

test("before 5.15 the array is read after the old crash image is gone", () => {
  const wild = (machine: ReturnType<typeof host>) => {
    const loaded = does(machine, loading(CRASH, [{ mem: REGION + MIB, memsz: PAGE }])).machine;
    const call = sentence(
      "kexec_load",
      {},
      sentence("flags", { value: CRASH }),
      sentence("entry", { value: BigInt(REGION) }),
      sentence("nr_segments", { value: 1n }),
      sentence("segments_pointer", { value: "unmapped" }),
    );
    return does(loaded, call);
  };
  for (const [version, left] of [["4.18", undefined], ["5.15", 1], ["6.12", 1]] as const) {
    const done = wild(host(version));
    assert.equal(done.ret, "EFAULT", version);
    assert.equal(done.machine.slots.crash, left, version);
  }
});

test("flags by release", () => {
  const known = (version: string, flag: bigint, jump = false) => {
    const config = sentence("config", { name: "KEXEC_JUMP", state: jump ? "on" : "off" });
    return does(host(version, config), loading(DEFAULT | flag, [{ mem: 128 * MIB, memsz: PAGE }]))
      .ret === "0";
  };
  assert.deepEqual(["6.1", "6.6", "6.12"].map((v) => known(v, 4n)), [false, true, true]);
  assert.deepEqual(["6.1", "6.6", "6.12"].map((v) => known(v, 8n)), [false, false, true]);
  assert.deepEqual([known("6.1", 2n), known("6.1", 2n, true)], [false, true]);
  assert.ok(known("6.1", 1n << 40n), "bits above 31 get lost in the comparison");
});

test("control pages by release: one block of two pages, or a root of its own", () => {
  const layout = (version: string) => {
    const segments = [{ mem: REGION, memsz: PAGE }];
    const image = loadedImage(does(host(version), loading(CRASH, segments)).machine, "crash");
    const at = (frame: number | undefined) => frame! - REGION / PAGE;
    return [
      at(image.pageTableRoot),
      at(image.controlCodeFrame),
      at(image.vmcoreinfoFrame),
      image.controlCursor! - REGION,
    ];
  };
  // Page 0 holds the segment. Before 6.14 the first fit for two aligned pages is at page 2.
  assert.deepEqual(layout("6.1"), [2, 3, 6, 7 * PAGE - 1]);
  assert.deepEqual(layout("6.12"), [2, 1, 5, 6 * PAGE]);
  assert.deepEqual(layout("6.12.3"), [2, 3, 6, 7 * PAGE]);
  assert.deepEqual(layout("6.18"), [2, 1, 5, 6 * PAGE]);
  assert.deepEqual(layout("6.1.0-56-cloud-amd64"), layout("6.1"));
});

test("since 6.14 the relocation code is in its page when the load returns", () => {
  const code = (version: string) => {
    const { machine } = does(host(version), loading(CRASH, [{ mem: REGION + MIB, memsz: PAGE }]));
    return readMemory(machine, loadedImage(machine, "crash").controlCodeFrame! * PAGE, PAGE).some((
      b,
    ) => b !== 0);
  };
  assert.deepEqual(["6.12", "6.14"].map(code), [false, true]);
});

test("a root entry is marked since 6.13", () => {
  const entry = (version: string) => {
    const { machine } = does(host(version), loading(CRASH, [{ mem: REGION + MIB, memsz: PAGE }]));
    return readWord(machine, loadedImage(machine, "crash").pageTableRoot! * PAGE) >> 52n;
  };
  assert.deepEqual(["6.1", "6.12", "7.0"].map(entry), [0n, 0x40n, 0x40n]);
});

test("an empty segment at 0 covers all memory since 6.8", () => {
  const load = (version: string) => {
    const machine = host(version);
    const done = does(machine, loading(DEFAULT, [{ mem: 0, memsz: 0 }]));
    return [done.ret, done.ret === "0" || freeFrames(done.machine) === freeFrames(machine)];
  };
  assert.deepEqual(load("6.6"), ["0", true]);
  assert.deepEqual(load("6.8"), ["ENOMEM", true]);
});

test("a failed default load leaves the old image, a failed crash load leaves none", () => {
  const machine = host("6.1");
  const loaded = does(
    does(machine, loading(DEFAULT, [{ mem: 128 * MIB, memsz: PAGE }])).machine,
    loading(CRASH, [{ mem: REGION + MIB, memsz: PAGE, bufsz: PAGE, fill: 0x41 }]),
  ).machine;
  const bad = does(loaded, loading(DEFAULT, [{ mem: 1, memsz: PAGE }]));
  assert.deepEqual(bad.machine.slots, loaded.slots);
  const lost = does(loaded, loading(CRASH, [{ mem: 1, memsz: PAGE }], REGION));
  assert.equal(lost.machine.slots.crash, undefined);
  assert.deepEqual(hazardsOf(lost), ["crash-image-lost"]);
  assert.equal(readMemory(lost.machine, REGION + MIB, 1)[0], 0x41, "its bytes stay");
});

test("reading a buffer fails in the middle: what was read stays, the rest of the page is zeroed", () => {
  const machine = host("6.1");
  const before = does(
    machine,
    loading(CRASH, [{ mem: REGION + MIB, memsz: 3 * PAGE, bufsz: 3 * PAGE, fill: 1 }]),
  );
  const segments = [{
    mem: REGION + MIB,
    memsz: 3 * PAGE,
    bufsz: 3 * PAGE,
    fill: 2,
    readable: PAGE + 16,
  }];
  const done = does(before.machine, loading(CRASH, segments));
  assert.equal(done.ret, "EFAULT");
  const at = (offset: number) => readMemory(done.machine, REGION + MIB + offset, 1)[0];
  assert.deepEqual([0, PAGE - 1, PAGE + 15, PAGE + 16, 2 * PAGE - 1, 2 * PAGE].map(at), [
    2,
    2,
    2,
    0,
    0,
    1,
  ]);
});

test("the crash region is read-only but for the control code", () => {
  const { machine } = does(host("6.1"), loading(CRASH, [{ mem: REGION + MIB, memsz: PAGE }]));
  const code = loadedImage(machine, "crash").controlCodeFrame! * PAGE;
  const covered = (at: number) => machine.writeProtected.some((r) => at >= r.start && at < r.end);
  assert.deepEqual(
    [REGION, code, code + PAGE, REGION + 64 * MIB - 1, REGION + 64 * MIB].map(covered),
    [
      true,
      false,
      true,
      true,
      false,
    ],
  );
  assert.deepEqual(does(machine, unloading("crash")).machine.writeProtected, []);
});

test("limits count down with every call since 6.3, those that fail later too", () => {
  const machine = host("6.6", sentence("sysctl", { name: "kexec_load_limit_reboot", value: "2" }));
  const bad = does(machine, loading(DEFAULT, [{ mem: 1, memsz: PAGE }]));
  assert.equal(bad.ret, "EADDRNOTAVAIL");
  const good = does(bad.machine, loading(DEFAULT, [{ mem: 128 * MIB, memsz: PAGE }]));
  assert.equal(good.ret, "0");
  assert.equal(ruleOf(does(good.machine, unloading("default"))), "load-limit-reached");
  assert.equal(
    does(host("6.1"), sentence("sysctl", { name: "kexec_load_limit_reboot", value: "2" })).ret,
    "ENOENT",
  );
});

test("with 5-level paging the limit is 2^52 and one level more is made", () => {
  const far = [{ mem: 2 ** 47, memsz: PAGE }];
  assert.equal(ruleOf(does(host("6.1"), loading(DEFAULT, far))), "segment-beyond-limit");
  const wide = host("6.1", sentence("cpu", { features: ["la57"] }));
  const { machine, ret } = does(wide, loading(DEFAULT, far));
  assert.equal(ret, "0");
  const tables = (m: typeof machine) => {
    const { pageTableFrames } = loadedImage(m, "default");
    let count = 0;
    for (let i = 0; i < pageTableFrames.length; i += 2) {
      count += pageTableFrames[i + 1]! - pageTableFrames[i]!;
    }
    return count;
  };
  // Root, then for low memory three tables, for 2^47 two: both lie in the same 256 TiB.
  assert.equal(tables(machine), 6);
});

test("whatever fails in a crash load, the region stays the region's and nothing outside is lost", () => {
  const segments = [{ mem: REGION, memsz: PAGE }, { mem: REGION + 16 * PAGE, memsz: 64 * PAGE }];
  for (const version of ["4.18", "6.1", "6.12", "7.0"]) {
    const machine = host(version);
    let asked = 0;
    does(machine, loading(CRASH, segments), { allocationFails: () => (asked++, false) });
    for (let failing = 0; failing < asked; failing++) {
      const context = { allocationFails: (n: number) => n === failing };
      const done = does(machine, loading(CRASH, segments), context);
      if (done.ret === "0") continue; // a table that does not count, before 5.11
      assert.equal(done.ret, "ENOMEM");
      assert.equal(freeFrames(done.machine), freeFrames(machine));
      for (const extent of done.machine.owners.within(REGION / PAGE, (REGION + 64 * MIB) / PAGE)) {
        assert.equal(extent.value.kind, "crash-region");
      }
    }
  }
});
