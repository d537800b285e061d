/** A Mini-OS for tests: a machine, a booted kernel, images from bytes. */
import {
  apply,
  type Clause,
  type Context,
  type Event,
  type FileBytes,
  type ImageSpec,
  type Machine,
  NO_MACHINE,
  type Outcome,
  settle,
} from "../src/machine/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";

const NEVER: Context = { allocationFails: () => false };

export function clause(head: string, args: Clause["args"] = {}): Clause {
  return { head, args, clauses: [] };
}

/** A machine with RAM from 0 on. */
export function powered(bytes: number): Machine {
  return apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "m",
    arch: "x86_64",
    cpus: 1,
    firmware: [{ range: { start: 0, end: bytes }, type: "usable", label: "RAM" }],
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  });
}

export function bootMiniOs(machine: Machine, release: string, modulePages: number): Machine {
  const request = {
    version: release,
    clauses: [clause("module_pages", { count: BigInt(modulePages) })],
  };
  const { machine: booted, result } = settle(machine, miniOs.boot(machine, request, NEVER));
  if (result.ret !== "0") throw new Error(`boot: ${result.ret}`);
  return booted;
}

export function file(bytes: Uint8Array, name = "kernel"): FileBytes {
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return { name, size: bytes.length, read };
}

export function imageOf(elf: FileBytes, modulePages?: number): ImageSpec {
  const clauses: Clause[] = [clause("elf", { file: elf })];
  if (modulePages !== undefined) {
    clauses.push(clause("module_pages", { count: BigInt(modulePages) }));
  }
  return { name: "next", slot: "default", flags: [], segments: [], entryPoint: 0n, clauses };
}

export interface Done {
  readonly machine: Machine;
  readonly outcome: Outcome;
  readonly events: readonly Event[];
}

export function operate(
  machine: Machine,
  head: string,
  args: Clause["args"] = {},
  clauses: readonly Clause[] = [],
  context: Context = NEVER,
): Done {
  const events: Event[] = [];
  const done = settle(
    machine,
    miniOs.decide(machine, { head, args, clauses }, context),
    (event) => events.push(event),
  );
  return { machine: done.machine, outcome: done.result, events };
}
