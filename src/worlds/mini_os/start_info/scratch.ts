/**
 * Addresses where there is no RAM, taken to map foreign pages: grants of others, the shared info. They
 * are an entry of the memory map, which is passed on at a kexec: since the series under a type of its
 * own, before it as reserved memory that the next kernel believes in. [minios:e820_get_reserved_pfns]
 */
import type { Decision } from "../../../machine/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import { E820_MAX, endOf, pageUp } from "../memory/mod.ts";
import type { OperationOf } from "../operation.ts";
import { E820, type E820Entry, keep, MEMORY_MAP, memoryMapOf } from "../state.ts";
import { bug, type Run, tell } from "../steps.ts";

const PAGE = 4096n;

export const SCRATCH: OperationOf = {
  shape: {
    head: "scratch",
    summary:
      "takes addresses without RAM for mappings of foreign pages; gives back the first frame",
    positional: [{ name: "pages", type: "integer", required: true }],
  },
  *run(run, { args }) {
    return hex(yield* takeScratch(run, BigInt.asIntN(32, args.pages as bigint)));
  },
};

/** The first frame behind the entries that leave no gap of this size. Sums have 64 bits and may wrap. */
function* takeScratch(run: Run, count: bigint): Decision<bigint> {
  const map = memoryMapOf(run.machine);
  const type = run.features.softReserved ? E820.softReserved : E820.reserved;
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  const size = u64(count * PAGE);
  let last = 0n;
  let i = 0;
  while (i < map.entries.length && map.entries[i]!.addr < u64(last + size)) {
    const end = endOf(map.entries[i]!);
    last = run.features.alignsScratch ? u64(pageUp(end)) : end;
    i++;
  }
  const entries: E820Entry[] = [...map.entries];
  const before = entries[i - 1];
  if (before?.type === type) entries[i - 1] = { ...before, size: u64(before.size + size) };
  else if (entries.length === E820_MAX) yield* bug(run, "E820 memory map overflow");
  else entries.splice(i, 0, { addr: last, size, type });
  const what = `${pages(count)} of scratch addresses at ${hex(last)}`;
  yield* keep(run, MEMORY_MAP, { ...map, entries }, what);
  if (!run.features.softReserved) {
    yield* tell(
      run,
      "scratch-passed-on",
      `the scratch addresses at ${hex(last)} are reserved memory in the map that a kexec passes on`,
      "minios:e820_get_reserved_pfns",
    );
  }
  return last / PAGE;
}
