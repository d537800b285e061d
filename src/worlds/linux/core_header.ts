/**
 * The ELF core header that describes the crashed kernel's memory to the crash kernel: real bytes.
 * [linux:crash_prepare_elf64_headers]
 *
 * Simplified: the notes of processors and vmcoreinfo lie wherever the kernel allocated them; here at
 * the end of the kernel's data.
 */
import type { Machine } from "../../machine/mod.ts";
import {
  alignUp,
  bytesOfFrames,
  PAGE_SIZE,
  type Range,
  sizeOf,
  subtract,
} from "../../memory/mod.ts";
import { crashLowRegion, crashRegion, isConfigured } from "./kernel.ts";
import type { Features } from "./version.ts";

const EHDR = 64;
const PHDR = 56;
const PT_LOAD = 1;
const PT_NOTE = 4;
/** Bytes of a processor's note buffer, and of vmcoreinfo's. */
const CPU_NOTE = 368;
const VMCOREINFO_NOTE = 0x1024;
const KERNEL_TEXT_VADDR = 0xffffffff81000000n;
const DIRECT_MAP = 0xffff888000000000n;

/** Processors and memory ranges that a hotplug kernel leaves room for. [linux:CRASH_MAX_MEMORY_RANGES] */
const ROOM = { cpus: 8192, ranges: 8192 } as const;

interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly start: number;
  readonly size: number;
  readonly vaddr: bigint;
  /** Where the bytes are, if not at `start`. */
  readonly offset?: number;
}

/** Bytes of the segment: with crash hotplug far more than the header needs now. */
export function coreHeaderRoom(machine: Machine, features: Features): number {
  if (!features.crashHotplug || !isConfigured(machine.settings, "CRASH_HOTPLUG")) return 0;
  return (2 + ROOM.cpus + ROOM.ranges) * PHDR + EHDR;
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
  const bytes = new Uint8Array(alignUp(EHDR + headers.length * PHDR, options.unit ?? PAGE_SIZE));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 4, true); // ET_CORE
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(32, BigInt(EHDR), true);
  view.setUint16(52, EHDR, true);
  view.setUint16(54, PHDR, true);
  view.setUint16(56, headers.length, true);
  for (const [i, h] of headers.entries()) {
    const at = EHDR + i * PHDR;
    view.setUint32(at, h.type, true);
    view.setUint32(at + 4, h.flags, true);
    for (
      const [offset, value] of [[8, h.offset ?? h.start], [24, h.start], [32, h.size], [
        40,
        h.size,
      ]] as const
    ) {
      view.setBigUint64(at + offset, BigInt(value), true);
    }
    view.setBigUint64(at + 16, h.vaddr, true);
  }
  return bytes;
}

/** Notes of each processor, vmcoreinfo, the kernel's text, then RAM without what is not dumped. */
function programHeaders(machine: Machine, options: CoreHeaderOptions): ProgramHeader[] {
  const kernel = [...machine.reservations].filter(([name]) => name.startsWith("Kernel "))
    .map(([, range]) => range).sort((a, b) => a.start - b.start);
  const text = kernel[0] ?? { start: 0x1000000, end: 0x2000000 };
  const end = kernel.at(-1)?.end ?? text.end;
  const note = (start: number, size: number) => ({
    type: PT_NOTE,
    flags: 0,
    start,
    size,
    vaddr: 0n,
  });
  const notes = end - VMCOREINFO_NOTE - machine.cpus * CPU_NOTE;
  const headers: ProgramHeader[] = [];
  for (let cpu = 0; cpu < machine.cpus; cpu++) headers.push(note(notes + cpu * CPU_NOTE, CPU_NOTE));
  headers.push(note(end - VMCOREINFO_NOTE, VMCOREINFO_NOTE));
  headers.push({
    type: PT_LOAD,
    flags: 7,
    start: text.start,
    size: end - text.start,
    vaddr: KERNEL_TEXT_VADDR,
  });
  const { backup } = options;
  for (const range of dumpedRanges(machine, options.low === true)) {
    const vaddr = DIRECT_MAP + BigInt(range.start);
    const saved = backup !== undefined && range.start >= backup.range.start &&
      range.end <= alignUp(backup.range.end, PAGE_SIZE);
    headers.push({
      type: PT_LOAD,
      flags: 7,
      start: range.start,
      size: sizeOf(range),
      vaddr,
      ...(saved ? { offset: backup.at + range.start - backup.range.start } : {}),
    });
  }
  return headers;
}

function dumpedRanges(machine: Machine, low: boolean): Range[] {
  const holes: Range[] = low ? [] : [{ start: 0, end: 2 ** 20 }];
  for (const region of [crashRegion(machine), crashLowRegion(machine)]) {
    if (region !== undefined) holes.push(region);
  }
  return machine.ram.map(bytesOfFrames).flatMap((r) => subtract(r, holes));
}
