/** What each world shows of itself: at every step of its examples, and of a machine that is damaged. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Executor, NO_FILES } from "../src/engine/mod.ts";
import { NO_MACHINE } from "../src/machine/mod.ts";
import { decodePage } from "../src/tui/panes/page_decode.ts";
import { plainText } from "../src/tui/styled.ts";
import { parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { renderPanels } from "../src/views/mod.ts";
import { worlds } from "../src/worlds/mod.ts";

const STORIES = {
  linux: "crash_reload.kx",
  xen: "xen_replace.kx",
  mini_os: "handover.kx",
} as const;

function ran(text: string): Executor {
  const executor = new Executor({ worlds, invariants: [], files: NO_FILES });
  const source = new SourceText(0, "story.kx", text);
  for (const _ of executor.run(source, parse(source).script.body)) { /* to its end */ }
  return executor;
}

for (const world of worlds) {
  test(`panels: ${world.name} has something to show at every step, on few lines`, () => {
    const path = new URL(
      `../examples/${STORIES[world.name as keyof typeof STORIES]}`,
      import.meta.url,
    );
    const { timeline } = ran(readFileSync(path, "utf8"));
    let shown = 0;
    for (let step = 0; step <= timeline.length; step++) {
      const machine = timeline.stateAt(step);
      const lines = renderPanels(machine, world.panels ?? []);
      if (machine.system?.world === world.name && lines.length > 0) shown++;
      assert.ok(lines.length < 200, `${lines.length} lines at step ${step}`);
    }
    assert.ok(shown > timeline.length / 2, `${shown} of ${timeline.length}`);
  });

  test(`panels: ${world.name} shows a machine that is off`, () => {
    assert.doesNotThrow(() => renderPanels(NO_MACHINE, world.panels ?? []));
  });
}

test("panels: Xen's position follows the image that a panic would run", () => {
  const xen = worlds.find(({ name }) => name === "xen")!;
  const executor = ran(`machine host { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.17 on host { cmdline "crashkernel=64M@128M" }
image a : crash { segment text at 0x0810_0000 size 4KiB fill 0xa1; entry 0x0810_0000 }
load a
load a
`);
  const at = (step: number) =>
    renderPanels(executor.timeline.stateAt(step), xen.panels ?? [])
      .filter((line) => line.includes("kexec_image[") && line.includes("<"))[1];
  const [first, second] = [...executor.timeline.stepsOf("slot-set", 0, executor.timeline.length)];
  assert.match(at(first! + 1)!, /kexec_image\[3\] < +a#1/);
  assert.match(at(second! - 1)!, /kexec_image\[3\] < +a#1/);
  assert.match(at(second! + 1)!, /kexec_image\[2\] < +a#2/);
});

test("page: structures are known by their first bytes and read no further than the page", () => {
  const bytes = new Uint8Array(4096);
  bytes.set(new TextEncoder().encode("KexecMem"));
  // Counts that no page can hold.
  bytes.fill(0xff, 8, 14);
  const lines = decodePage(bytes, "module").map(plainText);
  assert.equal(lines[0], "last page of a Mini-OS module");
  assert.ok(lines.length < 50, lines.join("\n"));

  const notes = new Uint8Array(4096);
  const view = new DataView(notes.buffer);
  view.setUint32(4072, 4, true);
  view.setUint32(4076, 32, true);
  view.setUint32(4080, 0x1000002, true);
  notes.set(new TextEncoder().encode("Xen\0"), 4084);
  notes.copyWithin(0, 4072, 4096);
  notes.fill(1, 16, 48);
  const told = decodePage(notes, undefined).map(plainText);
  assert.equal(told[0], "ELF notes");
  assert.match(told[1]!, /Xen CRASH_REGS +cr0 0x0?101010101010101, cr3/);
  assert.match(told[2]!, /\+fe8 Xen CRASH_REGS/);
});

test("page: a list of Xen tells runs of pages that are cleared", () => {
  const bytes = new Uint8Array(4096);
  const words = new BigUint64Array(bytes.buffer);
  words.set([0x200_0001n, 0x300_0008n, 0x300_1008n, 0x10n, 0x10n, 0x10n, 0x4n]);
  const text = decodePage(bytes, "indirection").map(plainText);
  assert.deepEqual(text.slice(1, 5).map((line) => line.trim().replace(/ +/g, " ")), [
    "[ 0] destination 0x2000000",
    "[ 1] source 0x3000000 2 pages",
    "[ 3] zero 3 pages",
    "[ 6] done",
  ]);
});
