/** Notes of a core: registers of each processor, and the text of vmcoreinfo. */
import { type Cpu, imageIn, readMemory } from "../machine/mod.ts";
import { alignUp, PAGE_SIZE } from "../memory/mod.ts";
import type { CrashMoment } from "./moment.ts";

const NT_PRSTATUS = 1;
const NT_VMCOREINFO = 0;

/** `struct elf_prstatus` of x86_64. [linux:crash_save_cpu] */
const PRSTATUS_SIZE = 336;
const PR_PID = 32;
const PR_REG = 112;
const HEADER = 12;

/** Bytes of the buffer that a kernel has for each processor: a note, then an empty header. */
export const NOTE_SIZE = HEADER + 8 + PRSTATUS_SIZE + HEADER;

/** How each of those buffers begins. */
export const NOTE_START: Uint8Array = note("CORE", NT_PRSTATUS, new Uint8Array(PRSTATUS_SIZE))
  .subarray(0, HEADER + 8);

/** In the order of `struct user_regs_struct`, up to `orig_ax`. */
const REGISTERS = [
  "r15",
  "r14",
  "r13",
  "r12",
  "rbp",
  "rbx",
  "r11",
  "r10",
  "r9",
  "r8",
  "rax",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
] as const;

/** All notes, one after the other. */
export function notesOf(moment: CrashMoment): Uint8Array {
  const notes = moment.processors.map((cpu, i) =>
    moment.savedNotes?.subarray(i * NOTE_SIZE, (i + 1) * NOTE_SIZE - HEADER) ??
      note("CORE", NT_PRSTATUS, prstatus(cpu, i))
  );
  const text = vmcoreinfo(moment);
  if (text !== undefined) notes.push(note("VMCOREINFO", NT_VMCOREINFO, text));
  const all = new Uint8Array(notes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of notes) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** The text in the page that the crash image keeps; undefined if there is none. */
function vmcoreinfo({ machine }: CrashMoment): Uint8Array | undefined {
  const frame = imageIn(machine, "crash")?.vmcoreinfoFrame;
  if (frame === undefined) return undefined;
  const page = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
  const end = page.indexOf(0);
  return end === -1 ? page : page.subarray(0, end);
}

function note(name: string, type: number, body: Uint8Array): Uint8Array {
  const nameSize = name.length + 1;
  const bodyAt = HEADER + alignUp(nameSize, 4);
  const bytes = new Uint8Array(bodyAt + alignUp(body.length, 4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, nameSize, true);
  view.setUint32(4, body.length, true);
  view.setUint32(8, type, true);
  bytes.set(new TextEncoder().encode(name), HEADER);
  bytes.set(body, bodyAt);
  return bytes;
}

/**
 * Simplified: there are no tasks, so that the process is the processor's number plus one; signal and
 * times are 0, and `orig_ax` says that no system call was interrupted.
 */
function prstatus(cpu: Cpu, id: number): Uint8Array {
  const bytes = new Uint8Array(PRSTATUS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(PR_PID, id + 1, true);
  const { segments } = cpu;
  const words = [
    ...REGISTERS.map((name) => cpu.registers[name]),
    (1n << 64n) - 1n,
    cpu.rip,
    BigInt(segments.cs.selector),
    cpu.rflags,
    cpu.registers.rsp,
    BigInt(segments.ss.selector),
    segments.fs.base,
    segments.gs.base,
    ...(["ds", "es", "fs", "gs"] as const).map((name) => BigInt(segments[name].selector)),
  ];
  for (const [i, word] of words.entries()) view.setBigUint64(PR_REG + 8 * i, word, true);
  return bytes;
}
