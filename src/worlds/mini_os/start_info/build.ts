/** The two ways in which a start info comes into memory: from Xen, and from the kernel before. */
import type { E820Entry, ModuleEntry } from "../state.ts";
import { E820 } from "../state.ts";
import type { Features } from "../version.ts";
import {
  cString,
  encodeModule,
  encodeStartInfo,
  MAP_ENTRY_SIZE,
  MODULE_ENTRY_SIZE,
  START_INFO_SIZE,
  START_MAGIC,
  writeMapEntry,
} from "./layout.ts";

/** What Xen's toolstack puts into a new domain: structure, modules, map, command line, all adjoining. */
export interface FirstStartInfo {
  /** Where the block goes, bytes. */
  readonly at: number;
  /** 0: without a memory map, which is then asked of Xen. */
  readonly version: number;
  readonly map: readonly E820Entry[];
  readonly modules: readonly (ModuleEntry & { readonly cmdline?: bigint })[];
  readonly cmdline: string;
}

export function firstStartInfo({ at, version, map, modules, cmdline }: FirstStartInfo): Uint8Array {
  const mapAt = START_INFO_SIZE + modules.length * MODULE_ENTRY_SIZE;
  const cmdlineAt = mapAt + map.length * MAP_ENTRY_SIZE;
  const text = cString(cmdline);
  const bytes = new Uint8Array(cmdlineAt + text.length);
  bytes.set(encodeStartInfo({
    magic: START_MAGIC,
    version,
    flags: 0,
    modules: modules.length,
    moduleList: modules.length === 0 ? 0n : BigInt(at + START_INFO_SIZE),
    cmdline: BigInt(at + cmdlineAt),
    rsdp: 0n,
    map: BigInt(at + mapAt),
    mapEntries: map.length,
  }));
  modules.forEach((m, i) => bytes.set(encodeModule(m), START_INFO_SIZE + i * MODULE_ENTRY_SIZE));
  map.forEach((entry, i) => writeMapEntry(bytes, mapAt + i * MAP_ENTRY_SIZE, entry));
  bytes.set(text, cmdlineAt);
  return bytes;
}

/** What kexec() hands to the next kernel. */
export interface NextStartInfo {
  readonly features: Features;
  readonly map: readonly E820Entry[];
  /** Passed if this kernel has one. */
  readonly module: ModuleEntry | undefined;
  readonly cmdline: string;
  /** Its final address (kexec_param_loc). */
  readonly at: bigint;
  /** The buffer in which it is built until the final stage copies it. */
  readonly buffer: bigint;
}

/** Bytes of the block: every entry of the map counts, whether it is passed or not. [minios:kexec_set_param_loc] */
export function nextStartInfoSize(
  map: readonly E820Entry[],
  hasModule: boolean,
  cmdline: string,
): number {
  return START_INFO_SIZE + map.length * MAP_ENTRY_SIZE + (hasModule ? MODULE_ENTRY_SIZE : 0) +
    cString(cmdline).length;
}

/**
 * The block as it stands in the buffer: structure, map, module, command line. `before` is what the
 * buffer held: the last word of each map entry is never written, nor is the end of the block where
 * scratch entries were left out. [minios:kexec_get_entry]
 */
export function nextStartInfo(next: NextStartInfo, before: Uint8Array): Uint8Array {
  const { features, map, module, cmdline } = next;
  const base = features.finalAddresses ? next.at : next.buffer;
  const passed = features.softReserved ? map.filter((e) => e.type !== E820.softReserved) : map;
  const bytes = before.slice(0, nextStartInfoSize(map, module !== undefined, cmdline));
  const moduleAt = START_INFO_SIZE + passed.length * MAP_ENTRY_SIZE;
  const cmdlineAt = moduleAt + (module === undefined ? 0 : MODULE_ENTRY_SIZE);
  bytes.set(encodeStartInfo({
    magic: START_MAGIC,
    version: 1,
    flags: 0,
    modules: module === undefined ? 0 : 1,
    moduleList: module === undefined ? 0n : base + BigInt(moduleAt),
    cmdline: base + BigInt(cmdlineAt),
    rsdp: 0n,
    map: base + BigInt(START_INFO_SIZE),
    mapEntries: passed.length,
  }));
  passed.forEach((entry, i) => writeMapEntry(bytes, START_INFO_SIZE + i * MAP_ENTRY_SIZE, entry));
  if (module !== undefined) bytes.set(encodeModule(module), moduleAt);
  bytes.set(cString(cmdline), cmdlineAt);
  return bytes;
}
