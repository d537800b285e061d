/**
 * ELF files with a known layout, made by tests: any class, any headers, any bytes behind them. What
 * golden stories use is kept as files; a test says that they are what this makes.
 */

export interface ProgramHeader {
  readonly type: number;
  readonly flags?: number;
  /** Where its bytes begin; the bytes given below if absent. */
  readonly offset?: bigint;
  readonly paddr?: bigint;
  readonly filesz?: bigint;
  readonly memsz?: bigint;
  /** Put into the file behind the headers. */
  readonly bytes?: Uint8Array;
}

export interface ElfSpec {
  readonly bits: 32 | 64;
  readonly machine?: number;
  readonly headers: readonly ProgramHeader[];
}

export const LOAD = 1;
export const NOTE = 4;

export function elfFile({ bits, machine = 62, headers }: ElfSpec): Uint8Array {
  const wide = bits === 64;
  const headerSize = wide ? 64 : 52;
  const entrySize = wide ? 56 : 32;
  let at = headerSize + headers.length * entrySize;
  const placed = headers.map((header) => {
    const offset = at;
    at += header.bytes?.length ?? 0;
    return { header, offset };
  });
  const file = new Uint8Array(at);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  const word = (offset: number, value: bigint) =>
    wide
      ? view.setBigUint64(offset, BigInt.asUintN(64, value), true)
      : view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
  word(wide ? 32 : 28, BigInt(headerSize));
  view.setUint16(wide ? 54 : 42, entrySize, true);
  view.setUint16(wide ? 56 : 44, headers.length, true);
  for (const [i, { header, offset }] of placed.entries()) {
    const base = headerSize + i * entrySize;
    const size = BigInt(header.bytes?.length ?? 0);
    view.setUint32(base, header.type, true);
    view.setUint32(base + (wide ? 4 : 24), header.flags ?? 7, true);
    word(base + (wide ? 8 : 4), header.offset ?? BigInt(offset));
    word(base + (wide ? 24 : 12), header.paddr ?? 0n);
    word(base + (wide ? 32 : 16), header.filesz ?? size);
    word(base + (wide ? 40 : 20), header.memsz ?? header.filesz ?? size);
    if (header.bytes !== undefined) file.set(header.bytes, offset);
  }
  return file;
}

/** The note with the entry point; `size` bytes of value. */
export function entryNote(entry: bigint, size: 1 | 2 | 4 | 8 = 4): Uint8Array {
  const note = new Uint8Array(16 + Math.ceil(size / 4) * 4);
  const view = new DataView(note.buffer);
  view.setUint32(0, 4, true);
  view.setUint32(4, size, true);
  view.setUint32(8, 18, true);
  note.set([0x58, 0x65, 0x6e, 0], 12);
  for (let i = 0; i < size; i++) {
    view.setUint8(16 + i, Number(entry >> BigInt(8 * i) & 0xffn));
  }
  return note;
}

/** Bytes that tell where they came from: their offset, times a number without a common factor. */
export function codeBytes(length: number, factor = 37): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * factor + 11) & 0xff);
}

/** A kernel of 8 KiB of code and 4 KiB of data in 320 KiB of memory, entered at its first byte. */
export function smallKernel(bits: 32 | 64): Uint8Array {
  return elfFile({
    bits,
    machine: bits === 32 ? 3 : 62,
    headers: [
      { type: LOAD, paddr: 0x100000n, bytes: codeBytes(8192), flags: 5 },
      { type: LOAD, paddr: 0x102000n, memsz: 0x4e000n, bytes: codeBytes(4096, 41), flags: 6 },
      { type: NOTE, flags: 4, bytes: entryNote(0x100000n) },
    ],
  });
}

/** Files of the stories about ELF. */
const ELF_STORIES: Readonly<Record<string, Uint8Array>> = {
  "mini-os-32.elf": smallKernel(32),
  "mini-os-64.elf": smallKernel(64),
  "no-entry.elf": elfFile({
    bits: 64,
    headers: [{ type: LOAD, paddr: 0x100000n, bytes: codeBytes(64) }],
  }),
  "big-endian.elf": Uint8Array.from(smallKernel(64), (byte, i) => i === 5 ? 2 : byte),
  "truncated.elf": smallKernel(64).subarray(0, 100),
  "beyond-file.elf": elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x100000n, bytes: codeBytes(64), filesz: 0x100000n, memsz: 0x40000n },
      { type: NOTE, flags: 4, bytes: entryNote(0x100000n) },
    ],
  }),
  "overlapping.elf": elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x100000n, bytes: codeBytes(4096), memsz: 0x40000n },
      { type: LOAD, paddr: 0x100800n, bytes: codeBytes(1024, 91) },
      { type: NOTE, flags: 4, bytes: entryNote(0x100000n) },
    ],
  }),
  "wrapping.elf": elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x100000n, bytes: codeBytes(4096), memsz: 0x40000n },
      { type: LOAD, paddr: 0xffff_ffff_ffff_f000n, bytes: codeBytes(16), memsz: 0x3000n },
      { type: NOTE, flags: 4, bytes: entryNote(0x100000n) },
    ],
  }),
  "entry-64.elf": elfFile({
    bits: 64,
    headers: [
      { type: LOAD, paddr: 0x100000n, bytes: codeBytes(4096), memsz: 0x40000n },
      { type: NOTE, flags: 4, bytes: entryNote(0x5_0010_0000n, 8) },
    ],
  }),
  "endless-note.elf": elfFile({
    bits: 64,
    headers: [{
      type: NOTE,
      flags: 4,
      bytes: Uint8Array.from([4, 0, 0, 0, 0xf0, 255, 255, 255, 1, 0, 0, 0, 65, 0, 0, 0]),
    }],
  }),
};

/** The files of the golden stories: a script reads only what is below its own folder. */
export const GOLDEN_FILES: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  elf: ELF_STORIES,
  chain: { "mini-os-64.elf": smallKernel(64) },
  kexec: { "mini-os-64.elf": smallKernel(64) },
};
