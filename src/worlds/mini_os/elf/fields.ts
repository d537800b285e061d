/** Where fields stand in ELF headers of 32 and of 64 bits, and how wide they are, in bytes. */
import type { ElfReader } from "./reader.ts";

type Field = readonly [offset: number, width: 2 | 4 | 8];

/** A field of both classes. */
interface Both {
  readonly b32: Field;
  readonly b64: Field;
}

const field = (b32: Field, b64: Field): Both => ({ b32, b64 });

export const EHDR = {
  phoff: field([28, 4], [32, 8]),
  shoff: field([32, 4], [40, 8]),
  phentsize: field([42, 2], [54, 2]),
  phnum: field([44, 2], [56, 2]),
  shentsize: field([46, 2], [58, 2]),
  shnum: field([48, 2], [60, 2]),
} as const;

export const PHDR = {
  type: field([0, 4], [0, 4]),
  flags: field([24, 4], [4, 4]),
  offset: field([4, 4], [8, 8]),
  paddr: field([12, 4], [24, 8]),
  filesz: field([16, 4], [32, 8]),
  memsz: field([20, 4], [40, 8]),
} as const;

export const SHDR = {
  type: field([4, 4], [4, 4]),
  offset: field([16, 4], [24, 8]),
  size: field([20, 4], [32, 8]),
} as const;

export type ElfClass = 32 | 64;

/** The value of a field of the header at `base`. */
export function valueOf(
  reader: ElfReader,
  elfClass: ElfClass,
  base: bigint,
  { b32, b64 }: Both,
): bigint {
  const [offset, width] = elfClass === 32 ? b32 : b64;
  const at = reader.position(base + BigInt(offset));
  return width === 2
    ? BigInt(reader.u16(at))
    : width === 4
    ? BigInt(reader.u32(at))
    : reader.u64(at);
}
