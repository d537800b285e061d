/**
 * What must hold of a list of actions, and what nothing posted looks at: the new kernel must not lie
 * over the module, nor over anything that the final stage still needs. Destinations are what the list
 * says, since an end that wraps hides them from the boundary.
 */
import { type Decision, type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { Action } from "../elf/mod.ts";
import { kernelOf, modulePointersOf } from "../state.ts";
import { print, type Run, tell } from "../steps.ts";
import type { Failure } from "./kexec.ts";
import { kexecOf } from "./state.ts";

const ENOEXEC = 8;
const CITE = "minios:kexec";
const PRESENT = 1n;
const LARGE = 0x80n;
const ADDRESS = 0x000f_ffff_ffff_f000n;

/** The first action that writes into `[start, end)`, up to the CALL that ends the list. */
function writerOf(actions: readonly Action[], start: number, end: number): Action | undefined {
  for (const action of actions) {
    if (action.kind === "CALL") return undefined;
    const { dest, length } = action;
    if (dest < BigInt(end) && dest + BigInt(length) > BigInt(start)) return action;
  }
  return undefined;
}

/** The new kernel against the module that is handed over. */
export function* overModule(run: Run): Decision<Failure | undefined> {
  const { start, admin } = modulePointersOf(run.machine);
  const { lastAddr, actions } = kexecOf(run.machine);
  // Without a module, or with one whose start was forgotten, there is nothing to compare.
  if (admin === 0 || start === 0) return undefined;
  const writer = writerOf(actions, start, admin + PAGE_SIZE);
  if (lastAddr <= BigInt(start) && writer === undefined) return undefined;
  const message = lastAddr > BigInt(start)
    ? `the new kernel and its start info reach ${hex(lastAddr)}, the module begins at ${hex(start)}`
    : `${writer?.what} goes to ${hex(writer?.dest ?? 0n)}, into the module from ${hex(start)} on`;
  if (!run.features.checksModuleAboveKernel) {
    yield* tell(run, "kernel-over-module", `${message}: nothing looks`, CITE);
    return undefined;
  }
  yield* print(run, "kexec: new kernel would overwrite the kexec module");
  const remedy = `End the kernel and its start info at or below ${hex(start)}`;
  return { ret: ENOEXEC, rule: "kexec-over-module", message, remedy };
}

/** Pages that the final stage reads, against everything that it writes before. */
export function* tellNeededPages(run: Run): Decision<void> {
  const { actions } = kexecOf(run.machine);
  for (const { frame, what } of neededPages(run.machine)) {
    const start = frame * PAGE_SIZE;
    const writer = writerOf(actions, start, start + PAGE_SIZE);
    if (writer === undefined) continue;
    const message = `${writer.what} goes over ${hex(start)}, ${what}`;
    yield* tell(run, "needed-page-overwritten", message, "minios:kexec_final", `needed:${what}`);
  }
}

interface Needed {
  readonly frame: number;
  readonly what: string;
}

function* neededPages(machine: Machine): Generator<Needed> {
  const { pagePfn, paramPfn, gdt, buffer, unmoved } = kexecOf(machine);
  if (pagePfn !== undefined) yield { frame: pagePfn, what: "the page of the final stage" };
  if (paramPfn !== undefined) yield { frame: paramPfn, what: "the new start info" };
  if (gdt !== undefined) yield { frame: gdt.pfn, what: "the GDT" };
  for (const frame of buffer?.frames ?? []) yield { frame, what: "the new kernel's file" };
  const kernel = kernelOf(machine);
  if (!unmoved && kernel !== undefined) yield* tablesBelow(machine, kernel.pageTableBase, 4);
}

function* tablesBelow(machine: Machine, table: number, level: number): Generator<Needed> {
  yield { frame: Math.floor(table / PAGE_SIZE), what: `a page table of level ${level}` };
  if (level === 1) return;
  const words = new BigUint64Array(readMemory(machine, table, PAGE_SIZE).buffer);
  for (const word of words) {
    if ((word & PRESENT) === 0n || (word & LARGE) !== 0n) continue;
    yield* tablesBelow(machine, Number(word & ADDRESS), level - 1);
  }
}
