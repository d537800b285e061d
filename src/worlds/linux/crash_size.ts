/**
 * `/sys/kernel/kexec_crash_size`: reading it, and writing a smaller number to give memory back. It
 * never grows again. [linux:crash_shrink_memory]
 */
import { type Decision, imageIn, type Refusal } from "../../machine/mod.ts";
import { alignUp, framesTouched, PAGE_SIZE, type Range, sizeOf } from "../../memory/mod.ts";
import {
  CRASH,
  CRASH_LOW,
  crashLowRegion,
  crashRegion,
  crashSize,
  KEXEC_LOCK,
  numberSetting,
  SETTING,
} from "./kernel.ts";
import { lockHeld } from "./lock.ts";
import { hex, parseUnsigned, u64 } from "../../routine/mod.ts";
import { type Check, check, emit, refuse, type Run } from "./steps.ts";

const CITE = "linux:crash_shrink_memory";
const PAGE = BigInt(PAGE_SIZE);

/** Writes the file: the text is parsed before anything else is looked at. [linux:kexec_crash_size_store] */
export function* writeCrashSize(run: Run, text: string): Decision<string> {
  const value = parseUnsigned(text);
  const bad = yield* check(
    run,
    "not-a-number",
    "linux:kexec_crash_size_store",
    value === undefined ? notANumber(text) : undefined,
  );
  if (bad !== undefined || value === undefined) return yield* refuse(run, bad ?? notANumber(text));
  return yield* shrink(run, value);
}

function notANumber(text: string): Refusal {
  return {
    rule: "not-a-number",
    errno: "EINVAL",
    nature: "arguments",
    message: `${
      JSON.stringify(text)
    } is no number below 2^64 (decimal, 0x… or 0…, nothing behind it)`,
    remedy: "Bytes as a plain number: 67108864, not 64M",
    cite: "linux:kexec_crash_size_store",
  };
}

/**
 * Simplified: the few bytes that the kernel allocates to note what was released cannot fail here.
 * `value` in bytes.
 */
function* shrink(run: Run, value: bigint): Decision<string> {
  const { features } = run;
  const busy = run.machine.locks.has(KEXEC_LOCK) ? lockHeld() : undefined;
  const held = (yield* check(run, "kexec-busy", "linux:kexec_trylock", busy)) ??
    (yield* check(run, "crash-image-loaded", CITE, loadedImage(run)));
  if (held !== undefined) return yield* refuse(run, held);
  // Rounding up wraps: the largest numbers become 0, and the whole region goes.
  const wanted = features.roundsSizeFirst
    ? u64(value + PAGE - 1n) & -PAGE & (1n << 64n) - 1n
    : value;
  if (wanted < value) yield* tellWrap(run, value);
  const present = BigInt(presentSize(run));
  const larger = wanted > present
    ? {
      rule: "crash-size-grows",
      errno: "EINVAL",
      nature: "arguments",
      message: `${wanted} bytes are more than the present ${present}: the region can only shrink`,
      remedy: `At most ${present}; for more, boot with another \`crashkernel=\``,
      cite: CITE,
    } as const
    : undefined;
  const grows = yield* check(run, "crash-size-grows", CITE, larger);
  if (grows !== undefined) return yield* refuse(run, grows);
  if (wanted < present) yield* release(run, Number(wanted));
  return "0";
}

function presentSize(run: Run): number {
  if (run.features.shrinksBoth) return crashSize(run.machine, run.features);
  const main = crashRegion(run.machine);
  return main === undefined ? 0 : sizeOf(main);
}

function loadedImage(run: Run): Check {
  const image = imageIn(run.machine, "crash");
  return image && {
    rule: "crash-image-loaded",
    errno: "ENOENT",
    nature: "state",
    message: `crash image \`${image.name}\` is loaded in the region`,
    remedy: "Unload it first",
    cite: CITE,
  };
}

function* tellWrap(run: Run, value: bigint): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "crash-size-wraps",
      message: `${
        hex(value)
      } is rounded up to 0: the whole crash region is given back, with success`,
      key: "crash-size-wraps",
      cite: CITE,
    },
  });
}

/** `size` is what is to be left, bytes. */
function* release(run: Run, size: number): Decision<void> {
  const { features, machine } = run;
  const main = crashRegion(machine);
  const low = crashLowRegion(machine);
  const lowSize = features.shrinksBoth && low !== undefined ? sizeOf(low) : 0;
  if (!features.shrinksBoth || size >= lowSize) {
    if (main !== undefined) yield* cut(run, CRASH, main, size - lowSize);
    if (features.shrinksBoth && size === lowSize && low !== undefined) yield* promoteLow(run, low);
    return;
  }
  if (main !== undefined) yield* cut(run, CRASH, main, 0);
  if (low === undefined) return;
  if (size > 0 && features.shrinkWritesMain) {
    // The new end of the low region lands in the main one, which begins at 0 by now.
    yield* releaseTail(run, low, size);
    yield* setRegion(run, CRASH, { start: 0, end: low.start + size });
    return;
  }
  yield* cut(run, CRASH_LOW, low, size);
  if (size > 0) yield* promoteLow(run, { start: low.start, end: low.start + size });
}

/** The low region becomes the main one when nothing of that is left. */
function* promoteLow(run: Run, low: Range): Decision<void> {
  yield* setRegion(run, CRASH, low);
  yield* setRegion(run, CRASH_LOW, undefined);
}

/** Keeps the first `size` bytes. An empty region keeps its start up to 6.4; later it is 0 and 0. */
function* cut(run: Run, name: string, region: Range, size: number): Decision<void> {
  yield* releaseTail(run, region, size);
  const gone = size === 0 && run.features.shrinksBoth;
  yield* setRegion(run, name, gone ? undefined : { start: region.start, end: region.start + size });
}

function* releaseTail(run: Run, region: Range, size: number): Decision<void> {
  const tail = { start: alignUp(region.start + size, PAGE_SIZE), end: region.end };
  const frames = framesTouched(tail);
  if (frames.end <= frames.start) return;
  yield* emit(run, {
    kind: "frames-freed",
    frames: [frames.start, frames.end],
    why: "given back from the crash region",
  });
  yield* setRegion(run, `System RAM released at ${hex(tail.start)}`, tail);
  const total = numberSetting(run.machine, SETTING.totalRamPages);
  yield* emit(run, {
    kind: "setting-set",
    name: SETTING.totalRamPages,
    value: total + BigInt(frames.end - frames.start),
  });
}

function* setRegion(run: Run, name: string, range: Range | undefined): Decision<void> {
  yield* emit(run, { kind: "reservation-set", name, range });
}
