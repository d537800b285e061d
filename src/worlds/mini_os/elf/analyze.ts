/**
 * What kexec() reads from the new kernel's ELF file, in its order: the identification, each program
 * header (notes for the entry point, loads for the list of actions), then the sections if no program
 * header had the note. Sizes are held against nothing: not the file's, not the memory's. Pure; the
 * data of the loads is not read. [minios:analyze_kernel]
 */
import type { FileBytes } from "../../../machine/mod.ts";
import { EHDR, type ElfClass, PHDR, SHDR, valueOf } from "./fields.ts";
import { findEntry, MOST_NOTES } from "./notes.ts";
import { ElfReader, OutsideFile } from "./reader.ts";

/** No entry point was found. */
export const NO_ENTRY = (1n << 64n) - 1n;
/** Room in the list of actions. */
export const MAX_ACTIONS = 16;

export type ActionKind = "COPY" | "ZERO" | "CALL";

/** Where the bytes of a COPY come from: the file's buffer, or an address; the parameter of a CALL. */
export type ActionSource =
  | { readonly in: "file"; readonly offset: bigint }
  | { readonly in: "memory"; readonly at: bigint };

/** One line of the list of actions. Addresses are any 64-bit values; lengths have 32 bits. */
export interface Action {
  readonly kind: ActionKind;
  readonly dest: bigint;
  readonly length: number;
  readonly source: ActionSource;
  /** In a few words, for people: `program header 0`. */
  readonly what: string;
}

/** What kexec() keeps in static variables, and what a failed call leaves there. */
export interface Attempt {
  readonly actions: readonly Action[];
  /** Bytes: the end of the new kernel, later of its start info too. */
  readonly lastAddr: bigint;
  readonly entry: bigint;
}

export const FRESH_ATTEMPT: Attempt = { actions: [], lastAddr: 0n, entry: NO_ENTRY };

/** Something that the analysis came upon, for the timeline. */
export type Finding =
  | { readonly kind: "header"; readonly elfClass: ElfClass; readonly machine: string }
  | { readonly kind: "load"; readonly index: number; readonly range: string }
  | { readonly kind: "skipped"; readonly index: number }
  | { readonly kind: "entry"; readonly where: string; readonly entry: bigint };

export type Verdict =
  | { readonly kind: "ok" }
  /** What kexec() returns, and the line that it prints. */
  | {
    readonly kind: "error";
    readonly ret: number;
    readonly rule: string;
    readonly message: string;
    readonly line?: string;
  }
  /** A read outside the file; `offset` may have wrapped. */
  | { readonly kind: "fault"; readonly offset: bigint; readonly doing: string }
  | { readonly kind: "endless"; readonly offset: bigint };

export interface Analysis {
  readonly attempt: Attempt;
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
}

export interface AnalysisRules {
  /** Headers, notes and loads must lie in the file. */
  readonly checksFileSize: boolean;
}

const PT_LOAD = 1n;
const PT_NOTE = 4n;
const SHT_NOTE = 7n;
const ANY_ACCESS = 7n;
const EM_386 = 3;
const EM_X86_64 = 62;
const ENOEXEC = 8;
const ENOSPC = 28;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Analyses `file`, going on from what an earlier call left. */
export function analyzeKernel(file: FileBytes, before: Attempt, rules: AnalysisRules): Analysis {
  const work = new Work(file, before, rules);
  let verdict: Verdict;
  try {
    verdict = work.run() ?? { kind: "ok" };
  } catch (error) {
    if (!(error instanceof OutsideFile)) throw error;
    verdict = rules.checksFileSize
      ? notExecutable("elf-outside-file", `kexec: ${work.doing} is not in the ELF file`)
      : { kind: "fault", offset: error.offset, doing: work.doing };
  }
  return { attempt: work.attempt(), findings: work.findings, verdict };
}

function notExecutable(rule: string, line: string): Verdict {
  const message = line.slice(line.indexOf(":") + 2);
  return { kind: "error", ret: ENOEXEC, rule, message, line };
}

class Work {
  readonly findings: Finding[] = [];
  doing = "ELF header";
  readonly #reader: ElfReader;
  readonly #size: bigint;
  readonly #rules: AnalysisRules;
  readonly #actions: Action[];
  readonly #budget = { left: MOST_NOTES };
  #lastAddr: bigint;
  #entry: bigint;

  constructor(file: FileBytes, before: Attempt, rules: AnalysisRules) {
    this.#reader = new ElfReader(file);
    this.#size = BigInt(file.size);
    this.#rules = rules;
    this.#actions = [...before.actions];
    this.#lastAddr = before.lastAddr;
    this.#entry = before.entry;
  }

