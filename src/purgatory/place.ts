/**
 * Where kexec-tools puts what it adds to an image: each piece in turn at the top of the highest free
 * memory that holds it. Free is RAM by the firmware's map less the segments so far; for a crash image
 * only the crash region counts. Nothing else is avoided: not the running kernel, not the crash region
 * where a default image is loaded. [kexec-tools:locate_hole]
 */
import type { Decision, ImageSpec, Machine, PurgatorySpec, Refusal } from "../machine/mod.ts";
import { alignDown, alignUp, isEmpty, PAGE_SIZE, type Range, subtract } from "../memory/mod.ts";
import { check, hex, type Run } from "../routine/mod.ts";

const CITE = "kexec-tools:locate_hole";

/** A purgatory goes no lower. [kexec-tools:do_bzImage64_load] */
const LOWEST_PURGATORY = 0x3000;
/** Nor higher, if it enters the kernel in protected mode: last byte. [kexec-tools:do_bzImage_load] */
const HIGHEST_PURGATORY_32 = 0x7fff_ffff;

/** The first bytes belong to the BIOS. [kexec-tools:get_memory_ranges] */
const BIOS_END = 0x400;

/** Low memory that a crash kernel uses: below video memory. */
const LOW: Range = { start: 0, end: 0xa0000 };

/**
 * What a backup saves: the first RAM that ends below video memory, under Xen too.
 * [kexec-tools:get_backup_area]
 */
export function backupSource(ram: readonly Range[]): Range {
  return ram.find(({ end }) => end <= LOW.end) ?? LOW;
}

/** Sizes in memory of what is added, bytes. */
export interface Sizes {
  readonly backup: number;
  readonly coreHeader: number;
  readonly purgatory: number;
}

/** A purgatory whose places are all known. */
export type Placed = PurgatorySpec & {
  readonly at: bigint;
  readonly backupAt?: bigint;
  readonly coreHeaderAt?: bigint;
};

/** In the order of the loader: backup, core header, purgatory. */
export function* placeByLoader(
  run: Run,
  image: ImageSpec,
  purgatory: PurgatorySpec,
  sizes: Sizes,
  crashRegion: Range | undefined,
): Decision<Placed | Refusal> {
  const isCrash = image.slot === "crash";
  const { at, backupAt, coreHeaderAt, ...rest } = purgatory;
  const given: readonly (readonly [bigint | "chosen" | undefined, number])[] = [
    [backupAt, sizes.backup],
    [coreHeaderAt, sizes.coreHeader],
    [at, sizes.purgatory],
  ];
  const taken: Range[] = [
    ...image.segments.map((s) => ({ start: Number(s.dest), end: Number(s.dest + s.destSize) })),
    ...given.flatMap(([place, size]) =>
      typeof place === "bigint" ? [{ start: Number(place), end: Number(place) + size }] : []
    ),
  ];
  const limits = { lowest: LOWEST_PURGATORY, ...(purgatory.entry32 ? HIGHEST_32 : {}) };
  const wanted = [
    ...(backupAt === "chosen" && isCrash ? [{ key: "backupAt", size: sizes.backup }] : []),
    ...(coreHeaderAt === "chosen" ? [{ key: "coreHeaderAt", size: sizes.coreHeader }] : []),
    ...(at === undefined ? [{ key: "at", size: sizes.purgatory, ...limits }] : []),
  ];
  const memory = isCrash ? [crashRegion].filter((r) => r !== undefined) : ramOf(run.machine);
  const found: Record<string, bigint> = {};
  for (const want of wanted) {
    const hole = locateHole(memory, taken, want);
    if (hole === undefined) {
      const refusal = noHole(want.size);
      yield* check(run, "no-hole-for-loader", CITE, refusal);
      return refusal;
    }
    taken.push({ start: hole, end: hole + want.size });
    found[want.key] = BigInt(hole);
  }
  return {
    ...rest,
    ...(typeof backupAt === "bigint" ? { backupAt } : {}),
    ...(typeof coreHeaderAt === "bigint" ? { coreHeaderAt } : {}),
    ...(at === undefined ? {} : { at }),
    ...found,
  } as Placed;
}

const HIGHEST_32 = { highest: HIGHEST_PURGATORY_32 };

interface Wanted {
  readonly size: number;
  readonly lowest?: number;
  /** Last byte. */
  readonly highest?: number;
}

/** Physical address of the highest hole, aligned to a page; undefined if there is none. */
function locateHole(
  memory: readonly Range[],
  taken: readonly Range[],
  { size, lowest = 0, highest = Infinity }: Wanted,
): number | undefined {
  const pages = taken.filter((range) => !isEmpty(range));
  for (const range of memory.flatMap((r) => subtract(r, pages)).toReversed()) {
    const start = alignUp(Math.max(range.start, lowest), PAGE_SIZE);
    const end = Math.min(range.end, highest + 1);
    if (end - start >= size) return alignDown(end - size, PAGE_SIZE);
  }
  return undefined;
}

/** By the firmware's map, ascending. */
function ramOf(machine: Machine): Range[] {
  return machine.firmware.filter(({ type }) => type === "usable")
    .map(({ range }) => ({ start: Math.max(range.start, BIOS_END), end: range.end }))
    .toSorted((a, b) => a.start - b.start);
}

function noHole(size: number): Refusal {
  return {
    rule: "no-hole-for-loader",
    errno: "EADDRNOTAVAIL",
    nature: "placement",
    message: `kexec-tools finds no free memory of ${hex(size)} bytes, and does not call the kernel`,
    remedy: "Leave that much between the segments, or say `at` where it goes",
    cite: CITE,
  };
}
