/** From a `machine` line of a Xen recording to a hypervisor that runs. */
import {
  type AllocationPolicy,
  apply,
  type ArgValue,
  type Clause,
  type Event,
  NO_MACHINE,
  settle,
  type World,
} from "../machine/mod.ts";
import type { FirmwareRegion } from "../memory/mod.ts";
import type { JsonObject, JsonValue } from "./format.ts";
import { type Booted, firmwareOf } from "./linux_machine.ts";

const NEVER_FAILS = { allocationFails: () => false };

export function clause(head: string, args: Readonly<Record<string, ArgValue>>): Clause {
  return { head, args, clauses: [] };
}

export interface XenBoot {
  readonly cpus: number;
  readonly clauses: readonly Clause[];
  readonly policy?: AllocationPolicy;
}

/** `clauses` of the boot block come after the command line. */
export function bootXen(
  world: World,
  fields: JsonObject,
  { cpus, clauses, policy }: XenBoot,
): Booted {
  const recorded = firmwareOf(fields.e820);
  const firmware = recorded?.length === 0 ? emulatorMap(fields.ram) : recorded;
  if (firmware === undefined) return { problem: "its `e820` is no list of [start, end, type]" };
  if (typeof fields.release !== "string") return { problem: "it has no `release`" };
  const powered: Event = {
    kind: "machine-powered",
    name: String(fields.id),
    arch: "x86_64",
    cpus: typeof fields.cpus === "number" ? fields.cpus : cpus,
    firmware,
    resources: [],
    policy: policy ?? { kind: "rotating", seed: 0n },
  };
  const cmdline = typeof fields.xen_cmdline === "string" ? fields.xen_cmdline : "";
  const request = {
    version: fields.release,
    clauses: [clause("cmdline", { text: cmdline }), ...clauses],
  };
  const start = apply(NO_MACHINE, powered);
  const { machine, result } = settle(start, world.boot(start, request, NEVER_FAILS));
  return result.ret === "0" ? { machine } : { problem: `it does not boot: ${result.ret}` };
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * RAM as the emulator's firmware tells it, where the recording has only its size: the last 128 KiB
 * below 4 GiB are the firmware's own, and what does not fit below the hole for devices is above it.
 */
function emulatorMap(ram: JsonValue | undefined): FirmwareRegion[] | undefined {
  const m = /^(\d+)M$/.exec(String(ram));
  if (m === null) return undefined;
  const size = Number(m[1]) * MIB;
  const low = size >= 3.5 * GIB ? 3 * GIB : size;
  const usable = (start: number, end: number): FirmwareRegion => ({
    range: { start, end },
    type: "usable",
    label: "usable",
  });
  return [
    usable(0, 0x9fc00),
    usable(MIB, low - 0x20000),
    ...(low < size ? [usable(4 * GIB, 4 * GIB + size - low)] : []),
  ];
}
