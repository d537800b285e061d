/** The module at boot: found or created, then the pointers to its records. [minios:kexec_module] */
import type { Decision } from "../../../machine/mod.ts";
import { readMemory } from "../../../machine/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import {
  keep,
  type Kernel,
  MODULE,
  type ModulePointers,
  modulePointersOf,
  NO_MODULE,
} from "../state.ts";
import { check, fault, firstUnreachable, read, refuse, type Run, tell, u16 } from "../steps.ts";
import { brokenContents } from "./laws.ts";
import { createModule } from "./create.ts";
import { findModule } from "./find.ts";
import { growModule } from "./grow.ts";
import { AT_RECORDS, AT_TABLE, RECORD, RECORD_SIZE } from "./layout.ts";

const CITE = "minios:kexec_module";
const FORM = "minios:struct kexec_module";

export function* bootModule(run: Run, kernel: Kernel): Decision<void> {
  if (!run.features.hasModule) return;
  const found = yield* findModule(run, kernel.modules);
  if (found !== undefined) {
    // The posted v1 forgets where the module starts: the next kernel is told 0, that is, none.
    const start = run.features.remembersFoundModule ? found.start : 0;
    const pointers: ModulePointers = { ...NO_MODULE, admin: found.admin, start };
    yield* keep(run, MODULE, pointers, `module found at ${hex(found.start)}`);
  }
  if (found !== undefined && (yield* isConsistent(run))) {
    yield* tellOfFound(run, kernel, found.start);
    if (run.features.growsModule) yield* growModule(run, kernel);
  } else {
    yield* tellOfLost(run, kernel);
    if (kernel.modulePages > 0) yield* createModule(run, kernel);
  }
  if (run.features.hasRecords) yield* findRecords(run);
}

/** What no posted release asks of a module that it takes. */
function* isConsistent(run: Run): Decision<boolean> {
  if (!run.features.checksContents) return true;
  const broken = brokenContents(run.machine);
  const failed = yield* check(
    run,
    "module-contents",
    FORM,
    broken.length === 0 ? undefined : {
      rule: "module-contents",
      errno: "NULL",
      nature: "state",
      message: broken.map(({ message }) => message).join("; "),
      remedy: "the last page as the kernel before left it",
      cite: FORM,
    },
  );
  if (failed === undefined) return true;
  yield* refuse(run, failed);
  yield* keep(run, MODULE, undefined, "the module is not taken");
  return false;
}

/**
 * Derives where records are, and where the data of the last one ends. Nothing of the header is
 * checked; without a module the posted code goes through a null pointer.
 */
function* findRecords(run: Run): Decision<void> {
  const pointers = modulePointersOf(run.machine);
  const admin = BigInt(pointers.admin);
  if (pointers.admin === 0) {
    if (run.features.guardsNoModule) return;
    yield* tell(
      run,
      "no-module-dereferenced",
      "no module was found and none is configured: the offset of the record table is read through a null pointer",
      CITE,
    );
  }
  const doing = "the header of the module";
  const table = u16(yield* read(run, admin + BigInt(AT_TABLE), 2, doing));
  const slots = u16(yield* read(run, admin + BigInt(AT_RECORDS), 2, doing));
  const records = pointers.admin + table;
  const dataStart = records + slots * RECORD_SIZE;
  const derived = { ...pointers, records, dataStart, dataEnd: dataStart };
  yield* keep(run, MODULE, derived, `record table at ${hex(records)}, ${slots} slots`);
  const dataEnd = yield* endOfData(run, pointers.admin, records, slots, dataStart);
  if (dataEnd !== dataStart) {
    yield* keep(run, MODULE, { ...derived, dataEnd }, `record data ends at ${hex(dataEnd)}`);
  }
}

/** The highest end of a record's data. Slots are read one after the other, wherever they lie. */
function* endOfData(
  run: Run,
  admin: number,
  records: number,
  slots: number,
  dataStart: number,
): Decision<number> {
  let end = dataStart;
  const length = slots * RECORD_SIZE;
  const bytes = readMemory(run.machine, records, length);
  // Every page of the table has a type in it: nothing behind the first hole is ever read.
  const hole = Number(firstUnreachable(run.machine, BigInt(records), length) ?? Infinity);
  for (let i = 0; i < slots; i++) {
    const at = i * RECORD_SIZE;
    // The type first; what does not count is not read further.
    if (records + at + 2 >= hole) {
      yield* fault(run, "read", BigInt(records + at + 2), "the record table");
    }
    if (bytes[at + 2] === RECORD.none) continue;
    if (records + at + 3 >= hole) yield* fault(run, "read", BigInt(hole), "the record table");
    end = Math.max(end, admin + u16(bytes, at) + bytes[at + 3]!);
  }
  return end;
}

function* tellOfFound(run: Run, kernel: Kernel, start: number): Decision<void> {
  if (!run.features.remembersFoundModule) {
    yield* tell(
      run,
      "module-start-forgotten",
      `the module at ${hex(start)} is used, but the next kernel will be told that it lies at 0`,
      "minios:kexec_check_module",
    );
  }
  const size = Number(kernel.modules[0]!.size) / 4096;
  if (kernel.modulePages === 0 || kernel.modulePages === size || run.features.growsModule) return;
  yield* tell(
    run,
    "module-page-count-ignored",
    `this kernel was built for a module of ${
      pages(kernel.modulePages)
    } and goes on with the ${size} that it was handed`,
    CITE,
  );
}

/** A module that came from a kernel before and is not taken is gone, and nobody says so. */
function* tellOfLost(run: Run, kernel: Kernel): Decision<void> {
  const [module] = kernel.modules;
  if (module === undefined || kernel.generation === 0) return;
  yield* tell(
    run,
    "module-lost",
    `the module at ${
      hex(module.paddr)
    } that the kernel before handed over is not taken: its pages and records are lost to this one`,
    CITE,
  );
}
