/** The identity map, read back from the page tables in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boot,
  DEFAULT,
  does,
  GIB,
  loadedImage,
  loading,
  powered,
  sentence,
} from "./linux_world_lab.ts";
import { mappedRanges } from "../src/machine/mod.ts";

const PAGE = 4096;

function maps(ram: number, version: string, features: string[], mem = 128 * 2 ** 20): string[] {
  const cpu = features.length === 0 ? [] : [sentence("cpu", { features })];
  const { machine } = does(
    boot(powered(ram), version, ...cpu),
    loading(DEFAULT, [{ mem, memsz: PAGE }]),
  );
  const root = loadedImage(machine, "default").pageTableRoot!;
  return mappedRanges(machine, root, features.includes("la57") ? 5 : 4)
    .filter((m) => m.start < 1n << 63n)
    .map((m) =>
      `${m.start.toString(16)}-${m.end.toString(16)} ${m.pageSize.toString(16)} ${
        m.flags.toString(16)
      }`
    );
}

test("all RAM is mapped from 0 on, holes of the first MiB included, in pages of 2 MiB", () => {
  assert.deepEqual(maps(GIB, "6.1", []), ["0-40000000 200000 1e3"]);
  assert.deepEqual(
    maps(GIB - 0x20000, "6.1", []),
    ["0-40000000 200000 1e3"],
    "ends are rounded out",
  );
});

test("a segment outside RAM is mapped too", () => {
  assert.deepEqual(maps(GIB, "6.1", [], 0xe0000000), [
    "0-40000000 200000 1e3",
    "e0000000-e0200000 200000 1e3",
  ]);
});

test("1 GiB pages: only for a whole GiB now, for every GiB that was touched before", () => {
  const ram = 3 * GIB - 0x20000;
  assert.deepEqual(maps(ram, "6.12", ["gbpages"]), [
    "0-80000000 40000000 1e3",
    "80000000-c0000000 200000 1e3",
  ]);
  assert.deepEqual(maps(ram, "4.18", ["gbpages"]), ["0-c0000000 40000000 1e3"]);
  assert.deepEqual(maps(ram, "6.1.0-56-cloud-amd64", ["gbpages"]), maps(ram, "6.12", ["gbpages"]));
});

test("5 levels map the same", () => {
  assert.deepEqual(maps(GIB, "6.1", ["la57"]), maps(GIB, "6.1", []));
});

test("8 TiB cost a page for each GiB, and no event for each", () => {
  const machine = boot(
    powered(8 * 2 ** 40),
    "6.12",
    sentence("total_ram_pages", { count: 1n << 33n }),
  );
  const done = does(machine, loading(DEFAULT, [{ mem: 128 * 2 ** 20, memsz: PAGE }]));
  assert.equal(done.ret, "0");
  assert.ok(done.events.length < 120, `${done.events.length} events`);
  const image = loadedImage(done.machine, "default");
  const [first] = mappedRanges(done.machine, image.pageTableRoot!, 4);
  assert.deepEqual([first!.start, first!.end], [0n, 8n * 2n ** 40n]);
});
