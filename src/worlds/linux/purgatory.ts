/**
 * Purgatories on Linux. For kexec_load the loader, kexec-tools, adds its own, and for a crash image a
 * backup of low memory and the core header that points at it; it hands over all segments in the order
 * of their addresses. For kexec_file_load the kernel adds its own, which has no options.
 */
import {
  codeKey,
  type Decision,
  type ImageSpec,
  type Refusal,
  type SegmentSpec,
} from "../../machine/mod.ts";
import { alignUp, PAGE_SIZE, type Range, sizeOf } from "../../memory/mod.ts";
import { describeSize, type Laid, layoutOf, layPurgatory, stagesOf } from "../../purgatory/mod.ts";
import { hex } from "../../routine/mod.ts";
import { coreHeader } from "./core_header.ts";
import { iomemTree } from "./iomem.ts";
import { isConfigured } from "./kernel.ts";
import { placeByLoader } from "./loader_place.ts";
import { emit, milestone, type Run } from "./steps.ts";

/** Offset of the kernel's own purgatory's entry point, in Debian's builds of 6.1 and 6.12. */
const ENTRY = { before: 0x120, since65: 0x160 } as const;

/** Low memory that a crash kernel may use: below video memory. */
const LOW_END = 0xa0000;

/** Least room for the core header of kexec-tools, bytes. [kexec-tools:load_crashdump_segments] */
const CORE_HEADER_ROOM = 16 * 1024;

export type Prepared = Refusal | {
  readonly image: ImageSpec;
  readonly laid?: Laid;
};

/** The image with the segments that its loader adds. */
export function* withPurgatory(run: Run, image: ImageSpec): Decision<Prepared> {
  const asked = image.purgatory;
  const inKernel = asked?.kind === "in_kernel";
  // The kernel finds a place for its own by itself.
  if (asked === undefined || (inKernel && asked.at === undefined)) return { image };
  const isCrash = image.slot === "crash";
  const low = lowMemory(run);
  const purgatory = yield* placeByLoader(run, image, asked, {
    backup: alignUp(sizeOf(low), PAGE_SIZE),
    coreHeader: coreHeaderSize(
      coreHeader(run.machine, {
        low: true,
        backup: isCrash && asked.backupAt !== undefined ? { range: low, at: 0 } : undefined,
        unit: 1024,
      }).length,
    ),
    purgatory: layoutOf(asked.kind).memory,
  });
  if ("rule" in purgatory) return purgatory;
  const added: SegmentSpec[] = [];
  if (purgatory.backupAt !== undefined && isCrash) {
    const size = alignUp(sizeOf(low), 1024);
    added.push(zeroSegment("backup", purgatory.backupAt, size));
  }
  if (purgatory.coreHeaderAt !== undefined) {
    const backup = isCrash && purgatory.backupAt !== undefined
      ? { range: low, at: Number(purgatory.backupAt) }
      : undefined;
    const bytes = coreHeader(run.machine, { low: true, backup, unit: 1024 });
    added.push({
      name: "elfcorehdr",
      buffer: { recipe: { kind: "literal", bytes }, readable: bytes.length, label: "elfcorehdr" },
      bufferSize: BigInt(bytes.length),
      dest: purgatory.coreHeaderAt,
      destSize: BigInt(coreHeaderSize(bytes.length)),
    });
  }
  const others = inKernel ? image.segments : byAddress([...image.segments, ...added]);
  const laid = layPurgatory({
    kind: purgatory.kind,
    at: purgatory.at,
    ...(inKernel ? { entry: entryOffset(run), unhashed: unhashed(run) } : {}),
    segments: others,
    next: image.entryPoint,
    isCrash,
    skipChecks: purgatory.skipChecks,
    entry32: purgatory.entry32,
    registers: purgatory.registers,
    ...(purgatory.backupAt === undefined || !isCrash ? {} : {
      backup: {
        from: BigInt(low.start),
        to: purgatory.backupAt,
        length: BigInt(sizeOf(low)),
      },
    }),
    ...(purgatory.cmdlineEnd === undefined ? {} : { cmdlineEnd: purgatory.cmdlineEnd }),
  });
  yield* knowStages(run, laid);
  for (const { what, at } of laid.cut) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "entry32-out-of-reach",
        message: `image ${image.name} is entered in protected mode, where ${what} at ${
          hex(at)
        } is ${hex(at & 0xffff_ffffn)}: 32 bits hold no more`,
        key: `entry32-out-of-reach:${image.name}:${what}`,
        cite: "kexec-tools:entry32",
      },
    });
  }
  if (isCrash && !inKernel && purgatory.backupAt === undefined) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "low-memory-not-saved",
        message:
          `image ${image.name}: no backup is made of low memory before the crash kernel runs`,
        key: `low-memory-not-saved:${image.name}`,
        cite: "kexec-tools:load_crashdump_segments",
      },
    });
  }
  const segments = inKernel ? [laid.segment, ...others] : byAddress([...others, laid.segment]);
  return { image: { ...image, segments, entryPoint: laid.entryPoint }, laid };
}

/** In memory, bytes. */
function coreHeaderSize(length: number): number {
  return Math.max(CORE_HEADER_ROOM, alignUp(length, PAGE_SIZE));
}

/** From here on the machine knows what the purgatory's code does, and the trace who digested what. */
export function* knowStages(run: Run, laid: Laid): Decision<void> {
  const entry = Number(laid.entryPoint) - laid.at;
  for (const program of stagesOf(laid.kind, entry)) {
    if (run.machine.programs.has(codeKey(program.code))) continue;
    yield* emit(run, { kind: "program-known", program });
  }
  const bytes = laid.regions.reduce((sum, { length }) => sum + length, 0n);
  const inKernel = laid.kind === "in_kernel";
  yield* milestone(
    run,
    `${inKernel ? "the kernel" : "kexec-tools"} wrote the digest of ${laid.regions.length} segment${
      laid.regions.length === 1 ? "" : "s"
    }, ${describeSize(bytes)}, into purgatory`,
    inKernel ? "linux:kexec_calculate_store_digests" : "kexec-tools:update_purgatory",
  );
}

export function entryOffset(run: Run): number {
  return run.features.crashHotplug ? ENTRY.since65 : ENTRY.before;
}

/** The core header of a kernel that may rewrite it. [linux:kexec_calculate_store_digests] */
export function unhashed(run: Run): readonly string[] {
  const rewrites = run.features.crashHotplug &&
    isConfigured(run.machine.settings, "CRASH_HOTPLUG");
  return rewrites ? ["elfcorehdr"] : [];
}

/** The first RAM that ends below video memory, as /proc/iomem shows it. */
export function lowMemory(run: Run): Range {
  return iomemTree(run.machine)
    .filter((r) => r.name === "System RAM" && r.range.end <= LOW_END)
    .map((r) => r.range)[0] ?? { start: 0, end: LOW_END };
}

export function zeroSegment(name: string, at: bigint, size: number): SegmentSpec {
  return {
    name,
    buffer: { recipe: { kind: "zeros" }, readable: size, label: "zeros" },
    bufferSize: BigInt(size),
    dest: at,
    destSize: BigInt(alignUp(size, PAGE_SIZE)),
  };
}

/** [kexec-tools:sort_segments] */
function byAddress(segments: readonly SegmentSpec[]): SegmentSpec[] {
  return segments.toSorted((a, b) => a.dest < b.dest ? -1 : a.dest > b.dest ? 1 : 0);
}
