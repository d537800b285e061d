/**
 * The notes that Xen keeps for each processor, byte for byte and at their addresses: headers from
 * boot on, bodies when it crashes. The first processor's has what a dump reader needs of Xen itself.
 * [xen:kexec_init_cpu_notes] [xen:elf_core_save_regs]
 */
import { type Cpu, type Decision, elfNote, type Machine, prstatus } from "../../../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../../../memory/mod.ts";
import { NOTES, SETTING } from "../state.ts";
import { emit, type Run } from "../steps.ts";

const NT_PRSTATUS = 1;
const CRASH_INFO = 0x1000001;
const CRASH_REGS = 0x1000002;
const PRSTATUS_SIZE = 336;
const REGS_SIZE = 32;
const INFO_SIZE = 80;
/** Where the body of Xen's own note begins in the first processor's buffer. */
const INFO_AT = 404 + 16;

/** Bytes that the heap gives for one processor's notes: the largest have 500. */
const ROOM = 512;

/** Bytes that a processor's notes take, as get_range tells it. */
export function noteSize(cpu: number): number {
  return cpu === 0 ? 500 : 404;
}

/** From one processor's notes to the next one's, bytes. */
function strideOf(machine: Machine): number {
  return keepsLow(machine) ? noteSize(1) : ROOM;
}

/** Whether the notes lie side by side in one block. */
export function keepsLow(machine: Machine): boolean {
  return machine.settings.has(SETTING.lowCrashinfo);
}

/** Pages for the notes of all processors; a block has a power of two of them. */
export function notePages({ cpus }: Machine, inOneBlock: boolean): number {
  if (!inOneBlock) return Math.ceil(cpus * ROOM / PAGE_SIZE);
  const pages = Math.ceil((noteSize(0) + (cpus - 1) * noteSize(1)) / PAGE_SIZE);
  return 2 ** Math.ceil(Math.log2(pages));
}

/** Where a processor's notes lie, bytes; undefined: there are none. */
export function notesOf(machine: Machine, cpu: number): Range | undefined {
  const all = machine.reservations.get(NOTES);
  if (all === undefined) return undefined;
  const first = keepsLow(machine) && cpu > 0 ? noteSize(0) - noteSize(1) : 0;
  const start = all.start + first + cpu * strideOf(machine);
  return { start, end: start + noteSize(cpu) };
}

/** Headers with nothing behind them. */
export function* prepareNotes(run: Run): Decision<void> {
  for (let cpu = 0; cpu < run.machine.cpus; cpu++) {
    const at = notesOf(run.machine, cpu)?.start;
    if (at === undefined) return;
    const bytes = cpuNotes(new Uint8Array(PRSTATUS_SIZE), new Uint8Array(REGS_SIZE), cpu);
    yield* emit(run, { kind: "bytes-written", at, bytes, what: `empty notes of processor ${cpu}` });
  }
}

function cpuNotes(status: Uint8Array, regs: Uint8Array, cpu: number): Uint8Array {
  const notes = [elfNote("CORE", NT_PRSTATUS, status), elfNote("Xen", CRASH_REGS, regs)];
  if (cpu === 0) notes.push(elfNote("Xen", CRASH_INFO, new Uint8Array(INFO_SIZE)));
  return joined(notes);
}

/**
 * A processor's registers, once. Neither a process nor an interrupted call is filled in. Of the first
 * processor's notes the last is left alone.
 */
export function* saveCpu(run: Run, number: number): Decision<void> {
  const at = notesOf(run.machine, number)?.start;
  if (at === undefined) return;
  const cpu = run.machine.processors[number]!;
  const regs = words([cpu.cr0, cpu.cr2, cpu.cr3, cpu.cr4]);
  const status = prstatus(cpu, 0, 0n);
  const bytes = joined([elfNote("CORE", NT_PRSTATUS, status), elfNote("Xen", CRASH_REGS, regs)]);
  yield* emit(run, {
    kind: "bytes-written",
    at,
    bytes,
    what: `registers of processor ${number} in its notes`,
  });
}

/**
 * What a dump reader needs to find its way in Xen. The strings' places are those of one build;
 * simplified: the strings themselves are not in modelled memory. [xen:kexec_crash_save_info]
 */
export function* saveInfo(run: Run): Decision<void> {
  const at = notesOf(run.machine, 0)?.start;
  const xen = run.machine.reservations.get("xen")?.start;
  if (at === undefined || xen === undefined) return;
  const { major, minor } = run.features.version;
  const strings = [0x1a053f, 0x1b1b3f, 0x1a0508, 0x1a0490, 0x1a049c].map((o) => BigInt(xen + o));
  const bytes = words([
    BigInt(major),
    BigInt(minor),
    ...strings,
    0n,
    BigInt(xen - IMAGE_OFFSET),
    0n,
  ]);
  yield* emit(run, {
    kind: "bytes-written",
    at: at + INFO_AT,
    bytes,
    what: "Xen's own crash note",
  });
}

const IMAGE_OFFSET = 0x200000;

/** The others are stopped by an NMI, in which each saves itself. */
export function* shootDown(run: Run, except: number): Decision<void> {
  const { length } = run.machine.processors;
  for (let cpu = 0; cpu < length; cpu++) {
    if (cpu !== except) yield* saveCpu(run, cpu);
  }
  yield* stopOthers(run, except, "stopped by an NMI, registers saved");
}

export function* stopOthers(run: Run, except: number, what: string): Decision<void> {
  const { length } = run.machine.processors;
  const cpus: number[] = [];
  if (except > 0) cpus.push(0, except);
  if (except + 1 < length) cpus.push(except + 1, length);
  if (cpus.length === 0) return;
  const changes: Partial<Cpu> = { state: "stopped", rflags: 2n };
  yield* emit(run, { kind: "cpu-changed", cpus, changes, what });
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
