/**
 * Booting: who owns which memory before dom0's first program runs. Firmware's regions, the first
 * MiB, Xen itself, the modules, the crash area, the per-CPU notes, then what dom0 gets; the rest is
 * the heap. [xen:__start_xen]
 */
import type { BootRequest, Context, Decision, Machine, Owner } from "../../machine/mod.ts";
import { framesTouched, isEmpty, PAGE_SIZE, type Range, subtract } from "../../memory/mod.ts";
import { type BootPlan, planBoot, XEN_SIZE } from "./boot_request.ts";
import {
  type CrashinfoRequest,
  crashinfoRequest,
  type CrashRegion,
  reserveCrashRegion,
} from "./crashkernel/mod.ts";
import { notePages } from "./execution/notes.ts";
import { END } from "./hypervisor.ts";
import { sortedRuns } from "./image/runs.ts";
import { PARTS } from "./parts.ts";
import { CRASH_REGION_OWNER } from "./owners.ts";
import { CRASH, type CrashArea, NOTES, SETTING, VMCOREINFO } from "./state.ts";
import { emit, print, type Run, startRun } from "./steps.ts";
import { featuresOf } from "./version.ts";

const MIB = 2 ** 20;

export function* boot(
  machine: Machine,
  request: BootRequest,
  context: Context,
): Decision<{ readonly ret: string }> {
  const run = startRun(machine, context, featuresOf(request.version));
  const plan = planBoot(request);
  yield* emit(run, {
    kind: "log-printed",
    text: `Xen version ${run.features.version.text}`,
    routine: true,
  });
  yield* emit(run, { kind: "log-printed", text: `Command line: ${plan.cmdline}`, routine: true });
  yield* claimFirmware(run);
  yield* claim(run, { start: 0, end: MIB }, { kind: "reserved", label: "first MiB" });
  const placed = reserveCrashRegion({
    version: run.features.version,
    cmdline: plan.cmdline,
    ram: machine.firmware.filter((r) => r.type === "usable").map((r) => r.range),
    modules: plan.modules,
    imageSize: XEN_SIZE,
  });
  for (const text of [...placed.earlyLog, ...placed.log]) yield* print(run, text);
  const xen = plan.xen ?? placed.xen;
  if (xen === undefined) return yield* noRoom(run);
  yield* claimXen(run, xen);
  yield* claimPlan(run, plan, placed);
  const area = plan.crash ?? placed.area;
  if (plan.crash !== undefined || placed.outcome === "reserved") yield* reserveCrashArea(run, area);
  if (plan.crash === undefined) {
    for (const hazard of placed.hazards) yield* emit(run, { kind: "hazard-found", hazard });
  }
  if (plan.crash === undefined && placed.outcome === "wrapped") return yield* lostMap(run);
  yield* startSettings(run, area);
  if (area.size > 0n) {
    yield* claimNotes(run, crashinfoRequest(plan.cmdline, run.features.version));
  }
  for (const part of PARTS) {
    if (part.boot !== undefined) yield* part.boot(run, request);
  }
  yield* discardModules(run, placed);
  if (plan.heap !== undefined) yield* shrinkHeap(run, Number(plan.heap));
  yield* emit(run, {
    kind: "system-booted",
    world: "xen",
    version: request.version,
    cmdline: plan.cmdline,
  });
  return { ret: "0" };
}

/** What the map says is no RAM, and the edges of RAM that do not fill a page. */
function* claimFirmware(run: Run): Decision<void> {
  const { ram, firmware } = run.machine;
  for (const { range, type, label } of firmware) {
    for (const { start, end } of subtract(framesTouched(range), ram)) {
      const what = type === "usable" ? "edge of RAM" : label;
      yield* emit(run, {
        kind: "frames-claimed",
        frames: [start, end],
        owner: { kind: "reserved", label: `firmware: ${what}` },
      });
    }
  }
}

function* claimXen(run: Run, xen: Range): Decision<void> {
  yield* claim(run, xen, { kind: "kernel", label: "Xen" });
  yield* emit(run, { kind: "reservation-set", name: "xen", range: xen });
  // A static buffer of a page in Xen's own data.
  const end = Math.ceil(xen.end / PAGE_SIZE) * PAGE_SIZE;
  const range = { start: end - PAGE_SIZE, end };
  yield* emit(run, { kind: "reservation-set", name: VMCOREINFO, range });
}

/** [xen:__start_xen] */
function* noRoom(run: Run): Decision<{ readonly ret: string }> {
  yield* print(run, "Not enough memory to relocate Xen.");
  const why = "Xen found no RAM below 4 GiB for itself";
  yield* emit(run, { kind: "power-changed", power: "halted", why });
  return { ret: END.panic };
}

