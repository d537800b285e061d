/** Pages that are mostly empty, as tables and lists are, without their empty end. */
import type { Recipe } from "../../machine/mod.ts";

/** The bytes up to the last word that is not zero; reading beyond gives zeros. */
export function compact(bytes: Uint8Array): Recipe {
  let used = bytes.length;
  while (used > 0 && bytes[used - 1] === 0) used--;
  const length = Math.ceil(used / 8) * 8;
  if (length > bytes.length / 2) return { kind: "literal", bytes };
  return { kind: "literal", bytes: bytes.slice(0, length) };
}
