/**
 * Where everything lies in the file: ELF header, program headers, notes, then each range of RAM on a
 * page of its own. As `/proc/vmcore` shows it, without the first MiB and the crash regions.
 * [linux:crash_prepare_elf64_headers]
 *
 * Simplified: the kernel's text has no second header for its own mapping, and ranges come from the
 * machine and not from the header that was loaded with the crash image.
 */
import { pagingLevels } from "../machine/mod.ts";
import {
  alignUp,
  bytesOfFrames,
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

const EHDR = 64;
const PHDR = 56;
const SHDR = 64;
const PT_LOAD = 1;
const PT_NOTE = 4;
const READ_WRITE_EXECUTE = 7;

/** From here on the number of program headers stands in a section header. */
const PN_XNUM = 0xffff;

const FIRST_MIB: Range = { start: 0, end: 2 ** 20 };

/** Reservations that are not dumped, by their names in the machine. */
const CRASH_REGION = /^crash(?: low| cma \d+)?$/;

/** Start of the direct map, with 4 and with 5 levels, without KASLR. [linux:__PAGE_OFFSET_BASE_L4] */
const DIRECT_MAP = { 4: 0xffff888000000000n, 5: 0xff11000000000000n } as const;

export function coreOf(moment: CrashMoment): Core {
  const ranges = dumpedRanges(moment);
  const notes = notesOf(moment);
  const count = 1 + ranges.length;
  const sectionsAt = EHDR + count * PHDR;
  const notesAt = sectionsAt + (count >= PN_XNUM ? SHDR : 0);
  const head = new Uint8Array(alignUp(notesAt + notes.length, PAGE_SIZE));
  let offset = head.length;
  const loads = ranges.map((range) => {
    const load = { range, offset };
    offset += sizeOf(range);
    return load;
  });

  const view = new DataView(head.buffer);
  writeElfHeader(head, count, sectionsAt);
  const direct = DIRECT_MAP[pagingLevels(moment.processors[0]!)];
  writeProgramHeader(view, EHDR, {
    type: PT_NOTE,
    flags: 0,
    offset: notesAt,
    vaddr: 0n,
    paddr: 0,
    size: notes.length,
    align: 4,
  });
  for (const [i, load] of loads.entries()) {
    writeProgramHeader(view, EHDR + (1 + i) * PHDR, {
      type: PT_LOAD,
      flags: READ_WRITE_EXECUTE,
      offset: load.offset,
      vaddr: direct + BigInt(load.range.start),
      paddr: load.range.start,
      size: sizeOf(load.range),
      align: PAGE_SIZE,
    });
  }
  head.set(notes, notesAt);
  return { head, loads, length: offset };
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

function writeElfHeader(head: Uint8Array, count: number, sectionsAt: number): void {
  const view = new DataView(head.buffer);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 4, true); // ET_CORE
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(32, BigInt(EHDR), true);
  view.setUint16(52, EHDR, true);
  view.setUint16(54, PHDR, true);
  view.setUint16(56, Math.min(count, PN_XNUM), true);
  if (count < PN_XNUM) return;
  view.setBigUint64(40, BigInt(sectionsAt), true);
  view.setUint16(58, SHDR, true);
  view.setUint16(60, 1, true);
  view.setUint32(sectionsAt + 44, count, true); // sh_info
}

interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: bigint;
  readonly paddr: number;
  /** In the file and in memory. */
  readonly size: number;
  readonly align: number;
}

function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const size = BigInt(header.size);
  const words = [BigInt(header.offset), header.vaddr, BigInt(header.paddr), size, size];
  for (const [i, word] of words.entries()) view.setBigUint64(at + 8 + 8 * i, word, true);
  view.setBigUint64(at + 48, BigInt(header.align), true);
}
