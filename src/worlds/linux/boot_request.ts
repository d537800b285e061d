/** From the clauses of a `boot` block, and what the machine was described with, to a plan. */
import type { ArgValue, BootRequest, Clause, Machine, SettingValue } from "../../machine/mod.ts";
import {
  alignDown,
  bytesOfFrames,
  MADDR_LIMIT,
  PAGE_SIZE,
  type Range,
  type Resource,
} from "../../memory/mod.ts";
import { JUMP_SEMANTICS } from "./execution/rules.ts";
import { SETTING } from "./kernel.ts";
import { sysctlName } from "./sysctl.ts";
import type { Features } from "./version.ts";

/** Ranges in bytes. */
export interface CrashRegions {
  readonly main?: Range;
  readonly low?: Range;
}

/** Ranges in bytes. */
export interface BootPlan {
  readonly cmdline: string;
  readonly kernel: readonly { readonly name: string; readonly range: Range }[];
  readonly initrd?: Range;
  readonly reserved: readonly { readonly name: string; readonly range: Range }[];
  /** Given by the script; absent: `crashkernel=` decides, and what the machine was described with. */
  readonly crash?: CrashRegions;
  /** As the machine's own resource tree showed them. */
  readonly describedCrash?: CrashRegions;
  readonly totalRamPages?: bigint;
  readonly settings: readonly (readonly [string, SettingValue])[];
  readonly fragmented: readonly { readonly every: number; readonly range: Range }[];
}

const GIB4 = 2 ** 32;

/** Where an uncompressed kernel lies without KASLR when nobody says. Builds differ. */
const DEFAULT_KERNEL: readonly { readonly name: string; readonly range: Range }[] = [
  { name: "Kernel code", range: { start: 0x100_0000, end: 0x200_0000 } },
  { name: "Kernel rodata", range: { start: 0x200_0000, end: 0x280_0000 } },
  { name: "Kernel data", range: { start: 0x2a0_0000, end: 0x2c0_0000 } },
  { name: "Kernel bss", range: { start: 0x320_0000, end: 0x380_0000 } },
];

/** Options that distributions build in; `config` in a script changes them. */
const DEFAULT_CONFIG: Readonly<Record<string, boolean>> = {
  KEXEC: true,
  KEXEC_FILE: true,
  CRASH_DUMP: true,
  KEXEC_JUMP: false,
  KEXEC_SIG: false,
  KEXEC_SIG_FORCE: false,
};

export function planBoot(machine: Machine, request: BootRequest, features: Features): BootPlan {
  const { clauses } = request;
  const one = (head: string) => clauses.findLast((c) => c.head === head);
  const text = one("cmdline")?.args.text;
  const cmdline = typeof text === "string" ? text : "";
  const count = one("total_ram_pages")?.args.count;
  const initrd = initrdRange(machine, one("initrd"));
  const crash = givenCrash(one("crash_region"), one("crash_low_region"));
  const describedCrash = describedRegions(machine);
  return {
    cmdline,
    kernel: kernelParts(machine, clauses.filter((c) => c.head === "kernel")),
    ...(initrd === undefined ? {} : { initrd }),
    reserved: [
      ...reservedLines(machine),
      ...clauses.filter((c) => c.head === "reserve").flatMap((c) => {
        const range = rangeAt(c.args.at, c.args.size);
        return range === undefined ? [] : [{ name: String(c.args.name), range }];
      }),
    ],
    ...(crash === undefined ? {} : { crash }),
    ...(describedCrash === undefined ? {} : { describedCrash }),
    ...(typeof count === "bigint" ? { totalRamPages: count } : {}),
    settings: settingsOf(clauses, features),
    fragmented: clauses.filter((c) => c.head === "fragmented").flatMap((c) => {
      const range = rangeOf(c.args.over);
      const every = typeof c.args.every === "bigint" ? Number(c.args.every) : 0;
      return range === undefined || every < 1 ? [] : [{ every, range }];
    }),
  };
}

/** Addresses that no machine has are cut off: nothing is there. */
function bounded(value: bigint): number {
  return value > BigInt(MADDR_LIMIT) ? MADDR_LIMIT : Number(value);
}

function rangeOf(value: ArgValue | undefined): Range | undefined {
  if (typeof value !== "object" || !("start" in value) || !("end" in value)) return undefined;
  return { start: bounded(value.start), end: bounded(value.end) };
}

