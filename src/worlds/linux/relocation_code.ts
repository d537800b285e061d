/**
 * The page of the relocation code, as far as it is there before the jump: the code, and since 6.14 a
 * GDT of its own, since 6.15 an IDT whose handlers are part of the code. Simplified: the code is a
 * stand-in, and where in the page the tables lie is chosen, since a linker chooses it really.
 * [linux:kexec_debug_idt]
 */
import { encodeGate, GATE_SIZE } from "../../execution/mod.ts";
import { type Machine, readMemory, readRecipe } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import type { ExceptionHandler } from "../../routine/mod.ts";

/** Seeds the bytes that stand for the relocation code: nobody reads them, but they are not zeros. */
export const RELOCATE_SEED = 0x72656c6f63617465n;

/** Bytes of code. [linux:KEXEC_CONTROL_CODE_MAX_SIZE] */
export const CODE_SIZE = 2048;

/** Bytes from the beginning of the page. */
export const TABLE_OFFSET = { gdt: 0x900, idt: 0xa00 } as const;

const VECTORS = 16;
export const IDT_SIZE = VECTORS * GATE_SIZE;

/** Where in the code the entry for each vector is, and its size. */
const HANDLERS = { offset: 0x600, size: 6 } as const;

const KERNEL_CS = 0x10;

/** Null, unused, code, data: flat, as every kernel has them. */
const GDT = [0n, 0n, 0x00af_9a00_0000_ffffn, 0x00cf_9200_0000_ffffn] as const;

/** The code's bytes. */
export function relocationCode(): Uint8Array {
  return readRecipe({ kind: "pattern", seed: RELOCATE_SEED }, 0, CODE_SIZE);
}

/** Offset of the first byte of code in the page at `page` that is not as it was made; undefined if all is well. */
export function spoiledAt(machine: Machine, page: number): number | undefined {
  const wanted = relocationCode();
  const index = readMemory(machine, page, CODE_SIZE).findIndex((byte, i) => byte !== wanted[i]);
  return index < 0 ? undefined : index;
}

/** The tables' bytes from `TABLE_OFFSET.gdt` on, for a page at `page`. */
export function tableBytes(page: number, withIdt: boolean): Uint8Array {
  const gdt = new Uint8Array(new BigUint64Array(GDT).buffer);
  if (!withIdt) return gdt;
  const idtAt = TABLE_OFFSET.idt - TABLE_OFFSET.gdt;
  const bytes = new Uint8Array(idtAt + IDT_SIZE);
  bytes.set(gdt);
  for (let vector = 0; vector < VECTORS; vector++) {
    const handler = BigInt(page + HANDLERS.offset + vector * HANDLERS.size);
    bytes.set(encodeGate(handler, KERNEL_CS), idtAt + vector * GATE_SIZE);
  }
  return bytes;
}

/** What is done at `vaddr`, if that is one of the handlers and the code is whole. */
export function handlerAt(machine: Machine, vaddr: bigint): ExceptionHandler | undefined {
  const offset = Number(vaddr % BigInt(PAGE_SIZE)) - HANDLERS.offset;
  if (offset < 0 || offset >= VECTORS * HANDLERS.size || offset % HANDLERS.size !== 0) {
    return undefined;
  }
  // The identity map: the handler's address is a physical one.
  const page = Number(vaddr - vaddr % BigInt(PAGE_SIZE));
  if (spoiledAt(machine, page) !== undefined) return undefined;
  const serial = /(?:^|\s)earlyprintk=(?:serial|ttyS)/.test(machine.system?.cmdline ?? "");
  return {
    does: serial
      ? "exception: the handler in the control page printed vector, error code, address and registers on the serial port of earlyprintk"
      : "exception: the handler in the control page has no serial port to print on (earlyprintk=serial would give it one)",
  };
}
