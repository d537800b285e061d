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
import { type JsonObject, rangeOf } from "./format.ts";
import { type Booted, firmwareOf } from "./linux_machine.ts";

const NEVER_FAILS = { allocationFails: () => false };

/** The recorder's machines had two processors unless a line says otherwise. */
const CPUS = 2;

export function bootXen(world: World, fields: JsonObject): Booted {
  const firmware = firmwareOf(fields.e820);
  if (firmware === undefined) return { problem: "its `e820` is no list of [start, end, type]" };
  if (typeof fields.release !== "string") return { problem: "it has no `release`" };
  const powered: Event = {
    kind: "machine-powered",
    name: String(fields.id),
    arch: "x86_64",
    cpus: typeof fields.cpus === "number" ? fields.cpus : CPUS,
    firmware,
    resources: [],
    policy: { kind: "rotating", seed: 0n },
  };
  const clauses: Clause[] = [];
  const add = (head: string, args: Readonly<Record<string, ArgValue>>) =>
    void clauses.push({ head, args, clauses: [] });
  add("cmdline", { text: typeof fields.xen_cmdline === "string" ? fields.xen_cmdline : "" });
  // Where it was placed depends on the sizes of the boot modules, which nobody wrote down.
  const region = rangeOf(fields.crash_region);
  if (region !== undefined) {
    add("crash_area", { start: region.start, size: region.end - region.start });
  }
  const request = { version: fields.release, clauses };
  const start = apply(NO_MACHINE, powered);
  const { machine } = settle(start, world.boot(start, request, NEVER_FAILS));
  return { machine };
}
