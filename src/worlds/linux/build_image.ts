/**
 * What both system calls have in common: from a list of segments to an image in its slot, or back to
 * nothing. [linux:kimage_alloc_init] [linux:do_kexec_load]
 */
import type { Decision, Image, Refusal, SegmentSpec, Slot } from "../../machine/mod.ts";
import { checkSegments } from "./check_segments.ts";
import { type ControlArea, takeControlPages } from "./control_pages.ts";
import { loadCrashSegments } from "./crash_segments.ts";
import { findLoadHazards, tellOverwritten, tellUnmapped } from "./hazards.ts";
import { crashResource } from "./kernel.ts";
import type { Laid } from "../../purgatory/mod.ts";
import { hex } from "../../routine/mod.ts";
import { outOfMemory } from "./out_of_memory.ts";
import { change, copyVmcoreinfo, prepare } from "./prepare.ts";
import { protectCrashRegion } from "./protection.ts";
import { releaseImage } from "./release.ts";
import { loadSourcePages } from "./sources/mod.ts";
import { type Check, emit, print, type Run } from "./steps.ts";

/** What both system calls hand to the part that builds an image. */
export interface ImageRequest {
  readonly name: string;
  readonly slot: Slot;
  readonly segments: readonly SegmentSpec[];
  readonly entryPoint: bigint;
  readonly preserveContext: boolean;
  readonly fileMode: boolean;
  readonly hotplugSupport: boolean;
  readonly preserves?: readonly string[];
  /** The purgatory among its segments. */
  readonly laid?: Laid;
  /** The crash image that was given up for this one. */
  readonly replaced?: Image;
}

/** Checks the segments, builds the image, and puts it into its slot; frees it where that fails. */
export function* buildImage(run: Run, request: ImageRequest): Decision<Check> {
  const { slot } = request;
  const bad = yield* checkSegments(run, slot, request.segments);
  if (bad !== undefined) return bad;
  yield* findLoadHazards(run, request);
  const id = run.machine.nextImage;
  const noArea = yield* takeControlArea(run, id, request);
  if (request.replaced !== undefined) yield* tellOverwritten(run, id, request.replaced);
  const refusal = noArea ?? (yield* fillImage(run, id, request));
  if (refusal !== undefined) {
    yield* releaseImage(run, id);
    return refusal;
  }
  yield* change(run, id, { complete: true });
  if (request.laid !== undefined) yield* tellUnmapped(run, id, request.laid);
  const old = run.machine.slots[slot];
  yield* emit(run, { kind: "slot-set", slot, image: id });
  if (slot === "crash") yield* protectCrashRegion(run);
  if (old !== undefined) yield* releaseImage(run, old);
  return undefined;
}

/** Begins the image; then the control code, the swap page of a default image, and the tables. */
function* takeControlArea(run: Run, id: number, request: ImageRequest): Decision<Check> {
  const { slot, name, segments } = request;
  const { features } = run;
  const { start } = crashResource(run.machine);
  const cursor = slot === "crash" ? start : 0n;
  const area: ControlArea = { image: id, slot, segments, cursor, shownCursor: cursor };
  yield* emit(run, { kind: "image-begun", image: emptyImage(id, request) });
  const order = features.separateRoot ? 0 : 1;
  const codeOwner = {
    kind: "control-code",
    label: `control code of image ${name}`,
    image: id,
  } as const;
  const [block] = yield* takeControlPages(run, area, order, 1, codeOwner);
  if (block === undefined) {
    yield* print(run, "kexec: Could not allocate control_code_buffer");
    return outOfMemory(
      slot,
      `the control code (${order === 0 ? "1 page" : "2 aligned pages"})`,
      area,
    );
  }
  if (features.separateRoot) yield* change(run, id, { controlCodeFrame: block });
  else {
    yield* emit(run, {
      kind: "frames-reassigned",
      frames: [block, block + 1],
      owner: { kind: "page-table", label: `page tables of image ${name}`, image: id },
    });
    yield* change(run, id, {
      controlCodeFrame: block + 1,
      pageTableRoot: block,
      pageTableFrames: [block, block + 1],
    });
  }
  if (slot === "default") {
    const owner = { kind: "swap", label: `swap page of image ${name}`, image: id } as const;
    const [swapFrame] = yield* takeControlPages(run, area, 0, 1, owner);
    if (swapFrame === undefined) {
      yield* print(run, "kexec: Could not allocate swap buffer");
      return outOfMemory(slot, "the swap page", area);
    }
    yield* change(run, id, { swapFrame });
  }
  const refusal = yield* prepare(run, area, run.machine.images.get(id)!);
  if (refusal !== undefined || slot === "default") return refusal;
  return yield* copyVmcoreinfo(run, area, run.machine.images.get(id)!);
}

function emptyImage(id: number, request: ImageRequest): Image {
  return {
    id,
    name: request.name,
    slot: request.slot,
    segments: request.segments.map((s) => ({
      name: s.name,
      buffer: s.buffer,
      sourceSize: Number(s.bufferSize),
      dest: Number(s.dest),
      destSize: Number(s.destSize),
      ...(s.runsTo === undefined ? {} : { runsTo: Number(s.runsTo) }),
    })),
    entryPoint: request.entryPoint,
    preserveContext: request.preserveContext,
    fileMode: request.fileMode,
    hotplugSupport: request.hotplugSupport,
    ...(request.preserves === undefined || request.preserves.length === 0
      ? {}
      : { preserves: request.preserves }),
    ...(request.laid === undefined
      ? {}
      : { purgatory: { kind: request.laid.kind, at: request.laid.at } }),
    head: 0n,
    pageTableFrames: [],
    indirectionFrames: [],
    listWords: 0,
    sourcePages: 0,
    sourcesInPlace: 0,
    complete: false,
  };
}

function* fillImage(run: Run, id: number, request: ImageRequest): Decision<Check> {
  const { slot, name, segments } = request;
  if (slot === "crash") {
    const failed = yield* loadCrashSegments(run, id, name, segments);
    if (failed >= 0) return unreadableBuffer(segments, failed);
    // Nothing was ever put on the list, so its head is the terminator itself.
    yield* change(run, id, { head: 4n });
    return undefined;
  }
  const list = yield* loadSourcePages(run, id, name, segments);
  yield* change(run, id, {
    head: list.head,
    listWords: list.words,
    sourcePages: list.sourcePages,
    sourcesInPlace: list.inPlace,
    indirectionFrames: list.indirectionFrames,
    parkedFrames: list.parkedFrames,
  });
  if (list.errno === "EFAULT") return unreadableBuffer(segments, list.segment);
  if (list.errno !== "") {
    return outOfMemory(slot, `the source pages of \`${segments[list.segment]?.name}\``);
  }
  return undefined;
}

function unreadableBuffer(segments: readonly SegmentSpec[], index: number): Refusal {
  const s = segments[index]!;
  return {
    rule: "buffer-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: `segment \`${s.name}\`: its buffer (${s.buffer.label}) can be read for ${
      hex(s.buffer.readable)
    } of ${hex(s.bufferSize)} bytes`,
    remedy: "A buffer that is mapped as long as it is said to be",
    segments: [index],
    cite: "linux:kimage_load_segment",
  };
}
