/**
 * A described kernel as an ELF file: 64 bits, one program header for each segment, and the entry point
 * in a note. The bytes of segments stay recipes; only headers are made.
 */
import {
  type FileBytes,
  type ImageSpec,
  readRecipe,
  type SegmentSpec,
} from "../../../machine/mod.ts";

const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
/** Sizes, type and name of the note, before its value. */
const NOTE_HEAD = 16;

/** `spec` without a file of its own, as the file that a linker would make of it. */
export function describedElf(spec: ImageSpec): FileBytes {
  const headers = spec.segments.length + 1;
  // A tool writes four bytes; an address that needs more gets eight.
  const valueSize = spec.entryPoint < 1n << 32n ? 4 : 8;
  const noteSize = NOTE_HEAD + valueSize;
  const noteAt = EHDR_SIZE + headers * PHDR_SIZE;
  const dataAt = Math.ceil((noteAt + noteSize) / 4096) * 4096;
  const placed: { readonly segment: SegmentSpec; readonly at: number; readonly size: number }[] =
    [];
  let end = dataAt;
  for (const segment of spec.segments) {
    // In the file as in memory a segment begins at the same byte of a page.
    const at = end + Number(segment.dest % 4096n);
    const size = Number(
      segment.bufferSize < segment.destSize ? segment.bufferSize : segment.destSize,
    );
    placed.push({ segment, at, size });
    end = Math.ceil((at + size) / 4096) * 4096;
  }
  const last = placed.at(-1);
  const size = last === undefined ? noteAt + noteSize : last.at + last.size;
  const head = new Uint8Array(dataAt);
  const view = new DataView(head.buffer);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, spec.entryPoint, true);
  view.setBigUint64(32, BigInt(EHDR_SIZE), true);
  view.setUint16(52, EHDR_SIZE, true);
  view.setUint16(54, PHDR_SIZE, true);
  view.setUint16(56, headers, true);
  for (const [i, { segment, at, size: filesz }] of placed.entries()) {
    header(view, EHDR_SIZE + i * PHDR_SIZE, {
      type: 1,
      flags: 7,
      offset: at,
      address: segment.dest,
      filesz,
      memsz: segment.destSize,
    });
  }
  header(view, EHDR_SIZE + placed.length * PHDR_SIZE, {
    type: 4,
    flags: 4,
    offset: noteAt,
    address: 0n,
    filesz: noteSize,
    memsz: BigInt(noteSize),
  });
  view.setUint32(noteAt, 4, true);
  view.setUint32(noteAt + 4, valueSize, true);
  view.setUint32(noteAt + 8, 18, true);
  head.set([0x58, 0x65, 0x6e, 0], noteAt + 12);
  if (valueSize === 4) view.setUint32(noteAt + NOTE_HEAD, Number(spec.entryPoint), true);
  else view.setBigUint64(noteAt + NOTE_HEAD, spec.entryPoint, true);

  const read = (offset: number, length: number): Uint8Array => {
    const wanted = Math.max(0, Math.min(length, size - offset));
    const bytes = new Uint8Array(wanted);
    bytes.set(head.subarray(offset, offset + wanted));
    for (const { segment, at, size: filesz } of placed) {
      const from = Math.max(offset, at);
      const to = Math.min(offset + wanted, at + filesz);
      if (from >= to) continue;
      bytes.set(readRecipe(segment.buffer.recipe, from - at, to - from), from - offset);
    }
    return bytes;
  };
  return { name: spec.name, size, read };
}

interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly filesz: number;
  readonly memsz: bigint;
}

function header(view: DataView, at: number, h: ProgramHeader): void {
  view.setUint32(at, h.type, true);
  view.setUint32(at + 4, h.flags, true);
  view.setBigUint64(at + 8, BigInt(h.offset), true);
  view.setBigUint64(at + 16, h.address, true);
  view.setBigUint64(at + 24, h.address, true);
  view.setBigUint64(at + 32, BigInt(h.filesz), true);
  view.setBigUint64(at + 40, h.memsz, true);
  view.setBigUint64(at + 48, 4096n, true);
}
