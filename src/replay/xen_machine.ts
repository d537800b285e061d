/** From a `machine` line of a Xen recording to a hypervisor that runs. */
import {
  apply,
  type ArgValue,
  type Clause,
  type Event,
  NO_MACHINE,
  settle,
  type World,
} from "../machine/mod.ts";
import type { JsonObject } from "./format.ts";
import { type Booted, firmwareOf } from "./linux_machine.ts";

const NEVER_FAILS = { allocationFails: () => false };

export function clause(head: string, args: Readonly<Record<string, ArgValue>>): Clause {
  return { head, args, clauses: [] };
}

/** `clauses` of the boot block come after the command line. */
export function bootXen(
  world: World,
  fields: JsonObject,
  { cpus, clauses }: { readonly cpus: number; readonly clauses: readonly Clause[] },
): Booted {
  const firmware = firmwareOf(fields.e820);
  if (firmware === undefined) return { problem: "its `e820` is no list of [start, end, type]" };
  if (typeof fields.release !== "string") return { problem: "it has no `release`" };
  const powered: Event = {
    kind: "machine-powered",
    name: String(fields.id),
    arch: "x86_64",
    cpus: typeof fields.cpus === "number" ? fields.cpus : cpus,
    firmware,
    resources: [],
    policy: { kind: "rotating", seed: 0n },
  };
  const cmdline = typeof fields.xen_cmdline === "string" ? fields.xen_cmdline : "";
  const request = {
    version: fields.release,
    clauses: [clause("cmdline", { text: cmdline }), ...clauses],
  };
  const start = apply(NO_MACHINE, powered);
  const { machine } = settle(start, world.boot(start, request, NEVER_FAILS));
  return { machine };
}
