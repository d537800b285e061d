/**
 * Where kexec_file_load puts things. Each buffer in turn is placed beside those before it, in RAM as
 * the resource tree shows it, or for a crash image in the crash region. The running kernel, its
 * initrd and the crash region are not avoided: they are RAM like any other.
 * [linux:kexec_locate_mem_hole] [linux:bzImage64_load]
 */
import type { Decision, FileBytes, Recipe, Refusal, SegmentSpec } from "../../machine/mod.ts";
import { alignDown, alignUp, PAGE_SIZE, type Range, sizeOf } from "../../memory/mod.ts";
import { type Laid, layoutOf, layPurgatory } from "../../purgatory/mod.ts";
import { bootParams } from "./boot_params.ts";
import { realModeSize, type SetupHeader } from "./bzimage.ts";
import { coreHeader, coreHeaderRoom } from "./core_header.ts";
import type { FileLoadCall } from "./file_arguments.ts";
import { crashRegion } from "./kernel.ts";
import { iomemTree } from "./iomem.ts";
import { hex } from "../../routine/mod.ts";
import { entryOffset, lowMemory, unhashed } from "./purgatory.ts";
import { check, type Run } from "./steps.ts";

const CITE = "linux:kexec_locate_mem_hole";

/** Bytes. Lowest addresses. [linux:MIN_PURGATORY_ADDR] … [linux:MIN_INITRD_LOAD_ADDR] */
const LOWEST = {
  purgatory: 0x3000,
  bootParams: 0x3000,
  kernel: 0x100000,
  initrd: 0x1000000,
} as const;

/** From the beginning of the kernel to its 64-bit entry point. [linux:bzImage64_load] */
const ENTRY_64 = 0x200n;

/** Bytes that are handed over for the backup of low memory: the rest becomes zeros. */
const BACKUP_BUFFER = 8;

/** The kernel's own purgatory. */
const PURGATORY = layoutOf("in_kernel");

export interface PlacedFiles {
  readonly segments: readonly SegmentSpec[];
  readonly entryPoint: bigint;
  readonly laid: Laid;
}

/** What is to be placed. Sizes in bytes. */
interface Wanted {
  readonly name: string;
  readonly size: number;
  readonly memory: number;
  readonly align: number;
  readonly lowest: number;
  readonly topDown: boolean;
}

export function* placeFiles(
  run: Run,
  call: FileLoadCall,
  kernel: FileBytes,
  header: SetupHeader,
  initrd: FileBytes | undefined,
): Decision<PlacedFiles | Refusal> {
  const places: { wanted: Wanted; at: number }[] = [];
  for (const wanted of wishes(run, call, kernel, header, initrd)) {
    const taken = places.map(({ wanted, at }) => ({ start: at, end: at + wanted.memory }));
    const at = findPlace(run, call, wanted, taken);
    const refusal = yield* check(
      run,
      "no-place-for-file",
      CITE,
      at === undefined ? noPlace(run, call, wanted) : undefined,
    );
    if (refusal !== undefined || at === undefined) return refusal ?? noPlace(run, call, wanted);
    places.push({ wanted, at });
  }
  const place = (name: string) => places.find((p) => p.wanted.name === name)?.at;
  const low = lowMemory(run);
  const backup = place("backup");
  const contents: Record<string, () => Recipe> = {
    backup: () => ({ kind: "zeros" }),
    elfcorehdr: () => ({
      kind: "literal",
      bytes: coreHeader(run.machine, {
        low: run.features.fileBackup,
        backup: backup === undefined ? undefined : { range: low, at: backup },
      }),
    }),
    boot_params: () => ({
      kind: "literal",
      bytes: bootParams(run.machine, call, kernel, {
        at: place("boot_params")!,
        initrd: initrd === undefined ? undefined : { at: place("initrd")!, size: initrd.size },
        elfcorehdr: place("elfcorehdr"),
      }),
    }),
    kernel: () => wholeFile(kernel, realModeSize(header)),
    initrd: () => wholeFile(initrd!, 0),
  };
  const others = places.filter(({ wanted }) => wanted.name !== "purgatory").map(
    ({ wanted, at }): SegmentSpec => ({
      name: wanted.name,
      buffer: { recipe: contents[wanted.name]!(), readable: wanted.size, label: wanted.name },
      bufferSize: BigInt(wanted.size),
      dest: BigInt(at),
      destSize: BigInt(wanted.memory),
    }),
  );
  const laid = layPurgatory({
    kind: "in_kernel",
    at: BigInt(place("purgatory")!),
    entry: entryOffset(run),
    segments: others,
    next: BigInt(place("kernel")!) + ENTRY_64,
    isCrash: call.slot === "crash",
    unhashed: unhashed(run),
    ...(backup === undefined ? {} : {
      backup: { from: BigInt(low.start), to: BigInt(backup), length: BigInt(sizeOf(low)) },
    }),
  });
  const segments = places.map(({ wanted }) =>
    others.find((s) => s.name === wanted.name) ?? laid.segment
  );
  return { segments, entryPoint: laid.entryPoint, laid };
}

/** The purgatory that the kernel adds to segments whose places are given. */
export function* placePurgatory(
  run: Run,
  call: FileLoadCall,
  segments: readonly SegmentSpec[],
  next: bigint,
): Decision<PlacedFiles | Refusal> {
  const wanted: Wanted = {
    name: "purgatory",
    size: PURGATORY.size,
    memory: PURGATORY.memory,
    align: PAGE_SIZE,
    lowest: LOWEST.purgatory,
    topDown: true,
  };
  const taken = segments.map((s) => ({
    start: Number(s.dest),
    end: Number(s.dest) + Number(s.destSize),
  }));
  const at = findPlace(run, call, wanted, taken);
  const refusal = yield* check(
    run,
    "no-place-for-file",
    CITE,
    at === undefined ? noPlace(run, call, wanted) : undefined,
  );
  if (refusal !== undefined || at === undefined) return refusal ?? noPlace(run, call, wanted);
  const laid = layPurgatory({
    kind: "in_kernel",
    at: BigInt(at),
    entry: entryOffset(run),
    segments,
    next,
    isCrash: call.slot === "crash",
    unhashed: unhashed(run),
  });
  return { segments: [laid.segment, ...segments], entryPoint: laid.entryPoint, laid };
}

