/** The module of the running kernel as one value, read from the bytes in memory. Never throws. */
import { type Machine, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../../../memory/mod.ts";
import { type ModulePointers, modulePointersOf } from "../state.ts";
import {
  decodeHeader,
  decodeRecord,
  EYE_CATCHER,
  type Header,
  HEADER_SIZE,
  type Record,
} from "./layout.ts";

/** Reading more of a damaged header than this tells nobody anything. */
const MOST = 0x10000;

export interface ModuleView {
  readonly pointers: ModulePointers;
  readonly header: Header;
  readonly eyeCatcher: boolean;
  /** Bytes, by the header's own count. Starts at 0 where the kernel forgot where it is. */
  readonly range: Range;
  /** Owner of each page: a record's index, 255 for nobody. */
  readonly owners: Uint8Array;
  readonly records: readonly Record[];
}

/** Undefined when the kernel has none. */
export function moduleOf(machine: Machine): ModuleView | undefined {
  const pointers = modulePointersOf(machine);
  const { admin } = pointers;
  if (admin === 0) return undefined;
  const first = readMemory(machine, admin, HEADER_SIZE);
  const header = decodeHeader(first);
  const table = readMemory(machine, admin + header.table, Math.min(MOST, header.records) * 4);
  return {
    pointers,
    header,
    eyeCatcher: EYE_CATCHER.every((byte, i) => first[i] === byte),
    range: { start: admin - header.pages * PAGE_SIZE, end: admin + PAGE_SIZE },
    owners: readMemory(machine, admin + HEADER_SIZE, header.pages),
    records: Array.from({ length: header.records }, (_, i) => decodeRecord(table, i * 4)),
  };
}

/** The bytes of a record's data. */
export function recordData(machine: Machine, { pointers }: ModuleView, r: Record): Uint8Array {
  return readMemory(machine, pointers.admin + r.offset, r.size);
}