/** Simplified: what is overwritten first, and so what is said at the end, is not modelled. */
function* lostMap(run: Run): Decision<{ readonly ret: string }> {
  const why = "Xen's own memory counts as free, and is given out while Xen boots";
  yield* emit(run, { kind: "power-changed", power: "halted", why });
  return { ret: END.panic };
}

function* claimPlan(run: Run, plan: BootPlan, placed: CrashRegion): Decision<void> {
  for (const { name, range } of placed.modules) {
    yield* claim(run, range, { kind: "initrd", label: `module ${name}` });
    yield* emit(run, { kind: "reservation-set", name: `module ${name}`, range });
  }
  for (const { name, range } of plan.reserved) {
    yield* claim(run, range, { kind: "reserved", label: name });
    yield* emit(run, { kind: "reservation-set", name, range });
  }
}

/** Once dom0 is built its modules are copied, and their pages go to the heap. [xen:discard_initial_images] */
function* discardModules(run: Run, placed: CrashRegion): Decision<void> {
  const frames: number[] = [];
  for (const { range } of placed.modules) {
    const { start, end } = framesTouched(range);
    for (const extent of run.machine.owners.within(start, end)) {
      if (extent.value.kind === "initrd") frames.push(extent.start, extent.end);
    }
  }
  if (frames.length === 0) return;
  const why = "dom0 has its copy of the modules";
  yield* emit(run, { kind: "frames-freed", frames: sortedRuns(frames), why });
}

/** Claims the RAM in a range of bytes; what is no RAM stays as it is. */
export function* claim(run: Run, bytes: Range, owner: Owner): Decision<void> {
  const frames = framesTouched(bytes);
  const claimed: number[] = [];
  for (const r of run.machine.ram) {
    const start = Math.max(r.start, frames.start);
    const end = Math.min(r.end, frames.end);
    if (start < end) claimed.push(start, end);
  }
  if (claimed.length > 0) yield* emit(run, { kind: "frames-claimed", frames: claimed, owner });
}

/** Only an area that begins above 0 and is not empty is taken out of the memory map. */
function* reserveCrashArea(run: Run, { start, size }: CrashArea): Decision<void> {
  if (start === 0n || size === 0n) return;
  const range = { start: Number(start), end: Number(start + size) };
  if (isEmpty(range)) return;
  yield* claim(run, range, CRASH_REGION_OWNER);
  yield* emit(run, { kind: "reservation-set", name: CRASH, range });
}

function* startSettings(run: Run, area: CrashArea): Decision<void> {
  const settings: [string, bigint][] = [
    [SETTING.crashStart, area.start],
    [SETTING.crashSize, area.size],
    [SETTING.flags, 0n],
    ...[0, 1, 2, 3].map((slot): [string, bigint] => [SETTING.image(slot), 0n]),
  ];
  for (const [name, value] of settings) yield* emit(run, { kind: "setting-set", name, value });
}

/**
 * Notes exist only if a crash area was configured. Each processor has its own, in Xen's heap; if they
 * must lie low, all of them lie in one block. [xen:kexec_init]
 */
function* claimNotes(run: Run, { mode, below, log }: CrashinfoRequest): Decision<void> {
  for (const text of log) yield* print(run, text);
  if (mode !== "none") {
    yield* emit(run, { kind: "setting-set", name: SETTING.lowCrashinfo, value: mode });
  }
  const pages = notePages(run.machine, mode !== "none");
  const limit = Math.floor(below / PAGE_SIZE);
  const end = [...run.machine.free.from()]
    .map((e) => Math.min(e.end, limit) - e.start >= pages ? Math.min(e.end, limit) : 0)
    .findLast((at) => at > 0);
  if (end === undefined) {
    return yield* print(run, "kexec: no memory for crash notes");
  }
  const range = { start: (end - pages) * PAGE_SIZE, end: end * PAGE_SIZE };
  yield* claim(run, range, { kind: "kernel", label: "crash notes" });
  yield* emit(run, { kind: "reservation-set", name: NOTES, range });
}

/** Everything that the heap has above so many pages belongs to Xen for good. */
function* shrinkHeap(run: Run, pages: number): Decision<void> {
  let left = pages;
  const taken: number[] = [];
  for (const { start, end } of run.machine.free.from()) {
    const kept = Math.min(left, end - start);
    left -= kept;
    if (start + kept < end) taken.push(start + kept, end);
  }
  if (taken.length === 0) return;
  const owner: Owner = { kind: "kernel", label: "kept from the heap" };
  yield* emit(run, { kind: "frames-claimed", frames: taken, owner });
}
