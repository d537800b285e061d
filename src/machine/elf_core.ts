/**
 * The head of an ELF core, byte for byte: a kernel lays one beside its crash image for the crash
 * kernel to read, and a core file begins with one. [ELF-64 object file format]
 */

export const ELF_HEADER_SIZE = 64;
export const PROGRAM_HEADER_SIZE = 56;
export const SECTION_HEADER_SIZE = 64;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const READ_WRITE_EXECUTE = 7;

/** From here on the number of program headers stands in a section header. */
const PN_XNUM = 0xffff;

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly vaddr: bigint;
  /** Physical address. */
  readonly paddr: number;
  /** Bytes, in the file and in memory. */
  readonly size: number;
  /** 0: as it comes. */
  readonly align: number;
}

/** Bytes of the ELF header, `count` program headers and the section header that many of them need. */
export function elfCoreHeadSize(count: number): number {
  return ELF_HEADER_SIZE + count * PROGRAM_HEADER_SIZE +
    (count >= PN_XNUM ? SECTION_HEADER_SIZE : 0);
}

/** Writes the head into the first bytes of `bytes`, which must have room and be zeros. */
export function writeElfCoreHead(bytes: Uint8Array, headers: readonly ProgramHeader[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = headers.length;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 4, true); // ET_CORE
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(32, BigInt(ELF_HEADER_SIZE), true);
  view.setUint16(52, ELF_HEADER_SIZE, true);
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, Math.min(count, PN_XNUM), true);
  for (const [i, header] of headers.entries()) {
    writeProgramHeader(view, ELF_HEADER_SIZE + i * PROGRAM_HEADER_SIZE, header);
  }
  if (count < PN_XNUM) return;
  const sectionsAt = ELF_HEADER_SIZE + count * PROGRAM_HEADER_SIZE;
  view.setBigUint64(40, BigInt(sectionsAt), true);
  view.setUint16(58, SECTION_HEADER_SIZE, true);
  view.setUint16(60, 1, true);
  view.setUint32(sectionsAt + 44, count, true); // sh_info
}

function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const size = BigInt(header.size);
  const words = [BigInt(header.offset), header.vaddr, BigInt(header.paddr), size, size];
  for (const [i, word] of words.entries()) view.setBigUint64(at + 8 + 8 * i, word, true);
  view.setBigUint64(at + 48, BigInt(header.align), true);
}
