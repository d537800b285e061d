/**
 * The page of code that a v1 guest brings. Its bytes stand for the guest's own relocation code: kx
 * knows what it does, and whether a page still holds it.
 */
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { type Machine, readMemory, readRecipe } from "../../../machine/mod.ts";

const SEED = 0x76315f72656c6f63n;

/** The bytes that are known, more than any other page will begin with by luck. */
const KNOWN_BYTES = 64;

export function guestCode(): Uint8Array {
  return readRecipe({ kind: "pattern", seed: SEED }, 0, PAGE_SIZE);
}

/** Whether a page holds it. */
export function holdsGuestCode(machine: Machine, frame: number): boolean {
  const found = readMemory(machine, frame * PAGE_SIZE, KNOWN_BYTES);
  const wanted = readRecipe({ kind: "pattern", seed: SEED }, 0, KNOWN_BYTES);
  return found.every((byte, i) => byte === wanted[i]);
}
