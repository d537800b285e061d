/**
 * Booting, by Xen or out of a kexec: the memory map, the start info, page tables, the module, and the
 * page allocator, in the order of the real kernel. [minios:arch_mm_preinit] [minios:init_mm]
 */
import type { BootRequest, Context, Decision, Machine, Owner } from "../../machine/mod.ts";
import { flatten } from "../../machine/mod.ts";
import { framesTouched, PAGE_SIZE, type Range, subtract } from "../../memory/mod.ts";
import { hex } from "../../routine/mod.ts";
import { type FirstBoot, firstBoot, mapOf } from "./boot_request.ts";
import { bindTimer, initGrants } from "./grants/mod.ts";
import {
  allocatorOf,
  bitmapPages,
  buildPageTable,
  currentPages,
  initPageAllocator,
  maxPfn,
  type Piece,
  readMemoryMap,
  writeImageTables,
} from "./memory/mod.ts";
import { bootModule, tellBrokenLaws } from "./module/mod.ts";
import {
  endOfStartInfo,
  firstStartInfo,
  readCmdline,
  readMap,
  readModules,
  readStartInfo,
} from "./start_info/mod.ts";
import {
  keep,
  KERNEL,
  type Kernel,
  kernelOf,
  type ModuleEntry,
  modulePointersOf,
} from "./state.ts";
import { emit, type Run, startRun, surviving, tell } from "./steps.ts";
import { featuresOf } from "./version.ts";

const PAGE = BigInt(PAGE_SIZE);
/** MAX_MEM_SIZE: 512 GiB, in pages. */
const MOST_PFN = 2 ** 27;
const PAGES_IN_GIB = 2 ** 18;
/** Variables of a kernel die with it; what Xen holds for the domain does not. */
const OWN_RECORDS = "mini_os.";

export function* boot(
  machine: Machine,
  request: BootRequest,
  context: Context,
): Decision<{ readonly ret: string }> {
  const run = startRun(machine, context, featuresOf(request.version));
  return yield* surviving(firstKernel(run, request.version, firstBoot(machine, request)));
}

/** What Xen does before the first instruction: the image is in memory, the start info behind it. */
function* firstKernel(run: Run, release: string, first: FirstBoot): Decision<string> {
  const { imageEnd, pageTableBase, startInfo } = first;
  const block = firstStartInfo({
    at: startInfo,
    version: first.startInfoVersion,
    map: first.map,
    modules: first.modules,
    cmdline: first.cmdline,
  });
  yield* emit(run, {
    kind: "bytes-written",
    at: startInfo,
    bytes: block,
    what: "the start info, by Xen",
  });
  yield* startKernel(run, {
    release,
    modulePages: first.modulePages,
    imageEnd,
    pageTableBase,
    startInfo,
    currentReservation: first.reservation,
    withAllocator: first.withAllocator,
  });
  return "0";
}

/** A kernel whose image is in memory, about to run its first instruction. */
export interface StartRequest {
  /** Whose rules hold from here on. */
  readonly release: string;
  /** CONFIG_KEXEC_MODULE_PAGES. */
  readonly modulePages: number;
  /** `_end`, bytes; `_text` is 0. */
  readonly imageEnd: number;
  readonly pageTableBase: number;
  /** ebx: the physical address of the start info. */
  readonly startInfo: number;
  /** What XENMEM_current_reservation answers. */
  readonly currentReservation: number;
  /** False: looks at the kernel before its page allocator takes the memory. */
  readonly withAllocator?: boolean;
}

/** Runs a kernel from its entry point until it can be asked for something. May die on the way. */
export function* startKernel(before: Run, request: StartRequest): Decision<void> {
  const run = startRun(before.machine, before.context, featuresOf(request.release));
  try {
    yield* enter(run, request);
  } finally {
    before.machine = run.machine;
  }
}