  attempt(): Attempt {
    return { actions: this.#actions, lastAddr: this.#lastAddr, entry: this.#entry };
  }

  run(): Verdict | undefined {
    const reader = this.#reader;
    for (const [i, byte] of [0x7f, 0x45, 0x4c, 0x46].entries()) {
      if (reader.u8(i) !== byte) {
        return notExecutable("elf-magic", "kexec: new kernel not an ELF file");
      }
    }
    if (reader.u8(5) !== 1) {
      return notExecutable("elf-endian", "kexec: ELF file of new kernel is big endian");
    }
    const ident = reader.u8(4);
    if (ident !== 1 && ident !== 2) {
      const line = "kexec: ELF file of new kernel is neither 32 nor 64 bit";
      return notExecutable("elf-class", line);
    }
    const machine = reader.u16(18);
    if (machine !== EM_386 && machine !== EM_X86_64) {
      const line = "kexec: ELF file of new kernel is not compatible with arch";
      return notExecutable("elf-machine", line);
    }
    const elfClass = ident === 1 ? 32 : 64;
    this.findings.push({
      kind: "header",
      elfClass,
      machine: machine === EM_386 ? "EM_386" : "EM_X86_64",
    });
    return this.#programHeaders(elfClass) ?? this.#sections(elfClass);
  }

  #programHeaders(elfClass: ElfClass): Verdict | undefined {
    const reader = this.#reader;
    let header = valueOf(reader, elfClass, 0n, EHDR.phoff);
    const count = Number(valueOf(reader, elfClass, 0n, EHDR.phnum));
    for (let index = 0; index < count; index++) {
      this.doing = `program header ${index}`;
      const type = valueOf(reader, elfClass, header, PHDR.type);
      const verdict = type === PT_NOTE && this.#entry === NO_ENTRY
        ? this.#notes(elfClass, header, PHDR.offset, PHDR.filesz, this.doing)
        : type === PT_LOAD
        ? this.#load(elfClass, header, index)
        : undefined;
      if (verdict !== undefined) return verdict;
      header = u64(header + valueOf(reader, elfClass, 0n, EHDR.phentsize));
    }
    return undefined;
  }

  #load(elfClass: ElfClass, header: bigint, index: number): Verdict | undefined {
    const value = (field: (typeof PHDR)[keyof typeof PHDR]) =>
      valueOf(this.#reader, elfClass, header, field);
    if ((value(PHDR.flags) & ANY_ACCESS) === 0n) {
      this.findings.push({ kind: "skipped", index });
      return undefined;
    }
    const paddr = value(PHDR.paddr);
    const offset = value(PHDR.offset);
    const filesz = value(PHDR.filesz);
    const memsz = value(PHDR.memsz);
    const what = `program header ${index}`;
    if (this.#rules.checksFileSize) {
      if (offset + filesz > this.#size) {
        return notExecutable("elf-outside-file", `kexec: ${what} is not in the ELF file`);
      }
      if (filesz > memsz || paddr + memsz > 1n << 32n) {
        return notExecutable("elf-load-range", `kexec: ${what} has no place below 4 GiB`);
      }
    }
    const source = { in: "file", offset } as const;
    if (filesz > 0n) {
      const verdict = this.#add({ kind: "COPY", dest: paddr, length: low32(filesz), source, what });
      if (verdict !== undefined) return verdict;
    }
    if (memsz > filesz) {
      const verdict = this.#add({
        kind: "ZERO",
        dest: u64(paddr + filesz),
        length: low32(memsz - filesz),
        source: { in: "memory", at: 0n },
        what: `rest of ${what}`,
      });
      if (verdict !== undefined) return verdict;
    }
    const end = u64(paddr + memsz);
    if (end > this.#lastAddr) this.#lastAddr = end;
    const range = `[0x${paddr.toString(16)}, 0x${end.toString(16)})`;
    this.findings.push({ kind: "load", index, range });
    return undefined;
  }

  #sections(elfClass: ElfClass): Verdict | undefined {
    if (this.#entry !== NO_ENTRY) return undefined;
    const reader = this.#reader;
    this.doing = "ELF header";
    let header = valueOf(reader, elfClass, 0n, EHDR.shoff);
    const count = Number(valueOf(reader, elfClass, 0n, EHDR.shnum));
    for (let index = 0; index < count; index++) {
      this.doing = `section header ${index}`;
      const isNote = valueOf(reader, elfClass, header, SHDR.type) === SHT_NOTE;
      if (isNote && this.#entry === NO_ENTRY) {
        const verdict = this.#notes(elfClass, header, SHDR.offset, SHDR.size, this.doing);
        if (verdict !== undefined) return verdict;
      }
      header = u64(header + valueOf(reader, elfClass, 0n, EHDR.shentsize));
    }
    return undefined;
  }

  #notes(
    elfClass: ElfClass,
    header: bigint,
    offset: Parameters<typeof valueOf>[3],
    size: Parameters<typeof valueOf>[3],
    where: string,
  ): Verdict | undefined {
    const start = valueOf(this.#reader, elfClass, header, offset);
    const length = low32(valueOf(this.#reader, elfClass, header, size));
    this.doing = `notes of ${where}`;
    const found = findEntry(this.#reader, start, length, this.#budget);
    if (found.kind === "endless") {
      return this.#rules.checksFileSize
        ? notExecutable("elf-outside-file", `kexec: ${this.doing} are not in the ELF file`)
        : { kind: "endless", offset: BigInt(found.at) };
    }
    if (found.kind === "found") {
      this.#entry = found.entry;
      this.findings.push({ kind: "entry", where, entry: found.entry });
    }
    return undefined;
  }

  #add(action: Action): Verdict | undefined {
    if (this.#actions.length === MAX_ACTIONS) {
      const message = `${action.what} needs an action, and there is room for ${MAX_ACTIONS}`;
      return { kind: "error", ret: -ENOSPC, rule: "kexec-list-full", message };
    }
    this.#actions.push(action);
    return undefined;
  }
}

function low32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
