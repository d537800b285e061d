/** Changes that stable series took over, and gave up again, at the patch level where they did. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../src/mod.ts";
import { featuresOf } from "../src/worlds/linux/mod.ts";

test("the root of the identity map is a page of its own, by series and patch level", () => {
  const separate = ["6.14", "6.13.3", "6.12.14", "6.12", "6.6.78", "6.6", "6.1.129", "6.1.137"];
  const together = ["6.13.2", "6.12.13", "6.6.77", "6.1.128", "6.1.138", "6.1.192", "6.1", "5.15"];
  assert.deepEqual(separate.filter((v) => !featuresOf(v).separateRoot), []);
  assert.deepEqual(together.filter((v) => featuresOf(v).separateRoot), []);
});

test("bit 58 of upper entries, by series and patch level", () => {
  const marked = ["6.13", "6.12.5", "6.12", "6.6.66", "6.6"];
  const plain = ["6.12.4", "6.6.65", "6.1", "6.1.192", "6.11"];
  assert.deepEqual(marked.filter((v) => !featuresOf(v).markedUpperEntries), []);
  assert.deepEqual(plain.filter((v) => featuresOf(v).markedUpperEntries), []);
});

/** Whether an image may return without a GDT of its own, from a kernel of this version. */
function comesBack(version: string): boolean {
  const { machine } = run(`machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }
boot linux ${version} on vm {
  config KEXEC_JUMP on
}
program plain() {
  return 1
}
image f : default preserve {
  segment code at 128MiB size 4KiB program plain
}
load f
try call f
`);
  return machine.power === "running";
}

test("the kernel's GDT is loaded on the way back, by series and patch level", () => {
  const restores = ["6.13", "6.12.5", "6.12.117", "6.6.66", "6.18"];
  const doesNot = ["6.12.4", "6.6.65", "6.1.192", "6.11", "5.15"];
  assert.deepEqual(restores.filter((v) => !comesBack(v)), []);
  assert.deepEqual(doesNot.filter(comesBack), []);
});
