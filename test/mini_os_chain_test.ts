/** Chains of Mini-OS kernels: what is handed over stays what it is, and nothing is lost on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { logLines, type Machine, readMemory } from "../src/machine/mod.ts";
import { freePages } from "../src/worlds/mini_os/memory/mod.ts";
import { kernelOf, modulePointersOf } from "../src/worlds/mini_os/state.ts";
import { smallKernel } from "./mini_os_elf_files.ts";
import { bootMiniOs, file, imageOf, operate, powered } from "./mini_os_lab.ts";

const MIB = 2 ** 20;
const MODULE_PAGES = 18;

function moduleBytes(machine: Machine): Uint8Array {
  const { start, admin } = modulePointersOf(machine);
  return readMemory(machine, start, admin + 4096 - start);
}

/** What must be the same in every generation. */
function measure(machine: Machine) {
  const free = [...machine.free.from()];
  return {
    freePages: freePages(machine),
    freeFrames: free.reduce((sum, { start, end }) => sum + end - start, 0),
    pieces: free.length,
    records: [...machine.records.keys()].sort(),
    owners: [...machine.owners.from()].length,
    contents: [...machine.contents.from()].length,
    module: modulePointersOf(machine).start,
    startPfn: kernelOf(machine)?.startPfn,
  };
}

test("100 generations: the module is the same byte by byte, and no page is lost", () => {
  let machine = bootMiniOs(powered(128 * MIB), "v2", MODULE_PAGES);
  machine = operate(machine, "module_add", { type: 7n, hex: "00112233445566778899aabbccddeeff" })
    .machine;
  machine = operate(machine, "module_alloc", { pages: 17n, record: 0n }).machine;
  const handedOver = moduleBytes(machine);
  const image = imageOf(file(smallKernel(64)), MODULE_PAGES);
  let settled: ReturnType<typeof measure> | undefined;
  for (let generation = 1; generation <= 100; generation++) {
    const { machine: next, outcome } = operate(machine, "kexec", { image });
    assert.equal(outcome.ret, "0", `generation ${generation}`);
    machine = next;
    assert.equal(kernelOf(machine)?.generation, generation);
    assert.deepEqual(moduleBytes(machine), handedOver);
    // The first kernel was larger and had its start info elsewhere: from the second on all are alike.
    if (generation === 2) settled = measure(machine);
    if (generation > 2) assert.deepEqual(measure(machine), settled, `generation ${generation}`);
  }
});

test("the module survives kernels that are larger and smaller, of 32 and of 64 bits", () => {
  let machine = bootMiniOs(powered(64 * MIB), "v2", 4);
  const handedOver = moduleBytes(machine);
  for (const bits of [32, 64, 64, 32] as const) {
    machine = operate(machine, "kexec", { image: imageOf(file(smallKernel(bits)), 6) }).machine;
    assert.deepEqual(moduleBytes(machine), handedOver);
  }
});

test("without the correction for the local APIC one page is lost at the first kexec, and only there", () => {
  const image = imageOf(file(smallKernel(64)), 0);
  let machine = bootMiniOs(powered(64 * MIB), "2d3b22f8", 0);
  const last: (number | undefined)[] = [kernelOf(machine)?.maxPfn];
  for (let i = 0; i < 3; i++) {
    machine = operate(machine, "kexec", { image }).machine;
    last.push(kernelOf(machine)?.maxPfn);
  }
  const [first, ...rest] = last as number[];
  assert.deepEqual(rest, [first! - 1, first! - 1, first! - 1]);
});

test("what the kernel printed tells each start", () => {
  let machine = bootMiniOs(powered(64 * MIB), "v2", 4);
  machine = operate(machine, "kexec", { image: imageOf(file(smallKernel(64))) }).machine;
  assert.equal(
    logLines(machine).filter((line) => line.startsWith("MM: Initialise page allocator")).length,
    2,
  );
});
