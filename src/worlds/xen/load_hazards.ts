/** What Xen accepts though it will most likely not work: told while an image is loaded. */
import type { Decision, SegmentSpec } from "../../machine/mod.ts";
import { footprintHazards } from "../../execution/mod.ts";
import { framesTouched, PAGE_SIZE } from "../../memory/mod.ts";
import { hex, span } from "../../routine/mod.ts";
import { EM_386 } from "./abi/mod.ts";
import type { Building } from "./image/mod.ts";
import { crashArea } from "./state.ts";
import { emit, type Run } from "./steps.ts";

const FOUR_GIB = 2n ** 32n;

export function* tellLoadHazards(
  run: Run,
  building: Building,
  entryPoint: bigint,
): Decision<void> {
  const { name, segments } = building;
  const tell = (code: string, message: string, key: string, cite: string): Decision<void> =>
    emit(run, { kind: "hazard-found", hazard: { code, message, key: `${code}:${key}`, cite } });
  const entry = entryHazard(run, building, entryPoint);
  if (entry !== undefined) yield* tell(entry.code, entry.message, name, entry.cite);
  const { start, size } = crashArea(run.machine);
  if (building.type === 1 && is32Bit(run, building) && start + size > FOUR_GIB) {
    yield* tell(
      "crash-386-above-4gib",
      `image ${name} is a 32-bit one, and the crash area ends at ${hex(start + size)}`,
      name,
      "xen:kexec_reloc",
    );
  }
  for (const s of segments) {
    if (building.type === 1 || s.destSize === 0n || s.buffer.pointer === 0n) continue;
    const victim = victimOf(run, s);
    if (victim === undefined) continue;
    yield* tell(
      victim.code,
      `segment \`${s.name}\` ${span(s.dest, s.dest + s.destSize)} ${victim.message}`,
      `${name}:${s.name}`,
      "xen:do_kimage_alloc",
    );
  }
  for (const hazard of footprintHazards(name, segments)) {
    yield* emit(run, { kind: "hazard-found", hazard });
  }
}

function is32Bit(run: Run, { id }: Building): boolean {
  return run.machine.images.get(id)?.elfMachine === Number(EM_386);
}

/** Where the image starts is looked at by nobody but for the bounds of a crash image. */
function entryHazard(
  run: Run,
  building: Building,
  entryPoint: bigint,
): { code: string; message: string; cite: string } | undefined {
  const { name, segments } = building;
  const where = `entry point ${hex(entryPoint)} of image ${name}`;
  if (is32Bit(run, building) && entryPoint >= FOUR_GIB) {
    return {
      code: "entry-cut",
      message: `${where} is cut to ${
        hex(entryPoint % FOUR_GIB)
      }: a 32-bit image starts below 4 GiB`,
      cite: "xen:kexec_reloc",
    };
  }
  const inside = segments.filter((s) => entryPoint >= s.dest && entryPoint < s.dest + s.destSize);
  if (inside.length === 0) {
    return {
      code: "entry-not-mapped",
      message: `${where} lies in no segment, so nothing maps it: a triple fault`,
      cite: "xen:kimage_alloc",
    };
  }
  if (inside.some((s) => s.buffer.pointer !== 0n)) return undefined;
  return {
    code: "entry-without-data",
    message: `${where} lies in \`${
      inside[0]!.name
    }\`, which is only mapped: whatever is there is run`,
    cite: "xen:kimage_alloc",
  };
}

function victimOf(
  run: Run,
  segment: SegmentSpec,
): { code: string; message: string } | undefined {
  const { machine } = run;
  const end = segment.dest + segment.destSize;
  const outside = {
    code: "segment-outside-ram",
    message: "is not RAM as a whole",
  };
  if (end > BigInt(Number.MAX_SAFE_INTEGER)) return outside;
  const frames = framesTouched({ start: Number(segment.dest), end: Number(end) });
  let at = frames.start;
  for (const r of machine.ram) {
    if (r.start <= at && at < r.end) at = r.end;
  }
  if (at < frames.end) return { ...outside, message: `is not RAM from ${hex(at * PAGE_SIZE)} on` };
  for (const { value } of machine.owners.within(frames.start, frames.end)) {
    if (value.kind === "crash-region") {
      return { code: "segment-in-crash-region", message: "lies in the crash region" };
    }
    if (value.kind === "kernel" && value.label === "Xen") {
      return { code: "segment-over-xen", message: "will be copied over Xen itself" };
    }
  }
  return undefined;
}
