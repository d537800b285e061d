/**
 * Booting: who owns which memory before the first program runs. Firmware's regions, the first MiB,
 * the kernel's own image, the initrd, what the script reserves, and the crash regions; the rest is
 * free. [linux:setup_arch]
 */
import {
  type BootRequest,
  type Context,
  type Decision,
  type Machine,
  type Owner,
} from "../../machine/mod.ts";
import {
  framesInside,
  framesTouched,
  isEmpty,
  PAGE_SIZE,
  type Range,
  type RegionType,
  sizeOf,
  subtract,
} from "../../memory/mod.ts";
import { type BootPlan, type CrashRegions, planBoot } from "./boot_request.ts";
import { memblockOf, reserveCrashkernel } from "./crashkernel/mod.ts";
import { CRASH, CRASH_LOW, SETTING } from "./kernel.ts";
import { CRASH_REGION_OWNER } from "./release.ts";
import { startCpus } from "./execution/start_cpus.ts";
import { emit, print, type Run, startRun } from "./steps.ts";
import { featuresOf } from "./version.ts";
import { vmcoreinfoText } from "./vmcoreinfo.ts";

const MIB = 2 ** 20;
const GIB4 = 2 ** 32;

export function* boot(
  machine: Machine,
  request: BootRequest,
  context: Context,
): Decision<{ readonly ret: string }> {
  const features = featuresOf(request.version);
  const run = startRun(machine, context, features);
  const plan = planBoot(machine, request, features);
  yield* printMap(run, plan);
  yield* claimFirmware(run);
  yield* claim(run, { start: 0, end: features.keepsFirstMib ? MIB : 64 * 1024 }, {
    kind: "reserved",
    label: features.keepsFirstMib ? "first MiB" : "first 64 KiB",
  });
  for (const { name, range } of plan.kernel) {
    yield* claim(run, range, { kind: "kernel", label: name });
    yield* emit(run, { kind: "reservation-set", name, range });
  }
  if (plan.initrd !== undefined) {
    yield* claim(run, plan.initrd, { kind: "initrd", label: "initrd" });
    yield* emit(run, { kind: "reservation-set", name: "initrd", range: plan.initrd });
  }
  for (const { name, range } of plan.reserved) {
    yield* claim(run, range, { kind: "reserved", label: name });
    yield* emit(run, { kind: "reservation-set", name, range });
  }
  const crash = yield* reserveCrash(run, plan);
  yield* applySettings(run, plan, crash);
  for (const { every, range } of plan.fragmented) yield* pin(run, every, range);
  yield* startCpus(run);
  yield* emit(run, {
    kind: "system-booted",
    world: "linux",
    version: request.version,
    cmdline: plan.cmdline,
    vmcoreinfo: vmcoreinfoText(request.version),
  });
  return { ret: "0" };
}

/** The kernel's words for the types of a firmware map; unknown ones keep their own. */
const E820_WORDS: Readonly<Partial<Record<RegionType, string>>> = {
  usable: "usable",
  reserved: "reserved",
  "acpi-data": "ACPI data",
  "acpi-nvs": "ACPI NVS",
  unusable: "unusable",
  persistent: "persistent (type 7)",
  "soft-reserved": "soft reserved",
};

/** [linux:e820__print_table] */
function* printMap(run: Run, plan: BootPlan): Decision<void> {
  const say = (text: string): Decision<void> =>
    emit(run, { kind: "log-printed", text, routine: true });
  yield* say(`Linux version ${run.features.version.text}`);
  yield* say(`Command line: ${plan.cmdline}`);
  yield* say("BIOS-provided physical RAM map:");
  for (const { range, type, label } of run.machine.firmware) {
    const word = E820_WORDS[type] ?? label;
    const first = range.start.toString(16).padStart(16, "0");
    const last = (range.end - 1).toString(16).padStart(16, "0");
    yield* say(`BIOS-e820: [mem 0x${first}-0x${last}] ${word}`);
  }
}