function rangeAt(at: ArgValue | undefined, size: ArgValue | undefined): Range | undefined {
  if (typeof at !== "bigint" || typeof size !== "bigint") return undefined;
  return { start: bounded(at), end: bounded(at + size) };
}

function kernelParts(
  machine: Machine,
  clauses: readonly Clause[],
): { name: string; range: Range }[] {
  if (clauses.length > 0) {
    return clauses.flatMap((c) => {
      const range = rangeOf(c.args.range);
      const name = typeof c.args.named === "string" ? c.args.named : "Kernel code";
      return range === undefined ? [] : [{ name: capital(name), range }];
    });
  }
  const lines = flattenResources(machine.resources).filter((r) => /^Kernel /.test(r.name));
  if (lines.length > 0) return lines.map(({ name, range }) => ({ name, range }));
  return [...DEFAULT_KERNEL];
}

/** `kernel code` of a script is `Kernel code` of /proc/iomem. */
function capital(name: string): string {
  return name.replace(/^kernel/, "Kernel");
}

function flattenResources(resources: readonly Resource[]): Resource[] {
  return resources.flatMap((r) => [r, ...flattenResources(r.children)]);
}

/** Memory inside RAM that the described kernel had set aside. */
function reservedLines(machine: Machine): { name: string; range: Range }[] {
  const inside: { name: string; range: Range }[] = [];
  for (const ram of machine.resources.filter((r) => r.name === "System RAM")) {
    for (const { name, range } of flattenResources(ram.children)) {
      if (/^reserved$/i.test(name)) inside.push({ name: "Reserved", range });
    }
  }
  return inside;
}

/** At the top of the RAM below 4 GiB if the script does not say where: a usual place for loaders. */
function initrdRange(machine: Machine, clause: Clause | undefined): Range | undefined {
  if (clause === undefined || typeof clause.args.size !== "bigint") return undefined;
  const given = rangeAt(clause.args.at, clause.args.size);
  if (given !== undefined) return given;
  const size = bounded(clause.args.size);
  for (const ram of machine.ram.map(bytesOfFrames).reverse()) {
    const end = Math.min(ram.end, GIB4);
    const start = alignDown(end - size, PAGE_SIZE);
    if (start >= ram.start) return { start, end: start + size };
  }
  return undefined;
}

function givenCrash(main: Clause | undefined, low: Clause | undefined): CrashRegions | undefined {
  const mainRange = rangeOf(main?.args.range);
  const lowRange = rangeOf(low?.args.range);
  if (mainRange === undefined && lowRange === undefined) return undefined;
  return {
    ...(mainRange === undefined ? {} : { main: mainRange }),
    ...(lowRange === undefined ? {} : { low: lowRange }),
  };
}

/** Of two regions the lower one is the companion of the other. */
function describedRegions(machine: Machine): CrashRegions | undefined {
  const lines = flattenResources(machine.resources).filter((r) => r.name === "Crash kernel");
  const [first, second] = lines.map((r) => r.range);
  if (first === undefined) return undefined;
  return second === undefined ? { main: first } : { main: second, low: first };
}

function settingsOf(clauses: readonly Clause[], features: Features): [string, SettingValue][] {
  const settings = new Map<string, SettingValue>();
  const config = { ...DEFAULT_CONFIG, CRASH_HOTPLUG: features.crashHotplug };
  for (const [name, on] of Object.entries(config)) settings.set(SETTING.config(name), on);
  settings.set(SETTING.loadDisabled, 0n);
  if (features.loadLimits) {
    settings.set(SETTING.limitPanic, -1n);
    settings.set(SETTING.limitReboot, -1n);
  }
  settings.set(SETTING.lockdown, "none");
  for (const { head, args } of clauses) {
    if (head === "config") settings.set(SETTING.config(String(args.name)), args.state === "on");
    if (head === "lockdown") settings.set(SETTING.lockdown, String(args.level));
    if (head === JUMP_SEMANTICS) settings.set(JUMP_SEMANTICS, String(args.which));
    // Differs: upstream leaves the two apart; distributions lock down when firmware verifies boot.
    if (head === "uefi_secure_boot") settings.set(SETTING.lockdown, "integrity");
    if (head === "cpu" && Array.isArray(args.features)) {
      for (const feature of args.features) settings.set(SETTING.cpu(String(feature)), true);
    }
    if (head === "sysctl" && typeof args.value === "string") {
      const value = /^-?\d+$/.test(args.value) ? BigInt(args.value) : args.value;
      settings.set(sysctlName(String(args.name)), value);
    }
  }
  return [...settings];
}
