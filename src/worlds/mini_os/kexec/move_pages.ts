/**
 * What the running kernel still needs while its memory is overwritten: GDT and IDT go to fresh pages,
 * then each page table below the end of the new kernel, from the top down, then the pages of the file
 * itself. Old pages are freed at once. [minios:kexec_move_used_pages]
 */
import {
  type Decision,
  type DescriptorTable,
  type Machine,
  readMemory,
  readWord,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { allocPages, freeChunk } from "../memory/mod.ts";
import { keep, KERNEL, kernelOf } from "../state.ts";
import { emit, milestone, type Run } from "../steps.ts";
import type { Failure } from "./kexec.ts";
import { change, kexecOf } from "./state.ts";

const CITE = "minios:kexec_move_used_pages";
const ENOMEM = 12;
const EINVAL = 22;

export function noMemory(what: string): Failure {
  return { ret: ENOMEM, rule: "kexec-no-memory", message: `no page is left for ${what}` };
}

const PAGE = BigInt(PAGE_SIZE);
const PRESENT = 1n;
const LARGE = 0x80n;
const ADDRESS = 0x000f_ffff_ffff_f000n;

/** `answer`: nothing is moved, and this is the answer. */
export function* moveUsedPages(
  run: Run,
  answer: number | undefined,
): Decision<Failure | undefined> {
  const { lastAddr, buffer } = kexecOf(run.machine);
  const size = hex(buffer!.file.size);
  yield* milestone(run, `kexec_move_used_pages boundary=${hex(lastAddr)} size=${size}`, CITE);
  if (answer === 0) return undefined;
  if (answer !== undefined) {
    return { ret: answer, rule: "kexec-move", message: `moving pages answered ${answer}` };
  }
  const boundary = Math.floor(Number(lastAddr) / PAGE_SIZE);
  for (const table of ["gdt", "idt"] as const) {
    const pfn = yield* allocPages(run, 0, {
      kind: "control",
      label: `${table.toUpperCase()} while kexec() runs`,
    });
    if (pfn === undefined) return noMemory(`the ${table.toUpperCase()}`);
    const cpu = run.machine.processors[0]!;
    const before = table === "gdt" ? cpu.gdtr : cpu.idtr;
    yield* change(run, { [table]: { pfn, before } }, `${table} moved`);
    if (table === "gdt") {
      const bytes = gdtBytes();
      yield* emit(run, { kind: "bytes-written", at: pfn * PAGE_SIZE, bytes, what: "GDT" });
    }
    const moved: DescriptorTable = { base: BigInt(pfn * PAGE_SIZE), limit: LIMITS[table] };
    yield* emit(run, {
      kind: "cpu-changed",
      cpus: [0, 1],
      changes: table === "gdt" ? { gdtr: moved } : { idtr: moved },
      what: `${table} moved to ${hex(pfn * PAGE_SIZE)}`,
    });
  }
  return (yield* moveTables(run, boundary)) ?? (yield* moveBuffer(run, boundary));
}

/** GDT of 13 entries, IDT of 256 gates of 16 bytes. */
const LIMITS = { gdt: 13 * 8 - 1, idt: 256 * 16 - 1 } as const;

/** Null, code of 64 and of 32 bits, data, the same three for rings above 0; the rest empty. */
function gdtBytes(): Uint8Array {
  const ring0 = [0x00af_9b00_0000_ffffn, 0x00cf_9b00_0000_ffffn, 0x00cf_9300_0000_ffffn];
  const ring3 = ring0.map((descriptor) => descriptor | 0x6000_0000_0000n);
  return new Uint8Array(
    new BigUint64Array([0n, ...ring0, ...ring3, ...new Array<bigint>(6).fill(0n)]).buffer,
  );
}

/** The table itself if it is below the boundary, then all that it leads to, in the order of addresses. */
function* moveTables(run: Run, boundary: number): Decision<Failure | undefined> {
  const kernel = kernelOf(run.machine);
  if (kernel === undefined) return undefined;
  let root = kernel.pageTableBase;
  if (root / PAGE_SIZE < boundary) {
    const moved = yield* movePage(run, root / PAGE_SIZE, "page table, level 4");
    if (moved === undefined) return noMemory("a page table");
    root = moved * PAGE_SIZE;
    yield* keep(run, KERNEL, { ...kernel, pageTableBase: root }, "top page table moved");
  }
  return yield* moveBelow(run, root, 4, boundary);
}

function* moveBelow(
  run: Run,
  table: number,
  level: number,
  boundary: number,
): Decision<Failure | undefined> {
  if (level === 1) return undefined;
  for (const [index, word] of wordsOf(run.machine, table).entries()) {
    if ((word & PRESENT) === 0n || (word & LARGE) !== 0n) continue;
    let next = Number(word & ADDRESS);
    if (next / PAGE_SIZE < boundary) {
      const moved = yield* movePage(run, next / PAGE_SIZE, `page table, level ${level - 1}`);
      if (moved === undefined) return noMemory("a page table");
      next = moved * PAGE_SIZE;
      yield* writeEntry(run, table + index * 8, BigInt(next) | (word & ~ADDRESS));
    }
    const below = yield* moveBelow(run, next, level - 1, boundary);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The 512 entries of a table. */
function wordsOf(machine: Machine, table: number): BigUint64Array {
  return new BigUint64Array(readMemory(machine, table, PAGE_SIZE).buffer);
}

/** Copies a page to a fresh one and frees it; undefined: there is none. */
function* movePage(run: Run, pfn: number, what: string): Decision<number | undefined> {
  const fresh = yield* allocPages(run, 0, { kind: "page-table", label: `${what}, moved` });
  if (fresh === undefined) return undefined;
  yield* emit(run, { kind: "frames-copied", moves: [pfn, fresh, 1], what: `${what}, moved` });
  yield* freeChunk(run, { pfn, order: 0 }, `${what} moved`);
  return fresh;
}

function* writeEntry(run: Run, at: number, word: bigint): Decision<void> {
  const bytes = new Uint8Array(new BigUint64Array([word]).buffer);
  yield* emit(run, { kind: "bytes-written", at, bytes, what: "entry of a page table" });
}

/** The file's pages: each must be mapped by a small page. */
function* moveBuffer(run: Run, boundary: number): Decision<Failure | undefined> {
  const { buffer } = kexecOf(run.machine);
  const frames = [...buffer!.frames];
  const root = kernelOf(run.machine)?.pageTableBase ?? 0;
  const first = buffer!.vaddr / PAGE;
  const count = Math.ceil((Number(buffer!.vaddr % PAGE) + buffer!.file.size) / PAGE_SIZE);
  let table: number | undefined;
  let words: BigUint64Array = new BigUint64Array(0);
  for (let page = 0; page < count; page++) {
    const number = first + BigInt(page);
    const index = Number(number % 512n);
    if (page === 0 || index === 0) {
      table = smallTable(run.machine, root, number * PAGE);
      words = table === undefined ? words : wordsOf(run.machine, table);
    }
    const word = words[index] ?? 0n;
    if (table === undefined || (word & PRESENT) === 0n) {
      const message = `page ${page} of the new kernel's file is not mapped by a small page`;
      return { ret: EINVAL, rule: "kexec-large-page", message };
    }
    const pfn = Number(word & ADDRESS) / PAGE_SIZE;
    if (pfn >= boundary) continue;
    const fresh = yield* movePage(run, pfn, `page ${page} of the new kernel's file`);
    if (fresh === undefined) return noMemory("the new kernel's file");
    yield* writeEntry(run, table + index * 8, BigInt(fresh * PAGE_SIZE) | (word & ~ADDRESS));
    frames[page] = fresh;
  }
  yield* change(run, { buffer: { ...buffer!, frames } }, "the file lies above the boundary");
  return undefined;
}

/** The level 1 table that maps an address; undefined: a large page does, or nothing. */
function smallTable(machine: Machine, root: number, vaddr: bigint): number | undefined {
  let table = root;
  for (let level = 4; level > 1; level--) {
    const index = Number(vaddr >> BigInt(12 + 9 * (level - 1)) & 511n);
    const word = readWord(machine, table + index * 8);
    if ((word & PRESENT) === 0n || (word & LARGE) !== 0n) return undefined;
    table = Number(word & ADDRESS);
  }
  return table;
}

/** GDT and IDT go back; moved page tables stay where they are. [minios:kexec_move_used_pages_undo] */
export function* undoMove(run: Run): Decision<void> {
  yield* milestone(run, "kexec_move_used_pages_undo", CITE);
  const { gdt, idt } = kexecOf(run.machine);
  for (const [name, moved] of [["GDT", gdt], ["IDT", idt]] as const) {
    if (moved === undefined) continue;
    yield* emit(run, {
      kind: "cpu-changed",
      cpus: [0, 1],
      changes: name === "GDT" ? { gdtr: moved.before } : { idtr: moved.before },
      what: `${name} back in the kernel's data`,
    });
    yield* freeChunk(run, { pfn: moved.pfn, order: 0 }, `${name} back in the kernel's data`);
  }
  if (gdt === undefined && idt === undefined) return;
  yield* change(run, { gdt: undefined, idt: undefined }, "GDT and IDT back");
}
