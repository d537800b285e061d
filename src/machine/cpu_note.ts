/**
 * The ELF note that a dying kernel leaves for each processor, byte for byte: a world writes it into
 * memory, and a core is made of it.
 */
import { alignUp } from "../memory/mod.ts";
import type { Cpu } from "./cpu.ts";

const NT_PRSTATUS = 1;

/** `struct elf_prstatus` of x86_64. [linux:crash_save_cpu] */
const PRSTATUS_SIZE = 336;
const PR_PID = 32;
const PR_REG = 112;
const HEADER = 12;

/** Bytes of one processor's note: header, name, body. */
export const CPU_NOTE_SIZE = HEADER + 8 + PRSTATUS_SIZE;

/** Bytes of the buffer that a kernel has for each processor: a note, then an empty header. */
export const CPU_NOTE_ROOM = CPU_NOTE_SIZE + HEADER;

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

/** Name of the note whose text tells a dump tool about the kernel that crashed. */
export const VMCOREINFO_NAME = "VMCOREINFO";

/** The PRSTATUS note of processor `id`; `CPU_NOTE_SIZE` bytes. */
export function cpuNote(cpu: Cpu, id: number): Uint8Array {
  return elfNote("CORE", NT_PRSTATUS, prstatus(cpu, id + 1, (1n << 64n) - 1n));
}

/** How every processor's note begins, whatever is in its registers. */
export function cpuNoteStart(): Uint8Array {
  return elfNote("CORE", NT_PRSTATUS, new Uint8Array(PRSTATUS_SIZE)).subarray(0, HEADER + 8);
}

/** An ELF note: header, name with its NUL, body, each padded to four bytes. */
export function elfNote(name: string, type: number, body: Uint8Array): Uint8Array {
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
 * The body of the note. Simplified: there are no tasks, so that Linux's notes have the processor's
 * number plus one as the process, and say that no system call was interrupted; signal and times are 0.
 */
export function prstatus(cpu: Cpu, process: number, origAx: bigint): Uint8Array {
  const bytes = new Uint8Array(PRSTATUS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(PR_PID, process, true);
  const { segments } = cpu;
  const words = [
    ...REGISTERS.map((name) => cpu.registers[name]),
    origAx,
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