/** What the map says is no RAM, and the edges of RAM that do not fill a page. */
function* claimFirmware(run: Run): Decision<void> {
  const ram = run.machine.ram;
  for (const { range, type, label } of run.machine.firmware) {
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

/** Claims the RAM in a range of bytes; what is no RAM stays as it is. */
function* claim(run: Run, bytes: Range, owner: Owner): Decision<void> {
  const frames = framesTouched(bytes);
  const claimed: number[] = [];
  for (const r of run.machine.ram) {
    const start = Math.max(r.start, frames.start);
    const end = Math.min(r.end, frames.end);
    if (start < end) claimed.push(start, end);
  }
  if (claimed.length > 0) yield* emit(run, { kind: "frames-claimed", frames: claimed, owner });
}

/** Sets the regions aside, main and low; gives them back in bytes. */
function* reserveCrash(run: Run, plan: BootPlan): Decision<Range[]> {
  const { main, low } = plan.crash ?? (yield* placeCrash(run, plan));
  const regions: Range[] = [];
  for (const [name, range] of [[CRASH_LOW, low], [CRASH, main]] as const) {
    if (range === undefined || isEmpty(range)) continue;
    regions.push(range);
    yield* claim(run, range, CRASH_REGION_OWNER);
    yield* emit(run, { kind: "reservation-set", name, range });
  }
  return regions;
}

/**
 * Where the kernel that the machine was described with had put its region is better known than
 * where a model would put it: that place counts, unless the command line asks for another size.
 */
function* placeCrash(run: Run, plan: BootPlan): Decision<CrashRegions> {
  if (plan.settings.some(([name, on]) => name === SETTING.config("CRASH_DUMP") && on === false)) {
    return {};
  }
  const { ram, systemRam } = memblockOf(run.machine.firmware);
  const reserved = [
    ...plan.kernel.map(({ name, range }) => ({ what: name.toLowerCase(), range })),
    ...(plan.initrd === undefined ? [] : [{ what: "initrd", range: plan.initrd }]),
    ...plan.reserved.map(({ name, range }) => ({ what: name, range })),
  ];
  const { version } = run.features;
  const found = reserveCrashkernel({ version, cmdline: plan.cmdline, ram, reserved, systemRam });
  const described = plan.describedCrash?.main;
  if (
    described !== undefined &&
    (found.main === undefined || sizeOf(found.main) === sizeOf(described))
  ) {
    return plan.describedCrash ?? {};
  }
  for (const message of found.messages) yield* print(run, message);
  for (const [i, range] of found.cma.entries()) {
    yield* emit(run, { kind: "reservation-set", name: `crash cma ${i}`, range });
  }
  return found;
}

function* applySettings(run: Run, plan: BootPlan, crash: readonly Range[]): Decision<void> {
  const total = plan.totalRamPages ?? estimateTotalRam(run.machine, plan, crash);
  yield* emit(run, { kind: "setting-set", name: SETTING.totalRamPages, value: total });
  for (const [name, value] of plan.settings) yield* emit(run, { kind: "setting-set", name, value });
}

/**
 * Pages that the page allocator manages after boot. All RAM, less the kernel, the first MiB, what
 * is reserved, 64 bytes for each page, the bounce buffer where RAM lies above 4 GiB, and what early
 * boot takes: about 600 pages and one in 500. Within 1 % of what was observed on machines of 512 MiB
 * to 8 GiB; where it matters, a script says `total_ram_pages`.
 */
function estimateTotalRam(machine: Machine, plan: BootPlan, crash: readonly Range[]): bigint {
  const ramPages = machine.ram.reduce((sum, r) => sum + r.end - r.start, 0);
  const taken = [
    { start: 0, end: MIB },
    ...plan.kernel.map((k) => k.range),
    ...plan.reserved.map((r) => r.range),
    ...crash,
  ];
  let left = 0;
  for (const r of machine.ram) {
    for (const piece of subtract(r, taken.map(framesTouched))) left += piece.end - piece.start;
  }
  left -= Math.ceil((ramPages * 64) / PAGE_SIZE) + 600 + Math.ceil(ramPages / 500);
  if (machine.ram.some((r) => r.end * PAGE_SIZE > GIB4)) left -= (64 * MIB) / PAGE_SIZE;
  return BigInt(Math.max(0, left));
}

/** Every so many-th frame of the free memory in a range belongs to the kernel for good. */
function* pin(run: Run, every: number, bytes: Range): Decision<void> {
  const { start, end } = framesInside(bytes);
  const frames: number[] = [];
  for (const extent of run.machine.free.within(start, end)) {
    const first = start + Math.ceil((extent.start - start) / every) * every;
    for (let frame = first; frame < extent.end; frame += every) frames.push(frame, frame + 1);
  }
  if (frames.length === 0) return;
  const joined = every === 1
    ? [...run.machine.free.within(start, end)].flatMap((e) => [e.start, e.end])
    : frames;
  yield* emit(run, {
    kind: "frames-claimed",
    frames: joined,
    owner: { kind: "kernel", label: "pinned by the kernel" },
  });
}
