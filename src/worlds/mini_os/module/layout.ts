/**
 * The module: whole pages that go from kernel to kernel in place. All but the last can be allocated;
 * the last one holds who has which:
 *
 *     start                                 start + n·4096
 *     | page 0 | page 1 | … | page n−1 | header | map of pages | record table | record data … |
 *                                        0        14             recs_off       + 4·n_records
 *
 * The header is in the last page, since the module lies at the top of memory: more pages below would
 * not move it. Everything is little endian. [minios:struct kexec_module] [minios:struct kexec_module_rec]
 */
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { u16 } from "../steps.ts";
import type { Features } from "../version.ts";

export const EYE_CATCHER: Uint8Array = new TextEncoder().encode("KexecMem");
export const AT_PAGES = 8;
export const AT_RECORDS = 10;
export const AT_TABLE = 12;
/** In a slot of the record table. */
export const AT_TYPE = 2;
export const AT_SIZE = 3;
/** Bytes before the map of pages. */
export const HEADER_SIZE = 14;
/** Owner of a page that nobody has. */
export const PAGE_FREE = 255;
/** Slots of a table that is created. */
export const CREATED_RECORDS = 16;
export const RECORD_SIZE = 4;

/** Types of records. */
export const RECORD = { none: 0, ninepfs: 1 } as const;

/** The numbers of the header. */
export interface Header {
  /** Pages that can be allocated: the last one does not count. */
  readonly pages: number;
  /** Slots of the record table. */
  readonly records: number;
  /** Offset of the record table, bytes. */
  readonly table: number;
}

/** One slot of the record table. */
export interface Record {
  /** Of its data, from the start of the last page. */
  readonly offset: number;
  /** 0: the slot is free. */
  readonly type: number;
  readonly size: number;
}

export function decodeHeader(bytes: Uint8Array): Header {
  return {
    pages: u16(bytes, AT_PAGES),
    records: u16(bytes, AT_RECORDS),
    table: u16(bytes, AT_TABLE),
  };
}

export function decodeRecord(bytes: Uint8Array, at = 0): Record {
  return { offset: u16(bytes, at), type: bytes[at + 2]!, size: bytes[at + 3]! };
}

/** Each field is cut to its width. */
export function encodeRecord({ offset, type, size }: Record): Uint8Array {
  return Uint8Array.of(offset & 0xff, (offset >> 8) & 0xff, type & 0xff, size & 0xff);
}

export function word16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
}

/** What a created header says of a module of `total` pages, the last one included. */
export function createdHeader(features: Features, total: number): Header {
  const pages = (total - 1) & 0xffff;
  // The posted v1 counted the last page too, which makes the offset odd for every count.
  const mapped = features.alignsRecordTable ? pages : total;
  return {
    pages,
    records: features.hasRecords ? CREATED_RECORDS : 0,
    table: (HEADER_SIZE + mapped + (pages & 1)) & 0xffff,
  };
}

/** Where the data of records begins, from the start of the last page, by the header. */
export function dataOffset({ records, table }: Header): number {
  return table + records * RECORD_SIZE;
}

/** The most pages that a created module can have with its table inside the last page. */
export const MOST_PAGES: number = PAGE_SIZE - HEADER_SIZE - CREATED_RECORDS * RECORD_SIZE;
