/** Images as Xen builds them: a worked example page by page, and what a failing allocation leaves behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, readWord, settle } from "../src/machine/mod.ts";
import { run } from "../src/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

const HOST = `machine m { memory 0 .. 639KiB, 1MiB .. 1023MiB }
boot xen 4.17 on m { cmdline "crashkernel=64M@768M"; dom0 linux 6.1 { memory 128MiB } }
`;

test("control pages are the lowest holes, tables in the order in which pages need them", () => {
  const lab = run(`${HOST}
image c : crash {
  map low at 0 size 1MiB
  segment text at 0x3010_0000 size 2MiB fill 1
}
load c`);
  assert.deepEqual(lab.failures, []);
  const image = lab.machine.images.get(lab.machine.slots.crash!)!;
  assert.equal(image.controlCodeFrame, 0x30000);
  assert.equal(image.pageTableRoot, 0x30001);
  assert.equal(image.head, 0x3000_5000n);
  assert.deepEqual(image.pageTableFrames, [0x30001, 0x30005, 0x30006, 0x3000b]);
  assert.equal(image.controlCursor, 0x3000_b000);
  const word = (at: number) => readWord(lab.machine, at);
  assert.equal(word(0x3000_5000), 4n);
  assert.equal(word(0x3000_1000), 0x3000_2063n, "root, entry 0");
  assert.equal(word(0x3000_1000 + 261 * 8), 0x3000_8063n, "root, entry of Xen's own address");
  assert.equal(word(0x3000_2000), 0x3000_3063n, "third level");
  assert.equal(word(0x3000_3000 + 0x180 * 8), 0x3000_4063n, "second level, of the code page");
  assert.equal(word(0x3000_4000), 0x3000_0063n, "the code page itself");
  assert.equal(word(0x3000_6000 + 255 * 8), 0x000f_f063n, "the last page below 1 MiB");
  assert.equal(word(0x3000_6000 + 256 * 8), 0n, "and nothing behind it");
});

test("a list longer than a page goes on in another; its links are in the last words", () => {
  const lab = run(`${HOST}
image d : default { segment data at 256MiB size 3MiB fill 1 }
load d`);
  const image = lab.machine.images.get(lab.machine.slots.default!)!;
  assert.equal(image.sourcePages, 768);
  const [first, , second] = image.indirectionFrames;
  assert.equal(readWord(lab.machine, first! * 4096 + 511 * 8), BigInt(second! * 4096 + 2));
  assert.equal(readWord(lab.machine, first! * 4096), 0x1000_0001n);
  assert.equal(readWord(lab.machine, second! * 4096 + (769 - 511) * 8), 4n);
});

function freePages(machine: Machine): number {
  return [...machine.free.from()].reduce((sum, e) => sum + e.end - e.start, 0);
}

test("whichever allocation fails, a load that is refused gives everything back", () => {
  const lab = run(`${HOST}
image a : default {
  segment data at 256MiB size 16KiB buffer 8KiB fill 1
  map low at 0 size 3MiB
}
load a
unload default`);
  const { machine } = lab;
  const before = freePages(machine);
  const image = {
    name: "a",
    slot: "default",
    flags: [],
    entryPoint: 0x1000_0000n,
    segments: [
      {
        name: "data",
        buffer: { recipe: { kind: "fill", byte: 1 }, readable: 8192, label: "fill" },
        bufferSize: 8192n,
        dest: 0x1000_0000n,
        destSize: 0x4000n,
      },
      {
        name: "low",
        buffer: { recipe: { kind: "unwritten" }, readable: 0, label: "null", pointer: 0n },
        bufferSize: 0n,
        dest: 0n,
        destSize: 0x30_0000n,
      },
    ],
  } as const;
  const refused: string[] = [];
  let swallowed = 0;
  for (let at = 0;; at++) {
    let reached = false;
    const context = { allocationFails: (count: number) => count === at && (reached = true) };
    const operation = { head: "load", args: { image }, clauses: [] };
    const { machine: after, result } = settle(machine, xen.decide(machine, operation, context));
    if (!reached) break;
    if (result.ret === "0") {
      swallowed++;
      assert.notEqual(after.slots.default, undefined);
      const unload = { head: "unload", args: { slot: "default" }, clauses: [] };
      const empty = settle(after, xen.decide(after, unload, { allocationFails: () => false }));
      assert.equal(freePages(empty.machine), before, `allocation ${at}, loaded and unloaded`);
    } else {
      refused.push(result.ret);
      assert.equal(after.slots.default, undefined);
      assert.equal(freePages(after), before, `allocation ${at}`);
      assert.equal([...after.owners.from()].some((e) => e.value.image !== undefined), false);
    }
  }
  assert.deepEqual(new Set(refused), new Set(["ENOMEM"]));
  assert.ok(refused.length > 6, `${refused.length} refused`);
  assert.ok(swallowed > 0, "an error of the data is lost where the pages can be mapped");
});

test("the relocation code of a default image lies below 4 GiB, whatever the heap prefers", () => {
  const lab = run(`machine m { memory 0 .. 639KiB, 1MiB .. 1023MiB, 4GiB .. 8GiB }
boot xen 4.17 on m { dom0 linux 6.1 { memory 128MiB } }
image d : default i386 { segment data at 256MiB size 8KiB fill 1 }
load d`);
  const image = lab.machine.images.get(lab.machine.slots.default!)!;
  assert.ok(image.controlCodeFrame! < 2 ** 20, `frame ${image.controlCodeFrame}`);
  assert.ok(image.pageTableRoot! >= 2 ** 20, "the tables may lie above");
});

test("when an image has control nobody answers a hypercall", () => {
  const lab = run(`${HOST}
image d : default { segment data at 256MiB size 4KiB fill 1; entry 256MiB }
load d
exec default`);
  assert.equal(lab.machine.power, "new-image");
  const operation = { head: "status", args: { slot: "default" }, clauses: [] };
  const { machine, result } = settle(
    lab.machine,
    xen.decide(lab.machine, operation, { allocationFails: () => false }),
  );
  assert.equal(result.ret, "XEN_GONE");
  assert.equal(machine.settings.get("kexec_flags"), lab.machine.settings.get("kexec_flags"));
});
