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

/** Notes that can be looked at before kx says that the search has no end. */
const MOST_NOTES = 1 << 24;

export type NoteSearch =
  | { readonly kind: "found"; readonly entry: bigint; readonly at: bigint }
  | { readonly kind: "none" }
  | { readonly kind: "endless"; readonly at: bigint };

/** Looks through `length` bytes of notes from `start` on; the first value that can be one is taken. */
export function findEntry(reader: ElfReader, start: bigint, length: number): NoteSearch {
  let at = start;
  let count = 0;
  for (let offset = 0; offset < length;) {
    const namesz = rounded(reader.u32(at));
    const descsz = rounded(reader.u32(at + 4n));
    const name = at + BigInt(HEADER);
    if (isXen(reader, name, namesz) && reader.u32(at + 8n) === PHYS32_ENTRY) {
      const value = valueAt(reader, name + BigInt(namesz), reader.u32(at + 4n));
      if (value !== undefined) return { kind: "found", entry: value, at };
    }
    const noteLength = u32(HEADER + namesz + descsz);
    if (noteLength === 0 || ++count > MOST_NOTES) return { kind: "endless", at };
    offset = u32(offset + noteLength);
    at += BigInt(noteLength);
  }
  return { kind: "none" };
}

/** As strncmp with "Xen": it ends at a difference, at the zero byte, or after `namesz` bytes. */
function isXen(reader: ElfReader, at: bigint, namesz: number): boolean {
  for (let i = 0; i < Math.min(namesz, NAME.length); i++) {
    if (reader.u8(at + BigInt(i)) !== NAME[i]) return false;
  }
  return true;
}

function valueAt(reader: ElfReader, at: bigint, size: number): bigint | undefined {
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
