/**
 * struct hvm_start_info, the list of modules and the memory map as the PVH boot protocol lays them
 * out, little endian. [minios:struct hvm_start_info] [minios:struct hvm_modlist_entry]
 * [minios:struct hvm_memmap_table_entry]
 */
import type { E820Entry, ModuleEntry } from "../state.ts";

export const START_MAGIC = 0x336ec578;
export const START_INFO_SIZE = 56;
export const MODULE_ENTRY_SIZE = 32;
export const MAP_ENTRY_SIZE = 24;

/** The fields in their order; addresses are physical, 0 where there is nothing. */
export interface StartInfo {
  readonly magic: number;
  readonly version: number;
  readonly flags: number;
  readonly modules: number;
  readonly moduleList: bigint;
  readonly cmdline: bigint;
  readonly rsdp: bigint;
  readonly map: bigint;
  readonly mapEntries: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function decodeStartInfo(bytes: Uint8Array): StartInfo {
  const view = viewOf(bytes);
  return {
    magic: view.getUint32(0, true),
    version: view.getUint32(4, true),
    flags: view.getUint32(8, true),
    modules: view.getUint32(12, true),
    moduleList: view.getBigUint64(16, true),
    cmdline: view.getBigUint64(24, true),
    rsdp: view.getBigUint64(32, true),
    map: view.getBigUint64(40, true),
    mapEntries: view.getUint32(48, true),
  };
}

/** All 56 bytes; the last word, which nobody reads, is 0. */
export function encodeStartInfo(info: StartInfo): Uint8Array {
  const bytes = new Uint8Array(START_INFO_SIZE);
  const view = viewOf(bytes);
  view.setUint32(0, info.magic, true);
  view.setUint32(4, info.version, true);
  view.setUint32(8, info.flags, true);
  view.setUint32(12, info.modules, true);
  view.setBigUint64(16, info.moduleList, true);
  view.setBigUint64(24, info.cmdline, true);
  view.setBigUint64(32, info.rsdp, true);
  view.setBigUint64(40, info.map, true);
  view.setUint32(48, info.mapEntries, true);
  return bytes;
}

/** `cmdline` is the address of the module's own text. */
export function encodeModule(
  { paddr, size, cmdline = 0n }: ModuleEntry & { readonly cmdline?: bigint },
): Uint8Array {
  const bytes = new Uint8Array(MODULE_ENTRY_SIZE);
  const view = viewOf(bytes);
  view.setBigUint64(0, paddr, true);
  view.setBigUint64(8, size, true);
  view.setBigUint64(16, cmdline, true);
  return bytes;
}

export function decodeModule(bytes: Uint8Array): ModuleEntry & { readonly cmdline: bigint } {
  const view = viewOf(bytes);
  return {
    paddr: view.getBigUint64(0, true),
    size: view.getBigUint64(8, true),
    cmdline: view.getBigUint64(16, true),
  };
}

/** Writes the first 20 bytes of an entry; the word behind them is left as it is, as Mini-OS leaves it. */
export function writeMapEntry(into: Uint8Array, at: number, { addr, size, type }: E820Entry): void {
  const view = viewOf(into);
  view.setBigUint64(at, addr, true);
  view.setBigUint64(at + 8, size, true);
  view.setUint32(at + 16, type, true);
}

export function decodeMapEntry(bytes: Uint8Array, at = 0): E820Entry {
  const view = viewOf(bytes);
  return {
    addr: view.getBigUint64(at, true),
    size: view.getBigUint64(at + 8, true),
    type: view.getUint32(at + 16, true),
  };
}

/** A text as C keeps it, with its NUL. */
export function cString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  return whole;
}
