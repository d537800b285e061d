/**
 * Where everything lies in the file: ELF header, program headers, notes, then each range of RAM on a
 * page of its own. As `/proc/vmcore` shows it, without the first MiB and the crash regions.
 * [linux:crash_prepare_elf64_headers]
 *
 * Simplified: ranges come from the machine and not from the header that was loaded with the crash
 * image.
 */
import {
  elfCoreHeadSize,
  pagingLevels,
  type ProgramHeader,
  PT_LOAD,
  PT_NOTE,
  READ_WRITE_EXECUTE,
  writeElfCoreHead,
} from "../machine/mod.ts";
import {
  alignUp,
  bytesOfFrames,
  intersect,
  isEmpty,
  PAGE_SIZE,
  type Range,
  sizeOf,
  subtract,
} from "../memory/mod.ts";
import type { CrashMoment } from "./moment.ts";
import { notesOf } from "./notes.ts";

export interface Core {
  /** Everything before the first page of memory. */
  readonly head: Uint8Array;
  readonly loads: readonly Load[];
  /** Of the whole file, bytes. */
  readonly length: number;
}

/** A range of physical memory, bytes, and where it begins in the file. */
export interface Load {
  readonly range: Range;
  readonly offset: number;
}

const FIRST_MIB: Range = { start: 0, end: 2 ** 20 };

/** Reservations that are not dumped, by their names in the machine. */
const CRASH_REGION = /^crash(?: low| cma \d+)?$/;

/** Where the kernel maps itself, without KASLR. [linux:__START_KERNEL_map] */
const KERNEL_MAP = 0xffff_ffff_8000_0000n;

/** Start of the direct map, with 4 and with 5 levels, without KASLR. [linux:__PAGE_OFFSET_BASE_L4] */
const DIRECT_MAP = { 4: 0xffff888000000000n, 5: 0xff11000000000000n } as const;

export function coreOf(moment: CrashMoment): Core {
  const direct = DIRECT_MAP[pagingLevels(moment.processors[0]!)];
  const pieces = [
    ...kernelText(moment),
    ...dumpedRanges(moment).map((range) => ({ range, vaddr: direct + BigInt(range.start) })),
  ];
  const notes = notesOf(moment);
  const notesAt = elfCoreHeadSize(1 + pieces.length);
  const head = new Uint8Array(alignUp(notesAt + notes.length, PAGE_SIZE));
  const headers: ProgramHeader[] = [{
    type: PT_NOTE,
    flags: 0,
    offset: notesAt,
    vaddr: 0n,
    paddr: 0,
    size: notes.length,
    align: 4,
  }];
  let offset = head.length;
  const loads = pieces.map(({ range, vaddr }) => {
    const load = { range, offset };
    headers.push({
      type: PT_LOAD,
      flags: READ_WRITE_EXECUTE,
      offset,
      vaddr,
      paddr: range.start,
      size: sizeOf(range),
      align: PAGE_SIZE,
    });
    offset += sizeOf(range);
    return load;
  });
  writeElfCoreHead(head, headers);
  head.set(notes, notesAt);
  return { head, loads, length: offset };
}

/**
 * The running kernel where its own mapping shows it, besides its place in the direct map: a reader
 * resolves symbols through it. Its pages stand in the file twice, as in `/proc/vmcore`.
 */
function kernelText({ machine }: CrashMoment): { range: Range; vaddr: bigint }[] {
  const parts = [...machine.reservations].filter(([name]) => name.startsWith("Kernel "))
    .map(([, range]) => range);
  if (parts.length === 0) return [];
  const start = Math.min(...parts.map((r) => r.start));
  const end = Math.max(...parts.map((r) => r.end));
  const whole = { start: start - start % PAGE_SIZE, end: alignUp(end, PAGE_SIZE) };
  // A script may put it where no RAM is: nothing of that can be read.
  return machine.ram.map((r) => intersect(bytesOfFrames(r), whole))
    .filter((range) => !isEmpty(range))
    .map((range) => ({ range, vaddr: KERNEL_MAP + BigInt(range.start) }));
}

function dumpedRanges({ machine }: CrashMoment): Range[] {
  const holes = [FIRST_MIB];
  for (const [name, range] of machine.reservations) {
    if (CRASH_REGION.test(name) && !isEmpty(range)) holes.push(range);
  }
  return machine.ram.map(bytesOfFrames).flatMap((range) => subtract(range, holes))
    .map(({ start, end }) => ({
      // A region may be shrunk to any byte; the page that it ends in stays out.
      start: alignUp(start, PAGE_SIZE),
      end: end - end % PAGE_SIZE,
    })).filter((range) => !isEmpty(range));
}
