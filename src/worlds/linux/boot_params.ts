/**
 * The page that a boot loader hands to a kernel, here as kexec_file_load fills it in: the kernel's
 * own setup header, the memory map, the initrd, and behind it the command line.
 * [linux:setup_boot_parameters]
 *
 * Simplified: screen, EFI and disk information, which the running kernel hands on, are left out; so
 * are the contents of setup_data.
 */
import type { FileBytes, Machine } from "../../machine/mod.ts";
import { alignUp, type Range, type RegionType, sizeOf } from "../../memory/mod.ts";
import type { FileLoadCall } from "./file_arguments.ts";
import { crashLowRegion, crashRegion } from "./kernel.ts";

export interface Places {
  readonly at: number;
  readonly initrd: { readonly at: number; readonly size: number } | undefined;
  readonly elfcorehdr: number | undefined;
}

const PAGE = 4096;
/** Entries of the map; the rest is dropped. [linux:E820_MAX_ENTRIES_ZEROPAGE] */
const MOST_ENTRIES = 128;

const E820_TYPES: Readonly<Record<RegionType, number>> = {
  usable: 1,
  reserved: 2,
  "acpi-data": 3,
  "acpi-nvs": 4,
  unusable: 5,
  persistent: 7,
  "soft-reserved": 0xefffffff,
  other: 2,
};

export function bootParams(
  machine: Machine,
  call: FileLoadCall,
  kernel: FileBytes,
  places: Places,
): Uint8Array<ArrayBuffer> {
  const prefix = places.elfcorehdr === undefined
    ? ""
    : `elfcorehdr=0x${places.elfcorehdr.toString(16)} `;
  const length = Number(call.cmdlineLength);
  const text = new TextEncoder().encode(prefix);
  const bytes = new Uint8Array(alignUp(PAGE + length + 30, 16));
  const view = new DataView(bytes.buffer);
  bytes.set(kernel.read(0x1f1, 0x80), 0x1f1);
  view.setUint8(0x210, 0xd0); // loader: kexec
  bytes.set(text, PAGE);
  bytes.set(call.cmdline.subarray(0, Math.max(0, length - 1)), PAGE + text.length);
  setSplit(view, 0x228, 0x0c8, places.at + PAGE);
  if (places.initrd !== undefined) {
    setSplit(view, 0x218, 0x0c0, places.initrd.at);
    setSplit(view, 0x21c, 0x0c4, places.initrd.size);
  }
  const map = call.slot === "crash" ? crashMap(machine, places.elfcorehdr) : wholeMap(machine);
  view.setUint8(0x1e8, Math.min(map.length, MOST_ENTRIES));
  for (const [i, { range, type }] of map.slice(0, MOST_ENTRIES).entries()) {
    const at = 0x2d0 + i * 20;
    view.setBigUint64(at, BigInt(range.start), true);
    view.setBigUint64(at + 8, BigInt(sizeOf(range)), true);
    view.setUint32(at + 16, type, true);
  }
  return bytes;
}

/** A 64-bit value in two fields of 32. */
function setSplit(view: DataView, low: number, high: number, value: number): void {
  view.setUint32(low, value % 2 ** 32, true);
  view.setUint32(high, Math.floor(value / 2 ** 32), true);
}

interface MapEntry {
  readonly range: Range;
  readonly type: number;
}

function wholeMap(machine: Machine): MapEntry[] {
  return machine.firmware.map(({ range, type }) => ({ range, type: E820_TYPES[type] }));
}

/** What a crash kernel may use: the low MiB, and its regions without the core header. */
function crashMap(machine: Machine, elfcorehdr: number | undefined): MapEntry[] {
  const map = machine.firmware.flatMap(({ range, type }): MapEntry[] => {
    if (type !== "usable") return [{ range, type: E820_TYPES[type] }];
    return range.start < 2 ** 20
      ? [{ range: { start: range.start, end: Math.min(range.end, 2 ** 20) }, type: 1 }]
      : [];
  });
  const low = crashLowRegion(machine);
  if (low !== undefined) map.push({ range: low, type: 1 });
  const main = crashRegion(machine);
  if (main !== undefined) {
    const start = elfcorehdr === main.start ? main.start + PAGE : main.start;
    map.push({ range: { start, end: main.end }, type: 1 });
  }
  return map;
}
