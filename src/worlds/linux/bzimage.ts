/** The setup header of a bzImage, as the kernel's own loader reads it. [linux:bzImage64_probe] */
import type { FileBytes } from "../../machine/mod.ts";

export interface SetupHeader {
  /** Bytes of the whole file. */
  readonly fileSize: number;
  /** Sectors of the real-mode part behind the first one; 0 in the file means 4. */
  readonly setupSects: number;
  readonly version: number;
  readonly loadflags: number;
  readonly xloadflags: number;
  readonly kernelAlignment: number;
  /** Where the kernel would like to be loaded. */
  readonly prefAddress: number;
  /** Bytes from the load address on that it needs before it has a memory map of its own. */
  readonly initSize: number;
  /** Bytes of the longest command line, the NUL not counted. */
  readonly cmdlineSize: number;
}

/** Offsets in the file, and in boot_params: they are the same. */
const OFFSET = {
  setupSects: 0x1f1,
  bootFlag: 0x1fe,
  header: 0x202,
  version: 0x206,
  loadflags: 0x211,
  kernelAlignment: 0x230,
  xloadflags: 0x236,
  cmdlineSize: 0x238,
  prefAddress: 0x258,
  initSize: 0x260,
} as const;

const HEADER_BYTES = 0x280;
const HDRS = 0x53726448;

export const XLF_KERNEL_64 = 1;
export const XLF_ABOVE_4G = 2;
export const XLF_5LEVEL = 0x20;
const LOADED_HIGH = 1;

/** The header, or in words why this is no kernel that can be loaded. */
export function probe(file: FileBytes, fiveLevels: boolean): SetupHeader | string {
  if (file.size < 1024) return "shorter than two sectors";
  const view = new DataView(file.read(0, HEADER_BYTES).slice().buffer);
  if (view.getUint32(OFFSET.header, true) !== HDRS) return "no `HdrS` at 0x202";
  if (view.getUint16(OFFSET.bootFlag, true) !== 0xaa55) return "no boot sector";
  const header: SetupHeader = {
    fileSize: file.size,
    setupSects: view.getUint8(OFFSET.setupSects) || 4,
    version: view.getUint16(OFFSET.version, true),
    loadflags: view.getUint8(OFFSET.loadflags),
    xloadflags: view.getUint16(OFFSET.xloadflags, true),
    kernelAlignment: view.getUint32(OFFSET.kernelAlignment, true),
    prefAddress: Number(view.getBigUint64(OFFSET.prefAddress, true)),
    initSize: view.getUint32(OFFSET.initSize, true),
    cmdlineSize: view.getUint32(OFFSET.cmdlineSize, true),
  };
  if (header.version < 0x20c) return "boot protocol older than 2.12";
  if (!(header.loadflags & LOADED_HIGH)) return "a zImage";
  if (!(header.xloadflags & XLF_KERNEL_64)) return "no 64-bit entry point";
  if (!(header.xloadflags & XLF_ABOVE_4G)) return "cannot be loaded above 4 GiB";
  if (fiveLevels && !(header.xloadflags & XLF_5LEVEL)) return "cannot run with 5-level paging";
  return header;
}

/** Bytes of the real-mode part, which is not loaded. */
export function realModeSize(header: SetupHeader): number {
  return (header.setupSects + 1) * 512;
}

/**
 * A file with this header and nothing true behind it: stands for a kernel where only sizes and
 * placement matter.
 */
export function syntheticBzImage(name: string, header: SetupHeader): FileBytes {
  const head = new Uint8Array(HEADER_BYTES);
  const view = new DataView(head.buffer);
  view.setUint8(OFFSET.setupSects, header.setupSects);
  view.setUint16(OFFSET.bootFlag, 0xaa55, true);
  view.setUint8(0x201, 0x6a);
  view.setUint32(OFFSET.header, HDRS, true);
  view.setUint16(OFFSET.version, header.version, true);
  view.setUint8(OFFSET.loadflags, header.loadflags);
  view.setUint32(OFFSET.kernelAlignment, header.kernelAlignment, true);
  view.setUint16(OFFSET.xloadflags, header.xloadflags, true);
  view.setUint32(OFFSET.cmdlineSize, header.cmdlineSize, true);
  view.setBigUint64(OFFSET.prefAddress, BigInt(header.prefAddress), true);
  view.setUint32(OFFSET.initSize, header.initSize, true);
  return fileOf(name, header.fileSize, head, 0x90);
}

/** `head`, then one byte repeated up to `size`. */
export function fileOf(name: string, size: number, head: Uint8Array, fill: number): FileBytes {
  return {
    name,
    size,
    read(offset: number, length: number): Uint8Array {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset))).fill(fill);
      if (offset < head.length) bytes.set(head.subarray(offset, offset + bytes.length));
      return bytes;
    },
  };
}

/** A distribution's kernel of 2024, for scripts that have no file at hand. */
export const PLAUSIBLE_KERNEL: SetupHeader = {
  fileSize: 14186432,
  setupSects: 39,
  version: 0x20f,
  loadflags: 1,
  xloadflags: 0x7f,
  kernelAlignment: 0x200000,
  prefAddress: 0x1000000,
  initSize: 0x3378000,
  cmdlineSize: 2047,
};