function* enter(run: Run, request: StartRequest): Decision<void> {
  const generation = (kernelOf(run.machine)?.generation ?? -1) + 1;
  yield* forgetOldKernel(run);
  const { imageEnd, pageTableBase, modulePages, startInfo, currentReservation } = request;
  yield* claim(run, { start: 0, end: imageEnd }, { kind: "kernel", label: "Mini-OS" });
  yield* writeImageTables(run, pageTableBase);
  const info = yield* readStartInfo(run, BigInt(startInfo));
  const cmdline = yield* readCmdline(run, info);
  yield* emit(run, { kind: "system-booted", world: "mini_os", version: request.release, cmdline });
  const own = info.version >= 1 && info.mapEntries > 0;
  const map = yield* readMemoryMap(run, own ? yield* readMap(run, info) : mapOf(run.machine));
  if (!run.features.lapicNotCounted && !map.lapicInserted) {
    yield* tell(
      run,
      "page-lost-to-lapic",
      "the page of the local APIC is in the memory map and counts as one of the domain's: the last page of RAM is not used",
      "minios:e820_get_current_pages",
    );
  }
  const behindInfo = yield* firstFreePfn(run, imageEnd, startInfo);
  const most = Math.min(maxPfn(map, currentPages(map, currentReservation)), MOST_PFN - 1);
  const modules = yield* readModules(run, info);
  const firstFree = run.features.keepsOffModules
    ? besideModules(run, behindInfo, most, modules)
    : behindInfo;
  let kernel: Kernel = {
    generation,
    modulePages,
    imageEnd,
    pageTableBase,
    startInfo,
    cmdline,
    modules,
    currentReservation,
    firstFreePfn: firstFree,
    startPfn: firstFree,
    maxPfn: most,
  };
  yield* keep(
    run,
    KERNEL,
    kernel,
    `kernel ${generation}: free memory from ${hex(firstFree * PAGE_SIZE)}`,
  );
  kernel = { ...kernel, startPfn: yield* buildPageTable(run, firstFree, most) };
  yield* keep(
    run,
    KERNEL,
    kernel,
    `memory from ${hex(kernel.startPfn * PAGE_SIZE)} to ${hex(most * PAGE_SIZE)}`,
  );
  const behind = { start: imageEnd, end: kernel.startPfn * PAGE_SIZE };
  yield* claim(run, behind, { kind: "kernel", label: "start info and page tables" });
  yield* bootModule(run, kernel);
  yield* claimModules(run, kernel);
  yield* tellBrokenLaws(run);
  if (request.withAllocator !== false) yield* giveMemory(run, kernel);
  yield* tellOfModulesBelow(run, kernel);
  yield* initGrants(run);
  yield* bindTimer(run);
}

/** Nothing of the kernel before is known to the new one but what is in memory and what Xen holds. */
function* forgetOldKernel(run: Run): Decision<void> {
  for (const name of [...run.machine.records.keys()]) {
    if (!name.startsWith(OWN_RECORDS)) continue;
    yield* keep(run, name, undefined, `${name} of the kernel before is forgotten`);
  }
  // Pages of the module stay what they are until the new kernel has looked at its modules.
  const kept = [...run.machine.owners.from()].filter((e) => e.value.kind === "module");
  const owned = run.machine.ram.flatMap((r) =>
    subtract(r, [...run.machine.free.within(r.start, r.end), ...kept])
  );
  if (owned.length === 0) return;
  yield* emit(run, {
    kind: "frames-freed",
    frames: flatten(owned),
    why: "a new kernel knows no owner yet",
  });
}

/** Since the series the start info is kept, wherever it lies. [minios:pvh_reserve_start_info] */
function* firstFreePfn(run: Run, imageEnd: number, startInfo: number): Decision<number> {
  const behindImage = Math.ceil(imageEnd / PAGE_SIZE);
  const info = yield* readStartInfo(run, BigInt(startInfo));
  const end = yield* endOfStartInfo(run, BigInt(startInfo), info);
  // PFN_UP wraps at the end of the address space; no machine reaches there.
  const behindInfo = Number((end + PAGE - 1n) / PAGE);
  if (run.features.protectsBootPages) return Math.max(behindImage, behindInfo);
  if (behindInfo > behindImage) {
    yield* tell(
      run,
      "start-info-handed-out",
      `the start info at ${hex(startInfo)} lies in memory that the page allocator gives away`,
      "minios:arch_init_mm",
    );
  }
  return behindImage;
}

