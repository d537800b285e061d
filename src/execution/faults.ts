/**
 * An exception past the point of no return. The descriptor tables are void, so the exception cannot
 * be delivered, nor can the one about that: the processor shuts down and the machine resets. Nothing
 * is printed there; kx says what happened. [x86:triple fault]
 */
import type { Decision, Fault, Machine } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { emit, type Run } from "../routine/mod.ts";
import type { Miss } from "./address_space.ts";

/** How a stay past the point of no return ended. */
export type Ending = "gone" | "returned";

/** The fault that a failed walk is. */
export function pageFault(machine: Machine, cpu: number, miss: Miss, doing: string): Fault {
  const { vaddr, access, walk } = miss;
  const step = walk.steps.at(-1);
  const base = {
    cpu,
    exception: walk.why === "non-canonical" ? "general protection" : "page fault",
    access,
    vaddr,
    doing,
    why: WHY[walk.why],
  };
  if (step === undefined) return base;
  const content = machine.contents.get(Math.floor(step.entryAt / PAGE_SIZE));
  return {
    ...base,
    level: step.level,
    entryAt: step.entryAt,
    entry: step.entry,
    ...(content === undefined ? {} : { writer: { what: content.what, step: content.writer } }),
  };
}

const WHY = {
  "non-canonical": "no canonical address",
  "not-present": "not present",
  "read-only": "read-only",
  "no-execute": "not executable",
} as const;

/** The machine resets. */
export function* tripleFault(run: Run, fault: Fault): Decision<Ending> {
  yield* emit(run, { kind: "faulted", fault });
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "triple-fault",
      message: `${fault.doing}: ${fault.exception} without a usable IDT`,
      key: `triple-fault:${fault.vaddr}:${fault.doing}`,
      cite: run.cites.jump,
    },
  });
  yield* emit(run, {
    kind: "power-changed",
    power: "rebooted",
    why: `triple fault (${fault.doing})`,
  });
  run.note = "triple fault";
  return "gone";
}

/** Nothing goes on: a list that leads in a circle, a program that never returns. `brief`: the message without its particulars. */
export function* hang(
  run: Run,
  code: string,
  message: string,
  cite: string,
  brief = message,
): Decision<Ending> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: { code, message, key: `${code}:${message}`, cite },
  });
  yield* emit(run, { kind: "power-changed", power: "halted", why: `silent hang: ${brief}` });
  run.note = "silent hang";
  return "gone";
}
