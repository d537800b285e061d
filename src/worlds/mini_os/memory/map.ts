/** The memory map at boot: read once from the start info, kept by the kernel. [minios:arch_mm_preinit] */
import type { Decision } from "../../../machine/mod.ts";
import { keep, MEMORY_MAP } from "../state.ts";
import { bug, hang, milestone, type Run } from "../steps.ts";
import { type E820Entry, type MemoryMap, sanitize } from "./e820.ts";

/** Sorts the entries out, puts the page of the local APIC in, keeps the map. */
export function* readMemoryMap(
  run: Run,
  entries: readonly E820Entry[],
): Decision<MemoryMap> {
  const made = sanitize(entries, { lapicIsNoPage: run.features.lapicNotCounted });
  if ("trouble" in made) {
    return made.trouble === "overflow"
      ? yield* bug(run, "E820 memory map overflow")
      : yield* hang(run, "sorting the memory map out never ends");
  }
  if (made.lapicInserted) {
    yield* milestone(
      run,
      "nothing reserved covers the page of the local APIC: it joins the memory map",
      "minios:e820_sanitize",
    );
  }
  yield* keep(run, MEMORY_MAP, made, `memory map of ${made.entries.length} entries`);
  return made;
}

/**
 * Pages that Xen says the domain has, without those that are no RAM, as the 32 bits in which the kernel
 * keeps them. [minios:e820_get_current_pages] [minios:arch_mm_preinit]
 */
export function currentPages(map: MemoryMap, currentReservation: number): bigint {
  return BigInt.asUintN(32, BigInt(currentReservation) - map.reservedPages);
}
