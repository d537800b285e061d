/**
 * What a loader leaves in a purgatory's data and the purgatory reads back when it runs: regions and
 * their digest, registers, the backup, options. Real bytes of memory in between.
 */
import type { Layout } from "./layout.ts";

/** Bytes of memory, physical. */
export interface Region {
  readonly start: bigint;
  readonly length: bigint;
}

export interface Table {
  /** As many as there are slots; those that are not used are empty. */
  readonly regions: readonly Region[];
  readonly digest: Uint8Array;
  /** At the 64-bit entry point, `rip` among them. */
  readonly entry64: Readonly<Record<string, bigint>>;
  /** At the 32-bit entry point, `eip` among them. */
  readonly entry32: Readonly<Record<string, bigint>>;
  readonly backup: { readonly from: bigint; readonly to: bigint; readonly length: bigint };
  /** 0: nobody is told where to jump back to. */
  readonly cmdlineEnd: bigint;
  readonly isPanicKernel: boolean;
  readonly skipChecks: boolean;
}

/** [kexec-tools:SHA256_REGIONS] */
export const MOST_REGIONS = 16;

const OFFSET = {
  digest: 0x100,
  entry64: 0x120,
  entry32: 0x1a8,
  backupFrom: 0x1d0,
  backupLength: 0x1d8,
  backupTo: 0x1e0,
  cmdlineEnd: 0x1e8,
  panicKernel: 0x1f0,
  skipChecks: 0x1f4,
} as const;

export const TABLE_SIZE = 0x200;

/** [kexec-tools:entry32_regs] */
export const REGISTERS_32 = ["eax", "ebx", "ecx", "edx", "esi", "edi", "esp", "ebp", "eip"];

export function encodeTable(table: Table, layout: Layout): Uint8Array {
  const bytes = new Uint8Array(TABLE_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [i, { start, length }] of table.regions.slice(0, MOST_REGIONS).entries()) {
    view.setBigUint64(16 * i, start, true);
    view.setBigUint64(16 * i + 8, length, true);
  }
  bytes.set(table.digest.subarray(0, 32), OFFSET.digest);
  for (const [i, name] of [...layout.registers, "rip"].entries()) {
    view.setBigUint64(OFFSET.entry64 + 8 * i, table.entry64[name] ?? 0n, true);
  }
  for (const [i, name] of REGISTERS_32.entries()) {
    view.setUint32(
      OFFSET.entry32 + 4 * i,
      Number((table.entry32[name] ?? 0n) & 0xffff_ffffn),
      true,
    );
  }
  view.setBigUint64(OFFSET.backupFrom, table.backup.from, true);
  view.setBigUint64(OFFSET.backupLength, table.backup.length, true);
  view.setBigUint64(OFFSET.backupTo, table.backup.to, true);
  view.setBigUint64(OFFSET.cmdlineEnd, table.cmdlineEnd, true);
  view.setUint32(OFFSET.panicKernel, table.isPanicKernel ? 1 : 0, true);
  view.setUint32(OFFSET.skipChecks, table.skipChecks ? 1 : 0, true);
  return bytes;
}

/** `TABLE_SIZE` bytes, whatever is in them. */
export function decodeTable(bytes: Uint8Array, layout: Layout): Table {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (offset: number) => view.getBigUint64(offset, true);
  return {
    regions: Array.from({ length: MOST_REGIONS }, (_, i) => ({
      start: word(16 * i),
      length: word(16 * i + 8),
    })),
    digest: bytes.slice(OFFSET.digest, OFFSET.digest + 32),
    entry64: Object.fromEntries(
      [...layout.registers, "rip"].map((name, i) => [name, word(OFFSET.entry64 + 8 * i)]),
    ),
    entry32: Object.fromEntries(
      REGISTERS_32.map((name, i) => [name, BigInt(view.getUint32(OFFSET.entry32 + 4 * i, true))]),
    ),
    backup: {
      from: word(OFFSET.backupFrom),
      length: word(OFFSET.backupLength),
      to: word(OFFSET.backupTo),
    },
    cmdlineEnd: word(OFFSET.cmdlineEnd),
    isPanicKernel: view.getUint32(OFFSET.panicKernel, true) !== 0,
    skipChecks: view.getUint32(OFFSET.skipChecks, true) !== 0,
  };
}
