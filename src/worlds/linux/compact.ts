/** Pages that are mostly empty, as tables and lists are, without their empty end. */
import type { Recipe } from "../../machine/mod.ts";

/** The bytes, whole pages, up to the last word that is not zero; reading beyond gives zeros. */
export function compact(bytes: Uint8Array): Recipe {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let used = words.length;
  while (used > 0 && words[used - 1] === 0) used--;
  const length = Math.ceil(used / 2) * 8;
  if (length > bytes.length / 2) return { kind: "literal", bytes };
  return { kind: "literal", bytes: bytes.slice(0, length) };
}
