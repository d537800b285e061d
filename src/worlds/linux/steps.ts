/** A routine of the Linux kernel: what every routine carries, and the rules of this release. */
import type { Context, Machine } from "../../machine/mod.ts";
import { type ExecutionCites, type Run as Routine, startRoutine } from "../../routine/mod.ts";
import { handlerAt } from "./relocation_code.ts";
import type { Features } from "./version.ts";

export { type Check, check, emit, milestone, print, refuse } from "../../routine/mod.ts";

export interface Run extends Routine {
  readonly features: Features;
}

const CITES: ExecutionCites = {
  jump: "linux:machine_kexec",
  loop: "linux:swap_pages",
  entry: "linux:kimage_alloc_init",
};

export function startRun(machine: Machine, context: Context, features: Features): Run {
  const routine = startRoutine(machine, context, CITES);
  return Object.assign(routine, { features }, features.debugIdt ? { handlerAt } : {});
}
