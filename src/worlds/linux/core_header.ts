/**
 * The ELF core header that describes the crashed kernel's memory to the crash kernel: real bytes.
 * [linux:crash_prepare_elf64_headers]
 *
 * Simplified: the notes of processors and vmcoreinfo lie wherever the kernel allocated them; here at
 * the end of the kernel's data.
 */
import {
  elfCoreHeadSize,
  type Machine,
  type ProgramHeader,
  PT_LOAD,
  PT_NOTE,
  READ_WRITE_EXECUTE,
  writeElfCoreHead,
} from "../../machine/mod.ts";
import {
  alignUp,
  bytesOfFrames,
  PAGE_SIZE,
  type Range,
  sizeOf,
  subtract,
} from "../../memory/mod.ts";
import { crashLowRegion, crashRegion, hasCpu, isConfigured } from "./kernel.ts";
import { DIRECT_MAP } from "./prepare.ts";
import type { Features } from "./version.ts";

/** Bytes of a processor's note buffer, and of vmcoreinfo's. */
const CPU_NOTE = 368;
const VMCOREINFO_NOTE = 0x1024;
const KERNEL_TEXT_VADDR = 0xffffffff81000000n;

/** Processors and memory ranges that a hotplug kernel leaves room for. [linux:CRASH_MAX_MEMORY_RANGES] */
const ROOM = { cpus: 8192, ranges: 8192 } as const;

/** Bytes of the segment: with crash hotplug far more than the header needs now. */
export function coreHeaderRoom(machine: Machine, features: Features): number {
  if (!features.crashHotplug || !isConfigured(machine.settings, "CRASH_HOTPLUG")) return 0;
  return elfCoreHeadSize(2 + ROOM.cpus + ROOM.ranges);
}

/** How a loader's header differs from the one of today's kernel. */
export interface CoreHeaderOptions {
  /** Memory below 1 MiB is described too. */
  readonly low?: boolean;
  /** Where a copy of low memory is found: readers look there for it. */
  readonly backup?: { readonly range: Range; readonly at: number } | undefined;
  /** The size is a multiple of so many bytes. */
  readonly unit?: number;
}

export function coreHeader(
  machine: Machine,
  options: CoreHeaderOptions = {},
): Uint8Array<ArrayBuffer> {
  const headers = programHeaders(machine, options);
  const size = alignUp(elfCoreHeadSize(headers.length), options.unit ?? PAGE_SIZE);
  const bytes = new Uint8Array(size);
  writeElfCoreHead(bytes, headers);
  return bytes;
}

/** Notes of each processor, vmcoreinfo, the kernel's text, then RAM without what is not dumped. */
function programHeaders(machine: Machine, options: CoreHeaderOptions): ProgramHeader[] {
  const kernel = [...machine.reservations].filter(([name]) => name.startsWith("Kernel "))
    .map(([, range]) => range).sort((a, b) => a.start - b.start);
  const text = kernel[0] ?? { start: 0x1000000, end: 0x2000000 };
  const end = kernel.at(-1)?.end ?? text.end;
  const note = (start: number, size: number) => header(PT_NOTE, { start, end: start + size }, 0n);
  const notes = end - VMCOREINFO_NOTE - machine.cpus * CPU_NOTE;
  const headers: ProgramHeader[] = [];
  for (let cpu = 0; cpu < machine.cpus; cpu++) headers.push(note(notes + cpu * CPU_NOTE, CPU_NOTE));
  headers.push(note(end - VMCOREINFO_NOTE, VMCOREINFO_NOTE));
  headers.push(header(PT_LOAD, { start: text.start, end }, KERNEL_TEXT_VADDR));
  const direct = DIRECT_MAP[hasCpu(machine.settings, "la57") ? 1 : 0];
  const { backup } = options;
  for (const range of dumpedRanges(machine, options.low === true)) {
    const described = header(PT_LOAD, range, direct + BigInt(range.start));
    const saved = backup !== undefined && range.start >= backup.range.start &&
      range.end <= alignUp(backup.range.end, PAGE_SIZE);
    headers.push(
      saved ? { ...described, offset: backup.at + range.start - backup.range.start } : described,
    );
  }
  return headers;
}

/** The crash kernel reads old memory: an offset in the file is a physical address. */
function header(type: number, range: Range, vaddr: bigint): ProgramHeader {
  return {
    type,
    flags: type === PT_LOAD ? READ_WRITE_EXECUTE : 0,
    offset: range.start,
    vaddr,
    paddr: range.start,
    size: sizeOf(range),
    align: 0,
  };
}

function dumpedRanges(machine: Machine, low: boolean): Range[] {
  const holes: Range[] = low ? [] : [{ start: 0, end: 2 ** 20 }];
  for (const region of [crashRegion(machine), crashLowRegion(machine)]) {
    if (region !== undefined) holes.push(region);
  }
  return machine.ram.map(bytesOfFrames).flatMap((r) => subtract(r, holes));
}
