/** What a script can do with the module. */
import {
  bufferFromArgs,
  type Decision,
  naturalSize,
  type Operation,
  type Param,
  readRecipe,
  SOURCE_PARAMS,
} from "../../../machine/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { OperationOf } from "../operation.ts";
import { check, refuse, type Run } from "../steps.ts";
import { allocateModulePages, freeModulePages } from "./pages.ts";
import { addRecord, findRecord, readRecord, updateRecord } from "./records.ts";

const CITE = "minios:struct kexec_module_rec";
/** Arguments are unsigned ints; larger ones are cut as a C caller's would be. */
const UINT = 32;
/** No record is longer than the page that it lies in. */
const LONGEST_DATA = 1 << 16;

const TYPE: Param = { name: "type", type: "integer", required: true, summary: "9pfs is 1" };
const SIZE: Param = { name: "size", type: "size" };

export const MODULE_OPERATIONS: readonly OperationOf[] = [
  {
    shape: {
      head: "module_alloc",
      summary: "pages of the module for a record; gives back the address of the first",
      positional: [{ name: "pages", type: "integer", required: true }],
      labels: [{ name: "record", type: "integer", required: true }],
    },
    run: withRecords(function* (run, { args }) {
      const at = yield* allocateModulePages(run, uint(args.record), uint(args.pages));
      return hex(at);
    }),
  },
  {
    shape: {
      head: "module_free",
      summary: "gives pages of a record back to the module",
      positional: [{ name: "pages", type: "integer", required: true }],
      labels: [
        { name: "record", type: "integer", required: true },
        { name: "at", type: "address", required: true },
      ],
    },
    run: withRecords(function* (run, { args }) {
      yield* freeModulePages(run, uint(args.record), args.at as bigint, uint(args.pages));
      return "0";
    }),
  },
  {
    shape: {
      head: "module_add",
      summary: "adds a record to the module; gives back its index",
      labels: [TYPE, SIZE, ...SOURCE_PARAMS],
    },
    run: withRecords(function* (run, { args }) {
      return String(yield* addRecord(run, uint(args.type), dataOf(args)));
    }),
  },
  {
    shape: {
      head: "module_update",
      summary: "overwrites the data of a record; type and size must be what they are",
      positional: [{ name: "record", type: "integer", required: true }],
      labels: [TYPE, SIZE, ...SOURCE_PARAMS],
    },
    run: withRecords(function* (run, { args }) {
      return yield* updateRecord(run, uint(args.record), uint(args.type), dataOf(args));
    }),
  },
  {
    shape: {
      head: "module_find",
      summary: "the index of the first record of a type",
      labels: [TYPE, { name: "from", type: "integer", summary: "first index that is looked at" }],
    },
    run: withRecords(function* (run, { args }) {
      const found = yield* findRecord(run, uint(args.from ?? 0n), uint(args.type));
      if (found === undefined) return "ENOENT";
      run.note = `${found.size} bytes`;
      return String(found.index);
    }),
  },
  {
    shape: {
      head: "module_read",
      summary: "reads the data of a record; the size must be what it is",
      positional: [{ name: "record", type: "integer", required: true }],
      labels: [{ name: "size", type: "integer", required: true }],
    },
    run: withRecords(function* (run, { args }) {
      const data = yield* readRecord(run, uint(args.record), uint(args.size));
      if (typeof data === "string") return data;
      run.note = [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return "0";
    }),
  },
];

function uint(value: unknown): number {
  return Number(BigInt.asUintN(UINT, value as bigint));
}

function dataOf(args: Operation["args"]): Uint8Array {
  const length = args.size as bigint | undefined ?? BigInt(naturalSize(args) ?? 0);
  const size = Number(length < BigInt(LONGEST_DATA) ? length : BigInt(LONGEST_DATA));
  return readRecipe(bufferFromArgs(args, BigInt(size)).recipe, 0, size);
}

/** In `v1` the functions are known by their names alone, before it there are none. */
function withRecords(
  routine: (run: Run, operation: Operation) => Decision<string>,
): OperationOf["run"] {
  return function* (run, operation) {
    const refusal = yield* check(
      run,
      "no-module-records",
      CITE,
      run.features.hasRecords ? undefined : {
        rule: "no-module-records",
        errno: "ENOSYS",
        nature: "state",
        message: `release ${run.features.release} has no records that are known`,
        remedy: "boot mini_os v2",
        cite: CITE,
      },
    );
    return refusal === undefined ? yield* routine(run, operation) : yield* refuse(run, refusal);
  };
}
