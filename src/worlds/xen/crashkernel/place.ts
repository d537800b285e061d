/**
 * Where things go at boot, before Xen has an allocator: the crash region if it was given a place,
 * then from the highest RAM down Xen itself, the modules that the boot loader brought, and a crash
 * region that was not given a place. [xen:__start_xen]
 *
 * Simplified: the boot loader put the modules low, in nobody's way; RAM beyond what Xen's direct map
 * reaches is not cut off.
 */
import { alignDown, alignUp, PAGE_SIZE, type Range } from "../../../memory/mod.ts";
import type { CrashkernelRules } from "./rules.ts";

/** The area as Xen keeps it: not rounded. Bytes, unsigned 64 bits. */
export interface Area {
  readonly start: bigint;
  readonly size: bigint;
}

/** Something that the boot loader brought, in its order: the kernel of dom0 is the first. */
export interface BootModule {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes before it that a compressed kernel needs to unpack itself. [xen:bzimage_headroom] */
  readonly headroom?: number;
}

export interface Placed {
  readonly name: string;
  /** Bytes. */
  readonly range: Range;
}

export interface Placement {
  readonly area: Area;
  /** Of Xen's image, `_start` to `_end`; undefined if no RAM below 4 GiB is large enough. */
  readonly xen?: Range;
  readonly modules: readonly Placed[];
  readonly log: readonly string[];
  /** Why the region was dropped: it did not fit into RAM. */
  readonly disabled: boolean;
  /** The region ends below its beginning, and was taken all the same. */
  readonly wraps: boolean;
}

/** What is wanted. Bytes. */
export interface Wanted {
  readonly area: Area;
  readonly limit: bigint;
  readonly ram: readonly Range[];
  readonly modules: readonly BootModule[];
  readonly imageSize: number;
}

const TWO_MIB = 2 ** 21;
const FOUR_GIB = 2 ** 32;
const PAGE = BigInt(PAGE_SIZE);

interface Module extends BootModule {
  range?: Range;
}

export function placeAll(wanted: Wanted, rules: CrashkernelRules): Placement {
  const log: string[] = [];
  let area = wanted.area;
  let decided = false;
  let disabled = false;
  let wraps = false;
  let ram = [...wanted.ram].sort((a, b) => a.start - b.start);

  /** Takes it out of one piece of RAM, once; all or nothing. [xen:kexec_reserve_area] */
  const reserve = () => {
    const size = BigInt.asUintN(64, (area.size + PAGE - 1n) / PAGE * PAGE);
    if (area.start === 0n || size === 0n || decided) return;
    decided = true;
    const start = Number(area.start);
    const end = Number(BigInt.asUintN(64, area.start + size));
    wraps = end < start;
    // Of a region that wraps the first entry that reaches as far as its end is taken for its place.
    const inside = ram.find((r) => end <= r.end && (wraps ? end > r.start : start >= r.start));
    const told = `${size >> 20n}MB (${size >> 10n}kB) at ${address(area.start, rules)}`;
    if (inside === undefined) {
      log.push(`Kdump: DISABLED (failed to reserve ${told})`);
      area = { start: 0n, size: 0n };
      disabled = true;
      wraps = false;
      return;
    }
    log.push(`Kdump: ${told}`);
    if (wraps) return;
    const pieces = [{ start: inside.start, end: start }, { start: end, end: inside.end }];
    ram = ram.flatMap((r) => r === inside ? pieces.filter((p) => p.end > p.start) : [r]);
  };

  reserve();
  const modules: Module[] = wanted.modules.map((m) => ({ ...m }));
  let xen: Range | undefined;
  for (const piece of [...ram].reverse()) {
    const start = Math.max(alignUp(piece.start, TWO_MIB), rules.lowestMaddr);
    let end = alignDown(piece.end, TWO_MIB);
    if (start >= end) continue;
    if (xen === undefined && end <= FOUR_GIB) {
      const needed = alignUp(rules.imageOffset + wanted.imageSize, TWO_MIB);
      const top = alignDown(below(start, end, needed + TWO_MIB - 1, modules), TWO_MIB);
      if (top > start) {
        const base = top - needed + rules.imageOffset;
        xen = { start: base, end: base + wanted.imageSize };
        end = rules.usesOffset ? base : top - needed;
      }
    }
    for (const module of [...modules].reverse()) {
      if (module.range !== undefined) continue;
      const size = alignUp(module.size + (module.headroom ?? 0), PAGE_SIZE);
      const top = below(start, end, size, modules);
      if (start < top) module.range = { start: top - size, end: top };
    }
    area = search(area, start, end, wanted.limit, modules);
  }
  const placed = modules.flatMap((m) =>
    m.range === undefined ? [] : [{ name: m.name, range: m.range }]
  );
  for (const taken of [...placed.map((m) => m.range), ...(xen === undefined ? [] : [xen])]) {
    ram = ram.flatMap((r) =>
      [{ start: r.start, end: Math.min(r.end, taken.start) }, {
        start: Math.max(r.start, taken.end),
        end: r.end,
      }].filter((p) => p.end > p.start)
    );
  }
  reserve();
  return { area, ...(xen === undefined ? {} : { xen }), modules: placed, log, disabled, wraps };
}

/**
 * The top of the highest gap of `size` bytes in `[start, end)` that no module is in; 0 if there is
 * none. The size is a number of 32 bits: of a larger region only the rest counts.
 * [xen:consider_modules]
 */
function below(start: number, end: number, size: number, modules: readonly Module[]): number {
  const needed = size % 2 ** 32;
  const look = (from: number, to: number, first: number): number => {
    if (from > to || to - from < needed) return 0;
    for (let i = first; i < modules.length; i++) {
      const taken = modules[i]!.range;
      if (taken === undefined || from >= taken.end || taken.start >= to) continue;
      return look(taken.end, to, i + 1) || look(from, taken.start, i + 1);
    }
    return to;
  };
  return look(start, end, 0);
}

/**
 * Looks for a place in one piece of RAM, from the limit down. A size of 0 finds one too: then a start
 * is kept that nobody asked for, and that get_range does not tell.
 */
function search(
  area: Area,
  start: number,
  end: number,
  limit: bigint,
  modules: readonly Module[],
): Area {
  const size = Number((area.size + PAGE - 1n) / PAGE * PAGE);
  let found = area.start;
  for (let top = end; found === 0n;) {
    top = below(start, top, size, modules);
    if (start >= top) break;
    if (BigInt(top) > limit) {
      top = Number(limit / PAGE * PAGE);
      continue;
    }
    found = BigInt.asUintN(64, BigInt(top) - area.size) / PAGE * PAGE;
  }
  return { ...area, start: found };
}

function address(value: bigint, rules: CrashkernelRules): string {
  return value === 0n && rules.hashFormat ? "0" : `0x${value.toString(16)}`;
}
