/**
 * The blob that a load copies into the control code page: the relocation code, its descriptor table
 * for 32-bit images, and a small stack. The table is real bytes, read when it is loaded; the code is
 * a pattern that says whether somebody overwrote it.
 *
 * Simplified: offsets are those of 4.17.7; other builds differ by some bytes. [xen:kexec_reloc]
 */
import { type Image, type Machine, readMemory, readRecipe } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";

/** Behind the call of the copy loop, on the stack while it runs. */
export const AFTER_LOOP = 0x3a;
/** Behind the call of the image, where it does not return to: UD2. */
export const AFTER_CALL_64 = 0x41;
export const AFTER_CALL_32 = 0x103;
/** Where a 32-bit image's last instructions begin. */
export const COMPATIBILITY = 0xd4;
export const GDT = { offset: 0x118, limit: 0x17 } as const;
/** The stack's highest address; it has 16 words and ends the blob. */
export const STACK_BASE = 0x1b8;
const STACK_WORDS = 16;

const SEED = 0x7865n;
/** Null, flat data for selector 8, flat 32-bit code for selector 0x10. */
const DESCRIPTORS = [0n, 0x00cf_9300_0000_ffffn, 0x00cf_9b00_0000_ffffn];

/** All of it, as it stands in Xen's own text: what a load copies. */
export function relocationBlob(): Uint8Array {
  const blob = new Uint8Array(STACK_BASE);
  blob.set(readRecipe({ kind: "pattern", seed: SEED }, 0, GDT.offset));
  blob.set(new Uint8Array(BigUint64Array.from(DESCRIPTORS).buffer), GDT.offset);
  return blob;
}

/** Physical address of the page, bytes. */
export function codePage(image: Image): number {
  return (image.controlCodeFrame ?? 0) * PAGE_SIZE;
}

/** Offset of the first byte of code that is not as it was made; the stack is not looked at. */
export function spoiledCode(machine: Machine, page: number): number | undefined {
  const end = STACK_BASE - 8 * STACK_WORDS;
  const wanted = relocationBlob().subarray(0, end);
  const found = readMemory(machine, page, end);
  const index = found.findIndex((byte, i) => byte !== wanted[i]);
  return index < 0 ? undefined : index;
}
