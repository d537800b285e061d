/**
 * The buffer with the new kernel's file. The caller of kexec() has it on the heap: single pages of the
 * page allocator, mapped one by one behind each other. A failed attempt leaves it there, and the next
 * one uses it again. [minios:kexec.c header]
 */
import {
  type Decision,
  type FileBytes,
  type Owner,
  readWord,
  type Recipe,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { allocatePages, allocPages } from "../memory/mod.ts";
import { kernelOf } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import { type KernelBuffer, kexecOf } from "./state.ts";

/** VIRT_HEAP_AREA. */
const HEAP = 0x2000_0000_0000;
/** Where kx says that a buffer ends that no page allocator has: nothing is mapped behind it. */
const APART_END = 0x7000_0000_0000n;

const HEAP_OWNER: Owner = { kind: "kernel", label: "heap: the new kernel's file" };
// The tables' own bits: a page of the lowest level lacks only "dirty", which the processor sets.
const PROT = 0x63n;

/** A file in memory of its own. */
export function bufferApart(file: FileBytes): KernelBuffer {
  return { file, vaddr: APART_END - BigInt(file.size), frames: [] };
}

/** A file at its own physical address, as the kernel maps all memory: in pages of 2 MiB. */
export function* bufferAt(run: Run, file: FileBytes, at: number): Decision<KernelBuffer> {
  const first = Math.floor(at / PAGE_SIZE);
  if (at % PAGE_SIZE === 0 && file.size > 0) {
    yield* emit(run, {
      kind: "frames-written",
      frames: [first, first + Math.ceil(file.size / PAGE_SIZE)],
      recipe: { kind: "file", file, offset: 0, length: file.size },
      shifts: [first],
      what: `file ${file.name}`,
    });
  }
  return { file, vaddr: BigInt(at), frames: [] };
}

/** Reads a file into the heap; undefined: there is not enough memory. */
export function* bufferInHeap(run: Run, file: FileBytes): Decision<KernelBuffer | undefined> {
  const before = kexecOf(run.machine).buffer?.frames ?? [];
  const wanted = Math.ceil(file.size / PAGE_SIZE);
  let frames = before;
  if (wanted > before.length) {
    const more = yield* allocatePages(run, wanted - before.length, HEAP_OWNER);
    if (more === undefined) return undefined;
    frames = [...before, ...more];
    const mapped = yield* mapPages(run, before.length, more);
    if (!mapped) return undefined;
  }
  const recipe: Recipe = { kind: "file", file, offset: 0, length: file.size };
  for (const { start, page, count } of runsOf(frames.slice(0, wanted))) {
    yield* emit(run, {
      kind: "frames-written",
      frames: [start, start + count],
      recipe,
      shifts: [start - page],
      what: `file ${file.name}`,
    });
  }
  return { file, vaddr: BigInt(HEAP), frames };
}

interface FrameRun {
  readonly start: number;
  /** Page of the file in its first frame. */
  readonly page: number;
  count: number;
}

function runsOf(frames: readonly number[]): FrameRun[] {
  const runs: FrameRun[] = [];
  for (const [page, frame] of frames.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.count === frame) last.count++;
    else runs.push({ start: frame, page, count: 1 });
  }
  return runs;
}

/** Enters frames from page `first` of the heap on; makes the tables that are missing. [minios:need_pgt] */
function* mapPages(run: Run, first: number, frames: readonly number[]): Decision<boolean> {
  for (let i = 0; i < frames.length;) {
    const page = HEAP / PAGE_SIZE + first + i;
    const table = yield* tableFor(run, page * PAGE_SIZE);
    if (table === undefined) return false;
    const index = page % 512;
    const count = Math.min(frames.length - i, 512 - index);
    const words = frames.slice(i, i + count).map((frame) => BigInt(frame * PAGE_SIZE) | PROT);
    yield* emit(run, {
      kind: "bytes-written",
      at: table + index * 8,
      bytes: new Uint8Array(new BigUint64Array(words).buffer),
      what: "page table of the heap",
    });
    i += count;
  }
  return true;
}

/** The level 1 table for an address. */
function* tableFor(run: Run, vaddr: number): Decision<number | undefined> {
  let table = kernelOf(run.machine)?.pageTableBase ?? 0;
  for (let level = 4; level > 1; level--) {
    const at = table + (Math.floor(vaddr / 2 ** (12 + 9 * (level - 1))) % 512) * 8;
    const word = readWord(run.machine, at);
    if ((word & 1n) !== 0n) {
      table = Number(word & 0x000f_ffff_ffff_f000n);
      continue;
    }
    const owner: Owner = { kind: "page-table", label: "page tables of the heap" };
    const pfn = yield* allocPages(run, 0, owner);
    if (pfn === undefined) return undefined;
    table = pfn * PAGE_SIZE;
    const what = `page table of the heap, level ${level - 1}`;
    yield* emit(run, { kind: "bytes-written", at: table, bytes: new Uint8Array(PAGE_SIZE), what });
    const bytes = new Uint8Array(new BigUint64Array([BigInt(table) | PROT]).buffer);
    yield* emit(run, { kind: "bytes-written", at, bytes, what: "entry of a page table" });
  }
  return table;
}