function wholeFile(file: FileBytes, offset: number): Recipe {
  return { kind: "file", file, offset, length: file.size - offset };
}

/** In the order in which the loader asks for room. */
function wishes(
  run: Run,
  call: FileLoadCall,
  kernel: FileBytes,
  header: SetupHeader,
  initrd: FileBytes | undefined,
): Wanted[] {
  const { features, machine } = run;
  const list: Wanted[] = [];
  const add = (name: string, size: number, memory: number, rest: Partial<Wanted>) =>
    list.push({
      name,
      size,
      memory: alignUp(memory, PAGE_SIZE),
      align: PAGE_SIZE,
      lowest: 0,
      topDown: true,
      ...rest,
    });
  if (call.slot === "crash") {
    if (features.fileBackup) {
      const size = sizeOf(lowMemory(run));
      add("backup", BACKUP_BUFFER, size, { topDown: false });
    }
    const size = coreHeader(machine, { low: features.fileBackup }).length;
    add("elfcorehdr", size, Math.max(size, coreHeaderRoom(machine, features)), { topDown: false });
  }
  add("purgatory", PURGATORY.size, PURGATORY.memory, { lowest: LOWEST.purgatory });
  const params = bootParamsSize(Number(call.cmdlineLength), features.fileRandomSeed);
  add("boot_params", params, params, { lowest: LOWEST.bootParams });
  const lowest = features.fileRespectsPreferred
    ? Math.max(LOWEST.kernel, header.prefAddress)
    : LOWEST.kernel;
  add("kernel", kernel.size - realModeSize(header), header.initSize, {
    align: Math.max(PAGE_SIZE, header.kernelAlignment),
    lowest,
  });
  if (initrd !== undefined) add("initrd", initrd.size, initrd.size, { lowest: LOWEST.initrd });
  return list;
}

/**
 * boot_params, the command line with room for `elfcorehdr=`, and behind it the setup_data: EFI
 * pointers, and a random seed since 6.0.
 */
function bootParamsSize(cmdlineLength: number, seed: boolean): number {
  const SETUP_DATA = 16;
  const text = alignUp(4096 + cmdlineLength + 30, 16);
  return text + SETUP_DATA + 96 + (seed ? SETUP_DATA + 32 : 0);
}

function findPlace(
  run: Run,
  call: FileLoadCall,
  wanted: Wanted,
  taken: readonly Range[],
): number | undefined {
  for (const range of rangesToSearch(run, call, wanted)) {
    const at = wanted.topDown
      ? fromTop(range, wanted, taken, run.features.fileReachesEnd)
      : fromBottom(range, wanted, taken);
    if (at !== undefined) return at;
  }
  return undefined;
}

function rangesToSearch(run: Run, call: FileLoadCall, wanted: Wanted): Range[] {
  const region = crashRegion(run.machine);
  const ranges = call.slot === "crash"
    ? region === undefined ? [] : [region]
    : iomemTree(run.machine).filter((r) => r.name === "System RAM").map((r) => r.range);
  if (wanted.topDown && run.features.fileFromHighest) ranges.reverse();
  return ranges.filter((r) => r.end - r.start >= wanted.memory && r.end > wanted.lowest);
}

/** [linux:locate_mem_hole_top_down] */
function fromTop(
  range: Range,
  { memory, align, lowest }: Wanted,
  taken: readonly Range[],
  reachesEnd: boolean,
): number | undefined {
  // Before 6.8 the size was taken from the last byte, so the last page was out of reach.
  let at = range.end - memory - (reachesEnd ? 0 : 1);
  for (;;) {
    at = alignDown(at, align);
    if (at < range.start || at < lowest) return undefined;
    const hit = taken.find((t) => at < t.end && at + memory > t.start);
    if (hit === undefined) return at;
    // The kernel steps down page by page; nothing above the end of this one can fit.
    at = Math.min(at - PAGE_SIZE, alignDown(hit.start - memory, PAGE_SIZE));
  }
}

/** [linux:locate_mem_hole_bottom_up] */
function fromBottom(
  range: Range,
  { memory, align, lowest }: Wanted,
  taken: readonly Range[],
): number | undefined {
  let at = Math.max(range.start, lowest);
  for (;;) {
    at = alignUp(at, align);
    if (at + memory > range.end) return undefined;
    const hit = taken.find((t) => at < t.end && at + memory > t.start);
    if (hit === undefined) return at;
    at = Math.max(at + PAGE_SIZE, alignUp(hit.end, PAGE_SIZE));
  }
}

function noPlace(run: Run, call: FileLoadCall, wanted: Wanted): Refusal {
  const region = crashRegion(run.machine);
  const where = call.slot === "default"
    ? "in RAM"
    : region === undefined
    ? "in a crash region: there is none"
    : `in the crash region of ${hex(region.end - region.start)} bytes`;
  return {
    rule: "no-place-for-file",
    errno: "EADDRNOTAVAIL",
    nature: "placement",
    message: `no place for ${wanted.name}, ${hex(wanted.memory)} bytes, ${where}`,
    remedy: call.slot === "crash"
      ? "A larger `crashkernel=`"
      : "More RAM in one piece, or smaller files",
    cite: CITE,
  };
}
