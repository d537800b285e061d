/** Reading files: whole ones up to a limit, or a piece when somebody asks for it. */
import type { FileBytes } from "../machine/mod.ts";
import { describeCause, type Host, isSystemError, type OpenFile } from "./host.ts";

/** A file that could be opened gave an error later, while its bytes were asked for. */
export class ReadFailure extends Error {
  override readonly name = "ReadFailure";
}

/**
 * All bytes of a file, or undefined if there are more than `limit`. Reads to the end instead of
 * trusting the size: files of /proc say 0.
 */
export function readWhole(host: Host, path: string, limit: number): Uint8Array | undefined {
  const file = host.open(path);
  try {
    const { size } = host.status(path);
    if (size > limit) return undefined;
    // One byte more than expected, so that the end is seen without another turn.
    let bytes = new Uint8Array(Math.max(size, 4095) + 1);
    let total = 0;
    for (;;) {
      const count = file.read(bytes.subarray(total), total);
      if (count === 0) return bytes.subarray(0, total);
      total += count;
      if (total > limit) return undefined;
      if (total === bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
    }
  } finally {
    file.close();
  }
}

/** Pages are mostly asked for one after the other: 64 KiB per turn cost hardly more than one page. */
const CHUNK = 1 << 16;

/**
 * A file whose bytes are read when they are asked for, and only those. It is opened for each piece
 * and closed again: a script may name more files than a process may hold open.
 */
export class LazyFile implements FileBytes {
  readonly name: string;
  readonly size: number;
  readonly #host: Host;
  readonly #path: string;
  #chunk = new Uint8Array(0);
  #chunkStart = 0;

  /** `path` is absolute and free of links. */
  constructor(host: Host, path: string, name: string, size: number) {
    this.#host = host;
    this.#path = path;
    this.name = name;
    this.size = size;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted === 0) return new Uint8Array(0);
    if (wanted >= CHUNK) return this.#fetch(offset, wanted);
    const inside = offset - this.#chunkStart;
    if (inside < 0 || inside + wanted > this.#chunk.length) {
      this.#chunk = this.#fetch(offset, Math.min(CHUNK, this.size - offset));
      this.#chunkStart = offset;
      return this.#chunk.slice(0, wanted);
    }
    return this.#chunk.slice(inside, inside + wanted);
  }

  /** Exactly `length` bytes: `size` was checked, so fewer mean that somebody cut the file meanwhile. */
  #fetch(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.readInto(offset, bytes);
    return bytes;
  }

  readInto(offset: number, bytes: Uint8Array): void {
    const { length } = bytes;
    let file: OpenFile | undefined;
    try {
      // Somebody may have put a link into the path since it was allowed.
      if (this.#host.realPath(this.#path) !== this.#path) this.#fail("it was replaced by a link");
      file = this.#host.open(this.#path);
      for (let total = 0; total < length;) {
        const count = file.read(bytes.subarray(total), offset + total);
        if (count === 0) this.#fail(`it became shorter than its ${this.size} bytes`);
        total += count;
      }
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#fail(describeCause(error));
    } finally {
      file?.close();
    }
  }

  #fail(why: string): never {
    throw new ReadFailure(`Cannot read \`${this.name}\` any more: ${why}`);
  }
}
