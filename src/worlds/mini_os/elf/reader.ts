/**
 * An ELF file as the kernel reads it: little-endian fields at any offset, through a window, so that a
 * large file is read only where it is looked at. What lies outside the file cannot be read.
 */
import type { FileBytes } from "../../../machine/mod.ts";

const WINDOW = 4096;

/** A byte that is wanted and not there. `offset` is from the start of the file and may have wrapped. */
export class OutsideFile extends Error {
  constructor(readonly offset: bigint) {
    super("outside the file");
  }
}

export class ElfReader {
  readonly #file: FileBytes;
  #start = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(file: FileBytes) {
    this.#file = file;
  }

  u8(at: number): number {
    return this.#window(at, 1).getUint8(at - this.#start);
  }

  u16(at: number): number {
    return this.#window(at, 2).getUint16(at - this.#start, true);
  }

  u32(at: number): number {
    return this.#window(at, 4).getUint32(at - this.#start, true);
  }

  u64(at: number): bigint {
    return this.#window(at, 8).getBigUint64(at - this.#start, true);
  }

  /** A 64-bit offset as a number: what is no file's size is outside every file. */
  position(offset: bigint): number {
    const at = BigInt.asUintN(64, offset);
    if (at >= 1n << 52n) throw new OutsideFile(at);
    return Number(at);
  }

  /** Throws for the first byte that is not there. */
  #window(at: number, length: number): DataView {
    if (at >= this.#start && at + length <= this.#start + this.#view.byteLength) return this.#view;
    const { size } = this.#file;
    if (at + length > size) throw new OutsideFile(BigInt(Math.max(at, size)));
    const bytes = this.#file.read(at, Math.min(WINDOW, size - at));
    this.#start = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#view.byteLength < length) throw new OutsideFile(BigInt(at + this.#view.byteLength));
    return this.#view;
  }
}

/** Bytes that are there already, as a file. */
export function fileOf(name: string, bytes: Uint8Array): FileBytes {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
