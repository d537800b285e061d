/**
 * The two purgatories and where things lie in them. Sizes and entry points are those of kexec-tools
 * 2.0.25 and of Debian's 6.1 and 6.12.
 *
 * Simplified: the code is a stand-in, and the order of the variables is kx's own. What they are, how
 * wide, and what happens when they are overwritten is as in the real ones.
 */
import type { PurgatoryKind } from "../machine/mod.ts";

export interface Layout {
  /** Bytes of code and data, and of memory with what lies behind them. */
  readonly size: number;
  readonly memory: number;
  /** Offset of the first instruction. */
  readonly entry: number;
  /** Offset of the stub that leaves long mode; the kernel's own has none. */
  readonly entry32?: number;
  /** Offset of the table; everything before is code. */
  readonly table: number;
  /** Offset of its descriptor table. */
  readonly gdt: number;
  /** Offset at which the jump-back entry is kept. */
  readonly jumpBackEntry?: number;
  /** Offset behind its stack. */
  readonly stackEnd: number;
  /** In the order in which the registers lie in the table. */
  readonly registers: readonly string[];
  /** Seeds the bytes that stand for its code. */
  readonly seed: bigint;
}

const HIGH = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"] as const;

const KEXEC_TOOLS: Layout = {
  size: 0x70e0,
  memory: 0x9000,
  entry: 0x760,
  entry32: 0x7c0,
  table: 0x6000,
  gdt: 0x6400,
  jumpBackEntry: 0x8000,
  stackEnd: 0x9000,
  // [kexec-tools:entry64_regs]
  registers: ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", ...HIGH],
  seed: 0x6b742d70757267n,
};

const IN_KERNEL: Layout = {
  size: 0x4000,
  memory: 0x5000,
  entry: 0x120,
  table: 0x3000,
  gdt: 0x3400,
  stackEnd: 0x5000,
  // [linux:kexec_entry64_regs]
  registers: ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", ...HIGH],
  seed: 0x70757267n,
};

/** `entry`: where builds differ. */
export function layoutOf(kind: PurgatoryKind, entry?: number): Layout {
  const layout = kind === "kexec_tools" ? KEXEC_TOOLS : IN_KERNEL;
  return entry === undefined ? layout : { ...layout, entry };
}
