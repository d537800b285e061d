/**
 * What a loader adds to an image that asks for a purgatory. kexec-tools adds its own, and for a crash
 * image a backup of low memory and the core header that points at it; it hands over all segments in the
 * order of their addresses. For kexec_file_load Linux adds its own, which has no options.
 * [kexec-tools:do_bzImage64_load]
 */
import {
  codeKey,
  type Decision,
  type ImageSpec,
  type Refusal,
  type SegmentSpec,
} from "../machine/mod.ts";
import { alignUp, PAGE_SIZE, type Range, sizeOf } from "../memory/mod.ts";
import { emit, hex, milestone, type Run } from "../routine/mod.ts";
import { type Laid, layPurgatory } from "./lay.ts";
import { layoutOf } from "./layout.ts";
import { placeByLoader } from "./place.ts";
import { stagesOf } from "./stage.ts";
import { describeSize } from "./words.ts";

/** Least room for the core header of kexec-tools, bytes. [kexec-tools:load_crashdump_segments] */
const CORE_HEADER_ROOM = 16 * 1024;

/** What a loader learns of the system on which it runs. */
export interface LoaderView {
  readonly crashRegion: Range | undefined;
  /** What a backup saves. */
  readonly low: Range;
  /** The bytes of the core header. Without it the image must not ask for one: `World.loader`. */
  readonly coreHeader?: (backup: Backup | undefined) => Uint8Array;
  /** Of a kernel that brings its own: offset of its entry point, and what it does not digest. */
  readonly inKernel?: { readonly entry: number; readonly unhashed: readonly string[] };
}

/** Low memory, and the physical address of its copy. */
export interface Backup {
  readonly range: Range;
  readonly at: number;
}

export type Prepared = Refusal | {
  readonly image: ImageSpec;
  readonly laid?: Laid;
};

/** The image with the segments that its loader adds. */
export function* addPurgatory(
  run: Run,
  image: ImageSpec,
  { crashRegion, low, coreHeader, inKernel: kernel }: LoaderView,
): Decision<Prepared> {
  const asked = image.purgatory;
  const inKernel = asked?.kind === "in_kernel";
  // The kernel finds a place for its own by itself.
  if (asked === undefined || (inKernel && asked.at === undefined)) return { image };
  const isCrash = image.slot === "crash";
  const headerFor = (at: number | undefined) =>
    coreHeader?.(at === undefined ? undefined : { range: low, at }) ?? new Uint8Array();
  const purgatory = yield* placeByLoader(run, image, asked, {
    backup: alignUp(sizeOf(low), PAGE_SIZE),
    coreHeader: coreHeaderSize(
      headerFor(isCrash && asked.backupAt !== undefined ? 0 : undefined).length,
    ),
    purgatory: layoutOf(asked.kind).memory,
  }, crashRegion);
  if ("rule" in purgatory) return purgatory;
  const added: SegmentSpec[] = [];
  if (purgatory.backupAt !== undefined && isCrash) {
    const size = alignUp(sizeOf(low), 1024);
    added.push(zeroSegment("backup", purgatory.backupAt, size));
  }
  if (purgatory.coreHeaderAt !== undefined) {
    const bytes = headerFor(
      isCrash && purgatory.backupAt !== undefined ? Number(purgatory.backupAt) : undefined,
    );
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
    ...(inKernel ? kernel : {}),
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
  return { image: { ...image, segments, purgatory, entryPoint: laid.entryPoint }, laid };
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

function zeroSegment(name: string, at: bigint, size: number): SegmentSpec {
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
