/** The running kernel as the machine holds it: crash regions, settings, what it maps. */
import type { Machine } from "../../machine/mod.ts";
import { bytesOfFrames, isEmpty, normalize, type Range, sizeOf } from "../../memory/mod.ts";
import { type Features, featuresOf } from "./version.ts";

/** Names of reservations. */
export const CRASH = "crash";
export const CRASH_LOW = "crash low";

/** The lock that every kexec operation takes and never waits for. [linux:kexec_trylock] */
export const KEXEC_LOCK = "kexec_lock";

const MIB = 2 ** 20;

/** Names of settings. Those with `kernel.` are sysctls; the rest a script states at boot. */
export const SETTING = {
  loadDisabled: "kernel.kexec_load_disabled",
  limitPanic: "kernel.kexec_load_limit_panic",
  limitReboot: "kernel.kexec_load_limit_reboot",
  lockdown: "lockdown",
  totalRamPages: "total_ram_pages",
  config: (name: string) => `config.${name}`,
  cpu: (feature: string) => `cpu.${feature}`,
} as const;

/** `crashk_res` as the kernel keeps it: an inclusive end; `0, 0` when there is none. */
export interface CrashResource {
  readonly start: bigint;
  readonly last: bigint;
}

export function crashResource(machine: Machine): CrashResource {
  const region = machine.reservations.get(CRASH);
  if (region === undefined) return { start: 0n, last: 0n };
  return { start: BigInt(region.start), last: BigInt(region.end) - 1n };
}

/** The main crash region in bytes; undefined if there is none or it was shrunk to nothing. */
export function crashRegion(machine: Machine): Range | undefined {
  return nonEmpty(machine.reservations.get(CRASH));
}

export function crashLowRegion(machine: Machine): Range | undefined {
  return nonEmpty(machine.reservations.get(CRASH_LOW));
}

function nonEmpty(range: Range | undefined): Range | undefined {
  return range === undefined || isEmpty(range) ? undefined : range;
}

/** What `/sys/kernel/kexec_crash_size` shows, in bytes. [linux:crash_get_memory_size] */
export function crashSize(machine: Machine, features: Features): number {
  const main = sizeOrZero(crashRegion(machine));
  if (features.shrinksBoth) return main + sizeOrZero(crashLowRegion(machine));
  // An inclusive end that equals the start counts as no region at all.
  return main === 1 ? 0 : main;
}

function sizeOrZero(range: Range | undefined): number {
  return range === undefined ? 0 : sizeOf(range);
}

export function kernelFeatures(machine: Machine): Features {
  return featuresOf(machine.system?.version ?? "");
}

export function isConfigured(settings: Machine["settings"], name: string): boolean {
  return settings.get(SETTING.config(name)) === true;
}

export function hasCpu(settings: Machine["settings"], feature: string): boolean {
  return settings.get(SETTING.cpu(feature)) === true;
}

export function numberSetting(machine: Machine, name: string): bigint {
  const value = machine.settings.get(name);
  return typeof value === "bigint" ? value : 0n;
}

/** The limit of every physical address: 2^46, or 2^52 with 5-level paging. [linux:MAXMEM] */
export function maxMemory(machine: Machine): bigint {
  return hasCpu(machine.settings, "la57") ? 1n << 52n : 1n << 46n;
}

/**
 * What the kernel maps directly, in bytes, ascending and joined: all RAM that it found at boot, and
 * the first MiB with its holes. [linux:init_mem_mapping]
 */
export function directMapped(machine: Machine): Range[] {
  return normalize([{ start: 0, end: MIB }, ...machine.ram.map(bytesOfFrames)]);
}