/** The first page from which on page tables and bitmap would lie over no module. */
function besideModules(
  run: Run,
  first: number,
  most: number,
  modules: readonly ModuleEntry[],
): number {
  const tables = Math.ceil(most / PAGES_IN_GIB) + 1;
  const needed = tables + bitmapPages(run.features, most);
  const over = modules.find((module) => overlaps(module, first, first + needed));
  if (over === undefined) return first;
  const behind = Math.ceil(Number(over.paddr + over.size) / PAGE_SIZE);
  return besideModules(run, behind, most, modules);
}

function overlaps({ paddr, size }: ModuleEntry, startPfn: number, endPfn: number): boolean {
  return size > 0n && paddr < BigInt(endPfn) * PAGE && paddr + size > BigInt(startPfn) * PAGE;
}

/** The posted releases do not look for modules where they put page tables and bitmap. */
function* tellOfModulesBelow(run: Run, kernel: Kernel): Decision<void> {
  const end = Math.max(kernel.startPfn, allocatorOf(run.machine).bitmap.end);
  for (const [i, module] of kernel.modules.entries()) {
    if (!overlaps(module, kernel.firstFreePfn, end)) continue;
    yield* tell(
      run,
      "boot-over-module",
      `module ${i} of the start info lies at ${
        hex(module.paddr)
      }: the kernel has put page tables and bitmap from ${
        hex(kernel.firstFreePfn * PAGE_SIZE)
      } to ${hex(end * PAGE_SIZE)}`,
      "minios:init_page_allocator",
      `boot-over-module:${i}`,
    );
  }
}

function* claimModules(run: Run, kernel: Kernel): Decision<void> {
  const { admin, start, reserved } = modulePointersOf(run.machine);
  for (const [i, { paddr, size }] of kernel.modules.entries()) {
    if (paddr === 0n || paddr + size > 1n << 52n) continue;
    const range = { start: Number(paddr), end: Number(paddr + size) };
    const taken = i === 0 && admin !== 0 && reserved.size === 0;
    yield* claim(
      run,
      range,
      taken ? MODULE_OWNER : {
        kind: "initrd",
        label: `module ${i} of the start info`,
      },
    );
  }
  if (reserved.size > 0) {
    yield* claim(run, { start, end: admin + PAGE_SIZE }, MODULE_OWNER);
  }
}

const MODULE_OWNER: Owner = { kind: "module", label: "kexec module" };

function* giveMemory(run: Run, kernel: Kernel): Decision<void> {
  const { startPfn, maxPfn: most } = kernel;
  yield* initPageAllocator(
    run,
    startPfn * PAGE_SIZE,
    most * PAGE_SIZE,
    () => keptOut(run, kernel),
  );
}

/**
 * What the page allocator leaves out: a created module, and since the series those of the start info.
 * They are read again: a map of pages that runs past the module's last page can have reached it.
 * [minios:check_memory_range]
 */
function* keptOut(run: Run, kernel: Kernel): Decision<readonly Piece[] | undefined> {
  if (!run.features.protectsBootPages) return undefined;
  const { reserved } = modulePointersOf(run.machine);
  const pieces: Piece[] = [];
  if (reserved.size > 0) {
    pieces.push({ from: BigInt(reserved.start), to: BigInt(reserved.start + reserved.size) });
  }
  const info = yield* readStartInfo(run, BigInt(kernel.startInfo));
  for (const { paddr, size } of yield* readModules(run, info)) {
    pieces.push({ from: paddr, to: BigInt.asUintN(64, paddr + size) });
  }
  return pieces;
}

/** Claims the RAM that a range of bytes touches. */
function* claim(run: Run, bytes: Range, owner: Owner): Decision<void> {
  const touched = framesTouched(bytes);
  const frames = run.machine.ram.map((r) => ({
    start: Math.max(r.start, touched.start),
    end: Math.min(r.end, touched.end),
  })).filter((r) => r.start < r.end);
  if (frames.length > 0) {
    yield* emit(run, { kind: "frames-claimed", frames: flatten(frames), owner });
  }
}
