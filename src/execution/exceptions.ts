/**
 * An exception past the point of no return goes where the IDT says, if there is one: the gate is read
 * from memory, through the page tables in force, like any table of the processor. Without it, or
 * where the handler's own page is gone, the machine resets. [x86:interrupt descriptor table]
 */
import { type Cpu, type Decision, type Fault, pagingLevels, readMemory } from "../machine/mod.ts";
import { emit, milestone, type Run } from "../routine/mod.ts";
import { AddressSpace } from "./address_space.ts";
import { type Ending, hang, tripleFault } from "./faults.ts";

/** Bytes of a gate of a 64-bit IDT. */
export const GATE_SIZE = 16;

const VECTORS: Readonly<Record<string, number>> = {
  "invalid opcode": 6,
  "general protection": 13,
  "page fault": 14,
};

/** What an exception of a program is taken for, if it does not say which it is. */
const ANY_VECTOR = 6;

export function* raise(run: Run, fault: Fault): Decision<Ending> {
  const handler = handlerOf(run, fault);
  if (handler === undefined) return yield* tripleFault(run, fault);
  yield* emit(run, { kind: "faulted", fault });
  yield* milestone(run, handler.does, run.cites.jump);
  return yield* hang(
    run,
    "exception-handled",
    `${fault.doing}: ${fault.exception}, and the handler that caught it does not return`,
    run.cites.jump,
  );
}

/** A gate as memory holds it: present, and leading to `handler`. */
export function encodeGate(handler: bigint, selector: number): Uint8Array {
  const bytes = new Uint8Array(GATE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Number(handler & 0xffffn), true);
  view.setUint16(2, selector, true);
  view.setUint8(5, PRESENT | TRAP_GATE);
  view.setUint16(6, Number((handler >> 16n) & 0xffffn), true);
  view.setUint32(8, Number(handler >> 32n), true);
  return bytes;
}

const PRESENT = 0x80;
const TRAP_GATE = 0xf;

function handlerOf(run: Run, fault: Fault) {
  const cpu = run.machine.processors[fault.cpu]!;
  const vector = VECTORS[fault.exception] ?? ANY_VECTOR;
  if (run.handlerAt === undefined || cpu.idtr.limit < GATE_SIZE * (vector + 1) - 1) {
    return undefined;
  }
  const target = gateTarget(run, cpu, vector);
  return target === undefined ? undefined : run.handlerAt(run.machine, target);
}

function gateTarget(run: Run, cpu: Cpu, vector: number): bigint | undefined {
  const space = new AddressSpace(() => run.machine, cpu.cr3, pagingLevels(cpu));
  const at = space.translateWide(cpu.idtr.base + BigInt(GATE_SIZE * vector), "read");
  if (typeof at !== "number") return undefined;
  const gate = readMemory(run.machine, at, GATE_SIZE);
  const view = new DataView(gate.buffer, gate.byteOffset, GATE_SIZE);
  if ((view.getUint8(5) & PRESENT) === 0) return undefined;
  const target = BigInt(view.getUint16(0, true)) | (BigInt(view.getUint16(6, true)) << 16n) |
    (BigInt(view.getUint32(8, true)) << 32n);
  return typeof space.translateWide(target, "execute") === "number" ? target : undefined;
}
