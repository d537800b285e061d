/**
 * A processor as software sees it: general registers, segment registers with their hidden part,
 * control registers, descriptor tables and the few model-specific registers that a jump between
 * kernels touches. All plain values; `cpu-changed` makes a new one.
 *
 * Simplified: caches, performance counters and the contents of FPU registers are not kept; of the
 * FPU only whose state it holds.
 */

export const GENERAL_REGISTERS = [
  "rax",
  "rbx",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
  "rbp",
  "rsp",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
] as const;

export type GeneralRegister = (typeof GENERAL_REGISTERS)[number];

export type GeneralRegisters = Readonly<Record<GeneralRegister, bigint>>;

/**
 * The visible part is the selector. The hidden part is what was read from the descriptor table when
 * the selector was loaded, and holds on when the table is gone.
 */
export interface SegmentRegister {
  readonly selector: number;
  readonly base: bigint;
  /** Bytes, the last one that can be reached. */
  readonly limit: bigint;
  /** `none`: a null selector, or nothing was loaded. */
  readonly kind: "code64" | "code32" | "code16" | "data" | "tss" | "none";
}

export const SEGMENT_REGISTERS = ["cs", "ds", "es", "ss", "fs", "gs", "tr", "ldtr"] as const;

export type SegmentName = (typeof SEGMENT_REGISTERS)[number];

export interface DescriptorTable {
  readonly base: bigint;
  /** Bytes, the last one of the table: 0 leaves room for no descriptor. */
  readonly limit: number;
}

/** Model-specific and debug registers that a payload can print. */
export interface SpecialRegisters {
  readonly efer: bigint;
  readonly star: bigint;
  readonly lstar: bigint;
  readonly kernelGsBase: bigint;
  readonly apicBase: bigint;
  readonly pat: bigint;
  readonly dr6: bigint;
  readonly dr7: bigint;
}

export interface Cpu {
  /**
   * `waiting`: after power-on, for a start-up message. `running`. `stopped`: halted for good with
   * interrupts off, by a message or an NMI. `offline`: parked by the kernel, which can wake it.
   */
  readonly state: "waiting" | "running" | "stopped" | "offline";
  readonly registers: GeneralRegisters;
  readonly rip: bigint;
  readonly rflags: bigint;
  readonly segments: Readonly<Record<SegmentName, SegmentRegister>>;
  readonly cr0: bigint;
  readonly cr2: bigint;
  readonly cr3: bigint;
  readonly cr4: bigint;
  readonly cr8: bigint;
  readonly gdtr: DescriptorTable;
  readonly idtr: DescriptorTable;
  readonly special: SpecialRegisters;
  /** `live`: a task's own. `saved`: flushed to memory, to be loaded again. `unspecified`: nobody says. */
  readonly fpu: "live" | "saved" | "unspecified";
  /** As it was when it left for an image that may come back. */
  readonly departed?: Cpu;
}

export const CR0 = { PE: 1n, WP: 1n << 16n, AM: 1n << 18n, PG: 1n << 31n } as const;
export const CR4 = { PAE: 1n << 5n, MCE: 1n << 6n, LA57: 1n << 12n, CET: 1n << 23n } as const;

export function zeroRegisters(): GeneralRegisters {
  return Object.fromEntries(GENERAL_REGISTERS.map((name) => [name, 0n])) as GeneralRegisters;
}

const REAL_MODE: SegmentRegister = { selector: 0, base: 0n, limit: 0xffffn, kind: "data" };
const NO_SEGMENT: SegmentRegister = { selector: 0, base: 0n, limit: 0xffffn, kind: "none" };

/** After reset: real mode at the top of 4 GiB. [x86:processor state after reset] */
export const RESET_CPU: Cpu = {
  state: "waiting",
  registers: zeroRegisters(),
  rip: 0xfff0n,
  rflags: 2n,
  segments: {
    cs: { selector: 0xf000, base: 0xffff0000n, limit: 0xffffn, kind: "code16" },
    ds: REAL_MODE,
    es: REAL_MODE,
    ss: REAL_MODE,
    fs: REAL_MODE,
    gs: REAL_MODE,
    tr: NO_SEGMENT,
    ldtr: NO_SEGMENT,
  },
  cr0: 0x60000010n,
  cr2: 0n,
  cr3: 0n,
  cr4: 0n,
  cr8: 0n,
  gdtr: { base: 0n, limit: 0xffff },
  idtr: { base: 0n, limit: 0xffff },
  special: {
    efer: 0n,
    star: 0n,
    lstar: 0n,
    kernelGsBase: 0n,
    apicBase: 0xfee00800n,
    pat: 0x7040600070406n,
    dr6: 0xffff0ff0n,
    dr7: 0x400n,
  },
  fpu: "unspecified",
};

/** All processors after power-on. The first is the boot processor and says so in its APIC base. */
export function resetCpus(count: number): readonly Cpu[] {
  const boot: Cpu = {
    ...RESET_CPU,
    state: "running",
    special: { ...RESET_CPU.special, apicBase: 0xfee00900n },
  };
  return Array.from({ length: count }, (_, i) => i === 0 ? boot : RESET_CPU);
}

/** Levels of page tables that the processor walks. */
export function pagingLevels(cpu: Cpu): 4 | 5 {
  return (cpu.cr4 & CR4.LA57) === 0n ? 4 : 5;
}

/** Whether two processors' registers are alike, whatever they are doing. */
export function sameRegisters(a: Cpu, b: Cpu): boolean {
  return GENERAL_REGISTERS.every((name) => a.registers[name] === b.registers[name]) &&
    SEGMENT_REGISTERS.every((name) =>
      a.segments[name].selector === b.segments[name].selector &&
      a.segments[name].base === b.segments[name].base
    ) &&
    (["rip", "rflags", "cr0", "cr2", "cr3", "cr4", "cr8"] as const).every((name) =>
      a[name] === b[name]
    ) &&
    (["gdtr", "idtr"] as const).every((name) =>
      a[name].base === b[name].base && a[name].limit === b[name].limit
    ) &&
    a.special.efer === b.special.efer;
}
