/**
 * The boot-time allocator as far as placing a crash region needs it: which memory is free when
 * the region is looked for, and the search itself.
 *
 * Simplified: one NUMA node. With more, memblock keeps their memory apart, so no region spans two,
 * and each node's data lies in that node.
 */
import {
  alignDown,
  alignUp,
  type FirmwareRegion,
  normalize,
  overlaps,
  PAGE_SIZE,
  type Range,
} from "../../../memory/mod.ts";
import { MIB } from "./rules.ts";

/** Memory that is taken, and by whom. `range` in bytes. */
export interface Reservation {
  readonly what: string;
  readonly range: Range;
}

/** Free memory between two neighbours, which are named for whoever asks why. `range` in bytes. */
export interface Hole {
  readonly range: Range;
  readonly below: string;
  readonly above: string;
}

/**
 * Bytes. What the kernel has allocated from the top of memory before it looks for the region: the
 * data of the node [linux:alloc_node_data], 0x2b000 in the logs of kernels built for 1024 nodes,
 * and a few pages of page tables. The exact size does not matter as long as it is not zero and
 * stays below 1 MiB: then a region that would have to end exactly at the end of memory does not
 * fit, as observed, and one that ends a mebibyte lower does.
 */
const BOOT_ALLOCATION = 0x2b000;

/**
 * Bytes. Early page tables and copied firmware tables follow the bss [linux:reserve_brk]. Again
 * only "some, less than 1 MiB" can be observed: no region can begin right where the bss ends.
 */
const KERNEL_BRK = 0x20000;

/**
 * Usable RAM as memblock holds it, and its size, both in bytes: whole pages, without page 0 and
 * the BIOS area. [linux:trim_bios_range] [linux:e820__memblock_setup]
 */
export function memblockOf(
  map: readonly FirmwareRegion[],
): { readonly ram: Range[]; readonly systemRam: number } {
  const usable = map.filter((region) => region.type === "usable").map((region) => region.range);
  const bios = [{ start: 0, end: PAGE_SIZE }, { start: 640 * 1024, end: MIB }];
  const ram: Range[] = [];
  for (const range of normalize(usable)) {
    for (
      const { range: piece } of holesOf([range], bios.map((r) => ({ what: "BIOS", range: r })))
    ) {
      const start = alignUp(piece.start, PAGE_SIZE);
      const end = alignDown(piece.end, PAGE_SIZE);
      if (start < end) ram.push({ start, end });
    }
  }
  return { ram, systemRam: ram.reduce((sum, r) => sum + r.end - r.start, 0) };
}

/**
 * What is taken besides `given` when the region is looked for: the whole image of the kernel with
 * the gaps between its parts, the first MiB, and what the boot allocated at the top.
 */
export function bootReservations(
  ram: readonly Range[],
  given: readonly Reservation[],
): Reservation[] {
  const taken: Reservation[] = [{ what: "first MiB", range: { start: 0, end: MIB } }, ...given];
  const image = given.filter((r) => /^kernel\b/i.test(r.what)).map((r) => r.range);
  if (image.length > 0) {
    const start = image.reduce((low, r) => Math.min(low, r.start), Infinity);
    const end = image.reduce((high, r) => Math.max(high, r.end), 0) + KERNEL_BRK;
    taken.push({ what: "kernel image", range: { start, end } });
  }
  const top = findTopDown(holesOf(ram, taken), BigInt(BOOT_ALLOCATION), PAGE_SIZE);
  if (top !== undefined) taken.push({ what: "boot-time allocations", range: top });
  return taken;
}

/** `ram` without `taken`, from low to high. Neither needs to be sorted or disjoint. */
export function holesOf(ram: readonly Range[], taken: readonly Reservation[]): Hole[] {
  const sorted = [...taken].sort((a, b) => a.range.start - b.range.start);
  const holes: Hole[] = [];
  let next = 0;
  let covered = { what: "", end: 0 };
  for (const memory of normalize(ram)) {
    let at = memory.start;
    let below = "start of RAM";
    if (covered.end > at) [at, below] = [covered.end, covered.what];
    for (; next < sorted.length && sorted[next].range.start < memory.end; next++) {
      const { what, range } = sorted[next];
      if (range.end <= range.start) continue;
      if (range.start > at) {
        holes.push({ range: { start: at, end: range.start }, below, above: what });
      }
      if (range.end > at) [at, below] = [range.end, what];
      if (range.end > covered.end) covered = { what, end: range.end };
    }
    if (at < memory.end) {
      holes.push({ range: { start: at, end: memory.end }, below, above: "end of RAM" });
    }
  }
  return holes;
}

/** The parts of `holes` inside `window`. Page 0 is never handed out. */
export function holesWithin(holes: readonly Hole[], window: Range): Hole[] {
  const start = Math.max(window.start, PAGE_SIZE);
  return holes.filter((hole) => overlaps(hole.range, { start, end: window.end })).map((hole) => ({
    range: {
      start: Math.max(hole.range.start, start),
      end: Math.min(hole.range.end, window.end),
    },
    below: hole.range.start < start ? "start of the window" : hole.below,
    above: hole.range.end > window.end ? "end of the window" : hole.above,
  }));
}

/** The highest aligned base with room for `size` bytes. [linux:__memblock_find_range_top_down] */
export function findTopDown(
  holes: readonly Hole[],
  size: bigint,
  alignment: number,
): Range | undefined {
  for (let i = holes.length - 1; i >= 0; i--) {
    const { start, end } = holes[i].range;
    if (BigInt(end - start) < size) continue;
    const base = alignDown(end - Number(size), alignment);
    if (base >= start) return { start: base, end: base + Number(size) };
  }
  return undefined;
}

/** The lowest aligned base with room for `size` bytes. [linux:__memblock_find_range_bottom_up] */
export function findBottomUp(
  holes: readonly Hole[],
  size: number,
  alignment: number,
): Range | undefined {
  for (const { range } of holes) {
    const base = alignUp(range.start, alignment);
    if (base < range.end && range.end - base >= size) return { start: base, end: base + size };
  }
  return undefined;
}
