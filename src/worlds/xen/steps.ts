/** A routine of Xen: what every routine carries, and the rules of this release. */
import type { Context, Machine } from "../../machine/mod.ts";
import { type ExecutionCites, type Run as Routine, startRoutine } from "../../routine/mod.ts";
import type { Features } from "./version.ts";

export { type Check, check, emit, milestone, print, refuse } from "../../routine/mod.ts";

export interface Run extends Routine {
  readonly features: Features;
  /** The processor on which it happens. */
  cpu: number;
  /** What ended the hypervisor in the middle of the routine, if anything did. */
  ended?: string;
  /** What Xen wrote into the caller's memory last: the answer of get_range. */
  answer?: { readonly at: bigint; readonly bytes: Uint8Array };
}

const CITES: ExecutionCites = {
  jump: "xen:machine_kexec",
  loop: "xen:kexec_reloc",
  entry: "xen:kimage_crash_alloc",
};

export function startRun(machine: Machine, context: Context, features: Features): Run {
  return Object.assign(startRoutine(machine, context, CITES), { features, cpu: 0 });
}
