/**
 * A new module, when none was found and the kernel was built to have one: at the top of the highest
 * piece of free memory below 4 GiB that is long enough. [minios:get_mod_addr] [minios:kexec_module]
 */
import type { Decision } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import { freeRanges, reachesLastAddress } from "../memory/mod.ts";
import { keep, type Kernel, memoryMapOf, MODULE, modulePointersOf } from "../state.ts";
import { bug, type Run, tell, write } from "../steps.ts";
import { createdHeader, EYE_CATCHER, HEADER_SIZE, PAGE_FREE, word16 } from "./layout.ts";

const CITE = "minios:kexec_module";
/** PHYS_PFN(0xffffffff): the last page below 4 GiB is never used. */
const LAST_PFN = 0xfffff;
const PAGE = BigInt(PAGE_SIZE);

export function* createModule(run: Run, kernel: Kernel): Decision<void> {
  const { modulePages } = kernel;
  const place = yield* placeOf(run, kernel);
  // Whole pages below 2^64 are exact as numbers; a module that begins below 0 wraps.
  const start = Number(place);
  const admin = Number(BigInt.asUintN(64, place + BigInt(modulePages - 1) * PAGE));
  yield* keep(run, MODULE, { ...modulePointersOf(run.machine), start, admin }, "module placed");
  yield* tellOfPlace(run, kernel, start, admin + PAGE_SIZE);
  yield* writeHeader(run, admin, modulePages);
  // One slot, and this is its only caller. [minios:set_reserved_range]
  const reserved = { start, size: modulePages * PAGE_SIZE };
  yield* keep(
    run,
    MODULE,
    { ...modulePointersOf(run.machine), reserved },
    `module of ${pages(modulePages)} created at ${hex(start)}`,
  );
}

/** Where the module goes: the real code keeps no more than the best place so far. */
function* placeOf(run: Run, kernel: Kernel): Decision<bigint> {
  const size = BigInt(kernel.modulePages) * PAGE;
  const map = memoryMapOf(run.machine);
  if (reachesLastAddress(map.entries)) return yield* bug(run, "RAM reaches the last address");
  const found = freeRanges(
    map,
    BigInt(kernel.startPfn) * PAGE,
    BigInt(Math.min(kernel.maxPfn, LAST_PFN)) * PAGE,
    kernel.modules.map((m) => ({ from: m.paddr, to: BigInt.asUintN(64, m.paddr + m.size) })),
  );
  let best = 0n;
  for (const { from, to } of found) {
    // Unsigned, as the real code: where memory ends below its own start the length wraps.
    const length = BigInt.asUintN(64, to - from);
    const at = BigInt.asUintN(64, to - size);
    if (length >= size && at > best) best = at;
  }
  if (best === 0n) {
    const line = run.features.alignsRecordTable ? 254 : 249;
    yield* bug(run, `ASSERTION FAILED: !(!kexec_mod_start) at arch/x86/kexec.c:${line}.`);
  }
  return best;
}

/** Zeroes the last page alone: the others keep what was in them. */
function* writeHeader(run: Run, admin: number, modulePages: number): Decision<void> {
  const header = createdHeader(run.features, modulePages);
  const at = BigInt(admin);
  yield* write(run, at, new Uint8Array(PAGE_SIZE), "the module's last page, cleared");
  yield* write(
    run,
    at,
    Uint8Array.from([...EYE_CATCHER, ...word16(header.pages)]),
    "the module's eye catcher and page count",
  );
  if (header.pages > 0) {
    const map = new Uint8Array(header.pages).fill(PAGE_FREE);
    yield* write(run, at + BigInt(HEADER_SIZE), map, "the module's map of pages, all free");
  }
  yield* write(
    run,
    at + 10n,
    Uint8Array.from([...word16(header.records), ...word16(header.table)]),
    "the module's record table",
  );
  yield* tellOfHeader(run, modulePages, header);
}

function* tellOfPlace(run: Run, kernel: Kernel, start: number, end: number): Decision<void> {
  if (start >= kernel.startPfn * PAGE_SIZE) return;
  yield* tell(
    run,
    "module-inside-kernel",
    `the module [${hex(start)}, ${hex(end)}) lies below the first free page ${
      hex(kernel.startPfn * PAGE_SIZE)
    }: memory ends at ${hex(kernel.maxPfn * PAGE_SIZE)}, and the length of what is left wrapped`,
    "minios:get_mod_addr",
  );
}

function* tellOfHeader(
  run: Run,
  modulePages: number,
  header: { readonly pages: number; readonly records: number; readonly table: number },
): Decision<void> {
  const end = header.table + header.records * 4;
  if (header.pages !== modulePages - 1) {
    yield* tell(
      run,
      "module-page-count-cut",
      `the header counts ${header.pages} pages of ${modulePages - 1}: the field has 16 bits`,
      CITE,
    );
  }
  if (end > PAGE_SIZE || HEADER_SIZE + header.pages > PAGE_SIZE) {
    yield* tell(
      run,
      "record-table-leaves-page",
      `the record table ends at ${end}, beyond the last page of the module`,
      CITE,
    );
  } else if (header.records > 0 && end === PAGE_SIZE) {
    yield* tell(
      run,
      "no-room-for-records",
      "the record table fills the last page: no byte is left for data",
      CITE,
    );
  }
}
