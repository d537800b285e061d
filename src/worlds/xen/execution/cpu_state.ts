/**
 * Registers of a processor that runs Xen, and what the relocation code makes of them. What follows
 * from Xen's build is that of 4.17.7 of Debian 12; the entry state is as recorded.
 */
import {
  type Cpu,
  CR0,
  CR4,
  type SegmentName,
  type SegmentRegister,
  zeroRegisters,
} from "../../../machine/mod.ts";

const FLAT = 0xffff_ffffn;
/** [xen:__HYPERVISOR_CS] */
const CODE: SegmentRegister = { selector: 0xe008, base: 0n, limit: FLAT, kind: "code64" };
const NULL: SegmentRegister = { selector: 0, base: 0n, limit: 0n, kind: "none" };
/** [xen:TSS_SELECTOR] */
const TSS: SegmentRegister = {
  selector: 0xe040,
  base: 0xffff_82d0_4046_a000n,
  limit: 0x67n,
  kind: "tss",
};
const GDT = { base: 0xffff_82d0_4046_1000n, limit: 0xefff };
const IDT = { base: 0xffff_82d0_4057_7000n, limit: 0xfff };
/** The other processors' tables come from the heap, each its own. */
const OTHER_GDT = { base: 0xffff_8200_0002_0000n, limit: 0xefff };
const OTHER_IDT = { base: 0xffff_8300_3ffd_3000n, limit: 0xfff };
export const VOID_TABLE = { base: 0n, limit: 0 };

const TS = 1n << 3n;
const EM = 1n << 2n;
const LME = 1n << 8n;
const LMA = 1n << 10n;
const SELECTOR_DATA = 8;
const SELECTOR_CODE = 0x10;

/** Simplified: Xen's own page tables are not in modelled memory. */
export const IDLE_CR3 = 0x3fc6_e000n;

/** What every processor of a booted Xen has. */
export function xenCpu(number: number, virtStart: bigint): Partial<Cpu> {
  const boot = number === 0;
  const segments = Object.fromEntries(
    (["ds", "es", "ss", "fs", "gs", "ldtr"] as const).map((name) => [name, NULL]),
  );
  return {
    state: "running",
    registers: { ...zeroRegisters(), rsp: 0xffff_8300_3ab0_fca0n },
    rip: virtStart,
    rflags: 0x246n,
    segments: { ...segments, cs: CODE, tr: TSS } as Cpu["segments"],
    cr0: 0x8005_003bn,
    cr3: IDLE_CR3,
    cr4: 0x6e0n,
    cr8: 0n,
    gdtr: boot ? GDT : OTHER_GDT,
    idtr: boot ? IDT : OTHER_IDT,
    special: {
      efer: 0xd01n,
      star: 0xe023_e008_0000_0000n,
      lstar: virtStart + 0x20_1190n,
      kernelGsBase: 0n,
      apicBase: boot ? 0xfee0_0900n : 0xfee0_0800n,
      pat: 0x0500_0106_0007_0406n,
      dr6: 0xffff_0ff0n,
      dr7: 0x400n,
    },
    fpu: "live",
  };
}

/** Paging and protection on; no alignment checks, no write protection, no lazy FPU. */
export function relocationCr0(cpu: Cpu): bigint {
  return (cpu.cr0 & ~(CR0.AM | CR0.WP | TS | EM)) | CR0.PG | CR0.PE;
}

/** Nothing but PAE, whatever was set. */
export const RELOCATION_CR4 = CR4.PAE;

/** A 32-bit image: flat segments of the page's own table, paging and long mode off. */
export function flatProtectedMode(cpu: Cpu): Partial<Cpu> {
  const data: SegmentRegister = {
    selector: SELECTOR_DATA,
    base: 0n,
    limit: FLAT,
    kind: "data",
  };
  const code: SegmentRegister = { ...data, selector: SELECTOR_CODE, kind: "code32" };
  const segments: Record<SegmentName, SegmentRegister> = {
    ...cpu.segments,
    cs: code,
    ds: data,
    es: data,
    ss: data,
    fs: data,
    gs: data,
  };
  return {
    segments,
    cr0: cpu.cr0 & ~CR0.PG,
    cr4: 0n,
    special: { ...cpu.special, efer: cpu.special.efer & ~(LME | LMA) },
  };
}
