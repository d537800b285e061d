/**
 * Registers of a running kernel, and what the relocation code makes of them. The values of the
 * running kernel are those of a kernel without KASLR on a plain processor: plausible, and told apart
 * from the entry state, which is as recorded.
 */
import {
  type Cpu,
  CR0,
  CR4,
  type GeneralRegisters,
  type Machine,
  type SegmentName,
  type SegmentRegister,
  zeroRegisters,
} from "../../../machine/mod.ts";
import { hasCpu } from "../kernel.ts";

/** Selectors of the kernel's own GDT. [linux:GDT_ENTRY_KERNEL_CS] */
const KERNEL_CS = 0x10;
const KERNEL_DS = 0x18;
const TSS_SELECTOR = 0x40;

const FLAT = 0xffff_ffffn;
const CODE: SegmentRegister = { selector: KERNEL_CS, base: 0n, limit: FLAT, kind: "code64" };
const DATA: SegmentRegister = { selector: KERNEL_DS, base: 0n, limit: FLAT, kind: "data" };
const NULL: SegmentRegister = { selector: 0, base: 0n, limit: 0n, kind: "none" };
/** Per-CPU memory of processor 0, and how far apart the others' lies. */
const PER_CPU = 0xffff_8880_1fc0_0000n;
const TSS: SegmentRegister = {
  selector: TSS_SELECTOR,
  base: 0xffff_fe00_0000_3000n,
  limit: 0x4087n,
  kind: "tss",
};

/** The kernel's GDT and IDT in its fixed mappings. [linux:cpu_entry_area] */
const GDT = { base: 0xffff_fe00_0000_1000n, limit: 0x7f };
const IDT = { base: 0xffff_fe00_0000_0000n, limit: 0xfff };
export const VOID_TABLE = { base: 0n, limit: 0 };

/** Page-table root of the running kernel. Simplified: its own tables are not in modelled memory. */
export const KERNEL_CR3 = 0x0285_6000n;

/** What every processor of a booted kernel has. [linux:cpu_init] */
export function kernelCpu(machine: Machine): Partial<Cpu> {
  const la57 = hasCpu(machine.settings, "la57") ? CR4.LA57 : 0n;
  return {
    state: "running",
    registers: {
      ...zeroRegisters(),
      rsp: 0xffff_c900_0001_3db8n,
      rbp: 0xffff_c900_0001_3db8n,
      r15: 0xfee1_deadn,
    },
    rip: 0xffff_ffff_8100_0000n,
    rflags: 0x246n,
    segments: {
      cs: CODE,
      ss: DATA,
      ds: NULL,
      es: NULL,
      fs: NULL,
      gs: { ...NULL, base: PER_CPU },
      tr: TSS,
      ldtr: NULL,
    },
    cr0: 0x8005_0033n,
    cr3: KERNEL_CR3,
    cr4: 0x6b0n | la57,
    cr8: 1n,
    gdtr: GDT,
    idtr: IDT,
    special: {
      efer: 0xd01n,
      star: 0x0023_0010_0000_0000n,
      lstar: 0xffff_ffff_81c0_0080n,
      kernelGsBase: 0n,
      apicBase: 0xfee0_0900n,
      pat: 0x0407_0506_0007_0106n,
      dr6: 0xffff_0ff0n,
      dr7: 0x400n,
    },
    fpu: "live",
  };
}

/** Every processor but the first started by a message: its APIC base does not say "boot processor". */
export function otherCpu(machine: Machine): Partial<Cpu> {
  const cpu = kernelCpu(machine);
  return { ...cpu, special: { ...cpu.special!, apicBase: 0xfee0_0800n } };
}

/** Data segments are loaded flat while the GDT is still there: the hidden part outlives it. */
export function flatSegments(cpu: Cpu): Readonly<Record<SegmentName, SegmentRegister>> {
  return { ...cpu.segments, ds: DATA, es: DATA, ss: DATA, fs: DATA, gs: DATA };
}

/** CR0 without alignment checks and write protection; paging and protection stay. */
export function relocationCr0(cpu: Cpu): bigint {
  return (cpu.cr0 & ~(CR0.AM | CR0.WP)) | CR0.PG | CR0.PE;
}

/** Nothing but PAE, and 5 levels where the kernel runs with them. */
export function relocationCr4(cpu: Cpu): bigint {
  return cpu.cr4 & (CR4.PAE | CR4.LA57);
}

/** What a register holds when a preserving image is called: none is cleared on that way. */
export interface CallRegisters {
  readonly root: bigint;
  /** Address behind the last word of the list that was read; undefined: there was no list. */
  readonly listEnd: bigint | undefined;
  readonly lastWord: bigint;
  readonly entry: bigint;
  readonly sourceEnd: bigint;
  readonly destinationEnd: bigint;
  readonly stack: bigint;
  readonly codePage: bigint;
  readonly swapPage: bigint;
  readonly savedCr4: bigint;
}

export function callRegisters(cpu: Cpu, state: CallRegisters): GeneralRegisters {
  return {
    ...cpu.registers,
    rax: state.root,
    rbx: state.listEnd ?? cpu.registers.rbx,
    rcx: state.lastWord,
    rdx: state.entry,
    rsi: state.sourceEnd,
    rdi: state.destinationEnd,
    rsp: state.stack,
    r8: state.codePage + 0x73n,
    r9: state.root,
    r10: state.swapPage,
    r11: 1n,
    r12: 0n,
    r13: state.savedCr4,
  };
}
