/** Pages of the module: who has which is one byte for each in the last page. */
import type { Decision } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import { modulePointersOf } from "../state.ts";
import { bug, read, type Run, tell, u16, write } from "../steps.ts";
import { AT_PAGES, HEADER_SIZE, PAGE_FREE } from "./layout.ts";

const ALLOC = "minios:kexec_alloc_mod_pages";
const MAP_OF_PAGES = "the module's map of pages";

/**
 * Pages in a row for a record; the address of the first. Running out is a BUG and no error. As
 * posted, a window is taken as soon as it is long enough, before its last page is looked at: one page
 * is always the first one, used or not. `fixed` looks at each. [minios:kexec_alloc_mod_pages]
 */
export function* allocateModulePages(run: Run, record: number, count: number): Decision<number> {
  const admin = yield* adminPage(run);
  const total = u16(yield* read(run, BigInt(admin + AT_PAGES), 2, "the module's page count"));
  const whole = run.features.looksAtWholeWindow;
  // Unsigned: a window of no pages is never as long as it must be.
  const wanted = (count - 1) >>> 0;
  let first = 0;
  for (let i = 0; i < total; i++) {
    // One owner after the other: a page count that was damaged leads past the end of memory.
    if (!whole && i - first === wanted) return yield* take(run, admin, record, first, count);
    const [owner] = yield* read(run, BigInt(admin + HEADER_SIZE + i), 1, MAP_OF_PAGES);
    if (owner !== PAGE_FREE) first = i + 1;
    else if (i - first === wanted) return yield* take(run, admin, record, first, count);
  }
  return yield* bug(run, "Kexec module out of memory");
}

function* take(
  run: Run,
  admin: number,
  record: number,
  first: number,
  count: number,
): Decision<number> {
  const start = modulePointersOf(run.machine).start + first * PAGE_SIZE;
  const owners = yield* read(run, BigInt(admin + HEADER_SIZE + first), count, MAP_OF_PAGES);
  const twice = owners.findIndex((owner) => owner !== PAGE_FREE);
  if (twice !== -1) {
    yield* tell(
      run,
      "module-page-given-twice",
      `page ${first + twice} belongs to record ${owners[twice]} and is given to record ${record}`,
      ALLOC,
      `module-page-given-twice:${first + twice}`,
    );
  }
  if (start === first * PAGE_SIZE) {
    yield* tell(
      run,
      "module-start-forgotten",
      `page ${first} is said to lie at ${
        hex(start)
      }: the kernel does not know where its module begins`,
      "minios:kexec_check_module",
    );
  }
  const bytes = new Uint8Array(count).fill(record & 0xff);
  const what = `the module's map: ${pages(count)} from page ${first} to record ${record}`;
  yield* write(run, BigInt(admin + HEADER_SIZE + first), bytes, what);
  return start;
}

/**
 * Gives pages back. A page that is another record's is a BUG; those before it are free by then.
 * [minios:kexec_free_mod_pages]
 */
export function* freeModulePages(
  run: Run,
  record: number,
  address: bigint,
  count: number,
): Decision<void> {
  const admin = yield* adminPage(run);
  const start = BigInt(modulePointersOf(run.machine).start);
  const size = BigInt(PAGE_SIZE);
  if (address < start || BigInt.asUintN(64, address + BigInt(count) * size) > BigInt(admin)) {
    yield* bug(
      run,
      "ASSERTION FAILED: !(addr < kexec_mod_start || addr + ((uint64_t)(n) << 12) > (unsigned long)mod_ptr) at kexec.c:288.",
    );
  }
  const first = Number((address - start) / size);
  for (let i = 0; i < count; i++) {
    const at = BigInt(admin + HEADER_SIZE + first + i);
    const [owner] = yield* read(run, at, 1, MAP_OF_PAGES);
    if (owner !== record) {
      yield* bug(run, "ASSERTION FAILED: !(mod_ptr->pg2rec[s + i] != recid) at kexec.c:293.");
    }
    const what = `the module's map: page ${first + i} is free`;
    yield* write(run, at, Uint8Array.of(PAGE_FREE), what);
  }
}

/** The page with the header; without a module the null pointer, which faults when it is read. */
export function* adminPage(run: Run): Decision<number> {
  const { admin } = modulePointersOf(run.machine);
  if (admin === 0) {
    yield* read(run, BigInt(AT_PAGES), 2, "the header of a module that is not there");
  }
  return admin;
}
