/**
 * The search for the entry point in ELF notes. Lengths are 32 bits and wrap: a note can have no length
 * at all, and then the search never ends. [minios:read_note_entry]
 */
import type { ElfReader } from "./reader.ts";

/** XEN_ELFNOTE_PHYS32_ENTRY. */
const PHYS32_ENTRY = 18;
const NAME = [0x58, 0x65, 0x6e, 0];
/** namesz, descsz and type. */
const HEADER = 12;

const u32 = (value: number): number => value % 2 ** 32;
const rounded = (size: number): number => ((size + 3) & ~3) >>> 0;

/** Notes that can be looked at in one file before kx says that the search has no end. */
export const MOST_NOTES = 1 << 22;

/** How many are left. */
export interface NoteBudget {
  left: number;
}

export type NoteSearch =
  | { readonly kind: "found"; readonly entry: bigint; readonly at: number }
  | { readonly kind: "none" }
  | { readonly kind: "endless"; readonly at: number };

/** Looks through `length` bytes of notes from `start` on; the first value that can be one is taken. */
export function findEntry(
  reader: ElfReader,
  start: bigint,
  length: number,
  budget: NoteBudget,
): NoteSearch {
  let at = length === 0 ? 0 : reader.position(start);
  for (let offset = 0; offset < length;) {
    const namesz = rounded(reader.u32(at));
    const descsz = rounded(reader.u32(at + 4));
    const name = at + HEADER;
    if (isXen(reader, name, namesz) && reader.u32(at + 8) === PHYS32_ENTRY) {
      const value = valueAt(reader, name + namesz, reader.u32(at + 4));
      if (value !== undefined) return { kind: "found", entry: value, at };
    }
    const noteLength = u32(HEADER + namesz + descsz);
    if (noteLength === 0 || budget.left-- === 0) return { kind: "endless", at };
    offset = u32(offset + noteLength);
    at += noteLength;
  }
  return { kind: "none" };
}

/** As strncmp with "Xen": it ends at a difference, at the zero byte, or after `namesz` bytes. */
function isXen(reader: ElfReader, at: number, namesz: number): boolean {
  for (let i = 0; i < Math.min(namesz, NAME.length); i++) {
    if (reader.u8(at + i) !== NAME[i]) return false;
  }
  return true;
}

function valueAt(reader: ElfReader, at: number, size: number): bigint | undefined {
  switch (size) {
    case 1:
      return BigInt(reader.u8(at));
    case 2:
      return BigInt(reader.u16(at));
    case 4:
      return BigInt(reader.u32(at));
    case 8:
      return reader.u64(at);
    default:
      return undefined;
  }
}
