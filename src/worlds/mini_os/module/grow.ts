/**
 * A proposal, in no posted patch: a module that grows. The thread leaves it open, and the header lies
 * in the last page so that it can be done. A kernel that is built for more pages than it was handed
 * takes the missing ones below the module; nothing that is granted moves. What is in the way of the
 * longer map of pages moves up: the record table and the data, all within the last page.
 * [minios:thread growing the module]
 */
import type { Decision, Machine } from "../../../machine/mod.ts";
import { readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import { freeRanges } from "../memory/mod.ts";
import { keep, type Kernel, memoryMapOf, MODULE, modulePointersOf } from "../state.ts";
import { milestone, type Run, tell, write } from "../steps.ts";
import {
  decodeRecord,
  encodeRecord,
  EYE_CATCHER,
  HEADER_SIZE,
  PAGE_FREE,
  RECORD,
  RECORD_SIZE,
  word16,
} from "./layout.ts";
import { moduleOf, type ModuleView } from "./view.ts";

const CITE = "minios:thread growing the module";
const PAGE = BigInt(PAGE_SIZE);

/** What growing would do, or why it cannot be done. */
export type Growth =
  | {
    readonly kind: "grows";
    /** Pages that join below. */
    readonly more: number;
    /** Where the module would begin. */
    readonly start: number;
    /** Where the record table would be in the last page. */
    readonly table: number;
    readonly lastPage: Uint8Array;
  }
  | { readonly kind: "stays"; readonly why: string }
  | { readonly kind: "large-enough" };

/** `isFree`: whether a range of bytes below the module can be had. */
export function planGrowth(
  machine: Machine,
  view: ModuleView,
  wantedPages: number,
  isFree: (start: number, end: number) => boolean,
): Growth {
  const more = wantedPages - 1 - view.header.pages;
  if (more <= 0) return { kind: "large-enough" };
  const start = view.range.start - more * PAGE_SIZE;
  const total = view.header.pages + more;
  const table = view.header.table + more + total % 2 - view.header.pages % 2;
  const old = readMemory(machine, view.pointers.admin, PAGE_SIZE);
  const lastPage = grownPage(old, view, more, table);
  if (lastPage === undefined) {
    return { kind: "stays", why: "its last page has no room for the longer map of pages" };
  }
  if (start < 0 || !isFree(start, view.range.start)) {
    return { kind: "stays", why: `the ${pages(more)} below it are not all free` };
  }
  return { kind: "grows", more, start, table, lastPage };
}

/** Makes the module as large as this kernel was built for, if that is possible; else it stays as it is. */
export function* growModule(run: Run, kernel: Kernel): Decision<void> {
  const view = moduleOf(run.machine)!;
  const growth = planGrowth(
    run.machine,
    view,
    kernel.modulePages,
    (start, end) => freeBelow(run, kernel, start, end),
  );
  if (growth.kind === "large-enough") return;
  if (growth.kind === "stays") {
    return yield* tell(
      run,
      "module-cannot-grow",
      `the module stays at ${view.header.pages + 1} pages of ${kernel.modulePages}: ${growth.why}`,
      CITE,
    );
  }
  const { start, more, lastPage } = growth;
  yield* write(run, BigInt(view.pointers.admin), lastPage, "the module's last page, rearranged");
  yield* keep(run, MODULE, {
    ...modulePointersOf(run.machine),
    start,
    reserved: { start, size: more * PAGE_SIZE },
  }, `module grown by ${pages(more)}, down to ${hex(start)}`);
  yield* milestone(run, `the module has ${pages(kernel.modulePages)}; nothing granted moved`, CITE);
}

/** The last page of the larger module, or undefined if it is too small. */
function grownPage(
  old: Uint8Array,
  { header, owners, records }: ModuleView,
  more: number,
  table: number,
): Uint8Array | undefined {
  const shift = table - header.table;
  const used = records.filter((r) => r.type !== RECORD.none);
  const end = Math.max(
    header.table + records.length * RECORD_SIZE,
    ...used.map((r) => r.offset + r.size),
  );
  if (end > PAGE_SIZE || end + shift > PAGE_SIZE || header.pages + more > 0xffff) return undefined;
  const page = new Uint8Array(PAGE_SIZE);
  page.set(EYE_CATCHER);
  page.set([...word16(header.pages + more), ...word16(header.records), ...word16(table)], 8);
  page.fill(PAGE_FREE, HEADER_SIZE, HEADER_SIZE + more);
  page.set(owners, HEADER_SIZE + more);
  page.set(old.subarray(header.table, end), table);
  for (let i = 0; i < records.length; i++) {
    const record = decodeRecord(old, header.table + i * RECORD_SIZE);
    if (record.type === RECORD.none) continue;
    const moved = encodeRecord({ ...record, offset: record.offset + shift });
    page.set(moved, table + i * RECORD_SIZE);
  }
  return page;
}

function freeBelow(run: Run, kernel: Kernel, start: number, end: number): boolean {
  const excluded = kernel.modules.map((m) => ({ from: m.paddr, to: m.paddr + m.size }));
  const free = freeRanges(
    memoryMapOf(run.machine),
    BigInt(kernel.startPfn) * PAGE,
    BigInt(kernel.maxPfn) * PAGE,
    excluded,
  );
  return free.some(({ from, to }) => from <= BigInt(start) && BigInt(end) <= to);
}
