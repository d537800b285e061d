/** Records of the module: what its users want to find again. */
import type { Decision } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { keep, MODULE, modulePointersOf } from "../state.ts";
import { bug, read, type Run, tell, u16, write } from "../steps.ts";
import {
  AT_RECORDS,
  AT_SIZE,
  AT_TYPE,
  decodeRecord,
  encodeRecord,
  RECORD,
  type Record,
  RECORD_SIZE,
} from "./layout.ts";
import { adminPage } from "./pages.ts";

const ADD = "minios:kexec_add_mod_record";

function* slots(run: Run): Decision<number> {
  const admin = yield* adminPage(run);
  return u16(yield* read(run, BigInt(admin + AT_RECORDS), 2, "the module's slot count"));
}

/** A slot, of which the real function reads `first` before the rest: a fault is at that byte. */
function* slot(run: Run, index: number, first: "type" | "size" = "type"): Decision<Record> {
  const at = modulePointersOf(run.machine).records + index * RECORD_SIZE;
  const what = `slot ${index} of the record table`;
  yield* read(run, BigInt(at + (first === "type" ? AT_TYPE : AT_SIZE)), 1, what);
  return decodeRecord(yield* read(run, BigInt(at), RECORD_SIZE, what));
}

/**
 * The index of a new record. There is room or it is a BUG, and there is a slot or it is a BUG. Type and
 * size are cut to a byte, the data is not. [minios:kexec_add_mod_record]
 */
export function* addRecord(run: Run, type: number, data: Uint8Array): Decision<number> {
  const admin = yield* adminPage(run);
  const { dataEnd, records } = modulePointersOf(run.machine);
  if (dataEnd + data.length > admin + PAGE_SIZE) {
    return yield* bug(run, "Kexec module record space exhausted");
  }
  const count = yield* slots(run);
  for (let index = 0; index < count; index++) {
    if ((yield* slot(run, index)).type !== RECORD.none) continue;
    const record = { offset: dataEnd - admin, type, size: data.length };
    yield* tellOfCut(run, index, record);
    yield* write(
      run,
      BigInt(records + index * RECORD_SIZE),
      encodeRecord(record),
      `slot ${index} of the record table`,
    );
    if (data.length > 0) yield* write(run, BigInt(dataEnd), data, `data of record ${index}`);
    yield* keep(
      run,
      MODULE,
      { ...modulePointersOf(run.machine), dataEnd: dataEnd + data.length },
      `record ${index} added, ${admin + PAGE_SIZE - dataEnd - data.length} bytes left for data`,
    );
    return index;
  }
  return yield* bug(run, "Kexec module record table exhausted");
}

function* tellOfCut(run: Run, index: number, { type, size }: Record): Decision<void> {
  if ((type & 0xff) === RECORD.none) {
    yield* tell(
      run,
      "record-without-type",
      `record ${index} has type ${type}, which is stored as 0: its slot stays free`,
      ADD,
      `record-without-type:${index}`,
    );
  }
  if (size > 0xff) {
    yield* tell(
      run,
      "record-size-cut",
      `record ${index} has ${size} bytes and its slot says ${
        size & 0xff
      }: the next kernel puts other data over the rest`,
      ADD,
      `record-size-cut:${index}`,
    );
  }
}

/** The first record of a type from an index on; undefined: ENOENT. [minios:kexec_find_mod_record] */
export function* findRecord(
  run: Run,
  from: number,
  type: number,
): Decision<{ readonly index: number; readonly size: number } | undefined> {
  const count = yield* slots(run);
  for (let index = from; index < count; index++) {
    const record = yield* slot(run, index);
    if (record.type === type) return { index, size: record.size };
  }
  return undefined;
}

/** Overwrites the data of a record in place. [minios:kexec_upd_mod_record] */
export function* updateRecord(
  run: Run,
  index: number,
  type: number,
  data: Uint8Array,
): Decision<"0" | "ENOENT" | "EINVAL"> {
  if (index >= (yield* slots(run))) return "ENOENT";
  const record = yield* slot(run, index);
  if (record.type !== type || record.size !== data.length) return "EINVAL";
  const at = modulePointersOf(run.machine).admin + record.offset;
  if (data.length > 0) yield* write(run, BigInt(at), data, `data of record ${index}`);
  return "0";
}

/** The data of a record of exactly this size. [minios:kexec_read_mod_record] */
export function* readRecord(
  run: Run,
  index: number,
  size: number,
): Decision<Uint8Array | "ENOENT" | "EINVAL"> {
  if (index >= (yield* slots(run))) return "ENOENT";
  const record = yield* slot(run, index, "size");
  if (record.size !== size) return "EINVAL";
  const at = modulePointersOf(run.machine).admin + record.offset;
  return yield* read(run, BigInt(at), size, `data of record ${index}`);
}
