/**
 * An ELF file as the kernel reads it: little-endian fields at any 64-bit offset, through a window, so
 * that a large file is read only where it is looked at. What lies outside the file cannot be read.
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
  readonly #size: bigint;
  #start = 0;
  #window: Uint8Array = new Uint8Array(0);

  constructor(file: FileBytes) {
    this.#file = file;
    this.#size = BigInt(file.size);
  }

  u8(offset: bigint): number {
    return Number(this.#read(offset, 1));
  }

  u16(offset: bigint): number {
    return Number(this.#read(offset, 2));
  }

  u32(offset: bigint): number {
    return Number(this.#read(offset, 4));
  }

  u64(offset: bigint): bigint {
    return this.#read(offset, 8);
  }

  /** Throws for the first byte that is not there. */
  #read(offset: bigint, length: number): bigint {
    const at = BigInt.asUintN(64, offset);
    if (at + BigInt(length) > this.#size) {
      throw new OutsideFile(at > this.#size ? at : this.#size);
    }
    const position = Number(at);
    if (position < this.#start || position + length > this.#start + this.#window.length) {
      this.#start = position;
      this.#window = this.#file.read(position, Math.min(WINDOW, this.#file.size - position));
    }
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) {
      value = (value << 8n) | BigInt(this.#window[position - this.#start + i] ?? 0);
    }
    return value;
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
