/**
 * dom0's kernel builds an image: everything in its own pages, crash images too, since it cannot write
 * the crash region. With hooks, addresses are the machine's and there are tables over all machine
 * memory; without, all is as on bare metal, in addresses that mean nothing outside dom0.
 *
 * 1. the segments are checked (checks.ts);
 * 2. control pages: root of the identity map, relocation code, then the tables;
 * 3. source pages, one for each page of a destination, zeros included, none in a destination;
 * 4. the list. [linux-uek:kimage_load_segment] [linux-uek:machine_kexec_prepare]
 */
import type {
  Decision,
  FrameList,
  Image,
  ImageSpec,
  Owner,
  OwnerKind,
  Refusal,
  SegmentSpec,
} from "../../../../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../../../../memory/mod.ts";
import { numberSetting, SETTING } from "../../state.ts";
import { emit, type Run } from "../../steps.ts";
import { sortedRuns } from "../../image/runs.ts";
import { takeLowPages } from "../low_pages.ts";
import { eachFrame, givePages, takePages } from "../pages.ts";
import { DOM0 } from "../settings.ts";
import { checkImage } from "./checks.ts";
import { encodeList, listPages, type ListPiece } from "./list.ts";
import { tablePages, writeIdentity } from "./tables.ts";

/** Pages that the transition needs on its way to the identity map: a root and two ways down. */
export const TRANSITION_64 = 7;
export const TRANSITION_32 = 5;

/** 32-bit dom0: all pages of its image must be below 4 GiB of the machine. */
const LOW_FRAMES = 2 ** 20;

export interface Kimage {
  readonly id: number;
  /** Frames of `page_list`'s pages: control code, then the transition. */
  readonly codeFrame: number;
  readonly rootFrame: number;
  readonly transition: readonly number[];
}

/** Builds it, and puts it nowhere yet. A refusal leaves nothing behind. */
export function* buildKimage(
  run: Run,
  spec: ImageSpec,
  machineAddresses: boolean,
): Decision<Kimage | Refusal> {
  const bad = yield* checkImage(run, spec);
  if (bad !== undefined) return bad;
  const id = run.machine.nextImage;
  yield* emit(run, { kind: "image-begun", image: emptyKimage(id, spec) });
  const built = yield* fill(run, id, spec, machineAddresses);
  if ("rule" in built) yield* dropKimage(run, id);
  return built;
}

function* fill(
  run: Run,
  id: number,
  spec: ImageSpec,
  machineAddresses: boolean,
): Decision<Kimage | Refusal> {
  const width = dom0Width(run);
  const avoid = machineAddresses ? destinations(spec) : [];
  const own = (kind: OwnerKind, what: string): Owner => ({
    kind,
    label: `${what} of dom0's image ${spec.name}`,
    image: id,
  });
  const control = yield* take(run, 2, own("control-code", "control page"), avoid, width);
  if (control === undefined) return outOfMemory("its control pages");
  const [rootFrame = 0, codeFrame = 0] = eachFrame(control);
  yield* change(run, id, { controlCodeFrame: codeFrame, pageTableRoot: rootFrame });
  const transition = width === 64 ? TRANSITION_64 : TRANSITION_32;
  const top = machineAddresses && width === 64 ? (run.machine.ram.at(-1)?.end ?? 0) * PAGE_SIZE : 0;
  const wanted = machineAddresses ? transition + (top > 0 ? tablePages(top) : 0) : 0;
  const tables = yield* take(run, wanted, own("page-table", "page tables"), avoid, width);
  if (tables === undefined) return outOfMemory("its page tables");
  const all = [...eachFrame(tables)];
  if (wanted > 0) {
    yield* emit(run, {
      kind: "frames-written",
      frames: sortedRuns(tables),
      recipe: { kind: "zeros" },
      shifts: tables.filter((_, i) => i % 2 === 0),
      what: `page tables of dom0's image ${spec.name}`,
    });
    yield* change(run, id, { pageTableFrames: [rootFrame, rootFrame + 1, ...sortedRuns(tables)] });
  }
  if (top > 0) {
    const below = all.slice(transition).flatMap((f) => [f, f + 1]);
    yield* writeIdentity(run, rootFrame, below, top, `identity map of dom0's image ${spec.name}`);
  }
  const refusal = yield* loadList(run, id, spec, avoid, width);
  return refusal ?? { id, codeFrame, rootFrame, transition: all.slice(0, transition) };
}

function* loadList(
  run: Run,
  id: number,
  spec: ImageSpec,
  avoid: readonly Range[],
  width: 64 | 32,
): Decision<Refusal | undefined> {
  const pieces: ListPiece[] = [];
  let sourcePages = 0;
  for (const s of spec.segments) {
    const count = Number(s.destSize) / PAGE_SIZE;
    const owner: Owner = {
      kind: "source",
      label: `source of segment ${s.name} of dom0's image ${spec.name}`,
      image: id,
    };
    const frames = yield* take(run, count, owner, avoid, width);
    if (frames === undefined) return outOfMemory(`the pages of segment \`${s.name}\``);
    const failed = yield* copySegment(run, s, frames, owner.label);
    if (failed !== undefined) return failed;
    pieces.push({ dest: Number(s.dest), frames });
    sourcePages += count;
  }
  const words = sourcePages + pieces.length + 1;
  const owner: Owner = {
    kind: "indirection",
    label: `indirection pages of dom0's image ${spec.name}`,
    image: id,
  };
  const taken = yield* take(run, listPages(words, width), owner, avoid, width);
  if (taken === undefined) return outOfMemory("its indirection pages");
  const indirectionFrames = [...eachFrame(taken)];
  const list = encodeList(run.machine, pieces, indirectionFrames, width);
  for (const { frame, bytes } of list.pages) {
    yield* emit(run, { kind: "bytes-written", at: frame * PAGE_SIZE, bytes, what: owner.label });
  }
  yield* change(run, id, {
    head: list.head,
    listWords: list.words,
    sourcePages,
    indirectionFrames: sortedRuns(taken),
    complete: true,
  });
  return undefined;
}

/** A 32-bit list can name nothing above 4 GiB. */
function take(
  run: Run,
  count: number,
  owner: Owner,
  avoid: readonly Range[],
  width: 64 | 32,
): Decision<FrameList | undefined> {
  return width === 32
    ? takeLowPages(run, count, owner, { avoid, belowFrame: LOW_FRAMES })
    : takePages(run, count, owner, { avoid });
}

/** Bytes of the buffer, then zeros, in the order of the pages. */
function* copySegment(
  run: Run,
  s: SegmentSpec,
  frames: FrameList,
  what: string,
): Decision<Refusal | undefined> {
  if (s.buffer.readable < Number(s.bufferSize)) {
    return {
      rule: "dom0-buffer-unreadable",
      errno: "EFAULT",
      nature: "arguments",
      message: `segment \`${s.name}\`: its buffer (${s.buffer.label}) cannot be read`,
      remedy: "A buffer that is mapped as long as it is said to be",
      cite: "linux-uek:kimage_load_segment",
    };
  }
  const recipe = {
    kind: "padded",
    source: s.buffer.recipe,
    length: Number(s.bufferSize),
  } as const;
  // Frames ascend within a run and not from run to run, so each run is told by itself.
  let page = 0;
  for (let i = 0; i < frames.length; i += 2) {
    const [start, end] = [frames[i]!, frames[i + 1]!];
    yield* emit(run, {
      kind: "frames-written",
      frames: [start, end],
      recipe,
      shifts: [start - page],
      what,
    });
    page += end - start;
  }
  return undefined;
}

/** Gives back what dom0's image holds. What Xen was told of it is another matter. */
export function* dropKimage(run: Run, id: number): Decision<void> {
  const held: number[] = [];
  for (const extent of run.machine.owners.from()) {
    if (extent.value.image === id) held.push(extent.start, extent.end);
  }
  yield* givePages(run, held);
  yield* emit(run, { kind: "image-released", id });
}

export function dom0Width(run: Run): 64 | 32 {
  return numberSetting(run.machine, SETTING.dom0Width) === 32n ? 32 : 64;
}

/** dom0's own image in a slot, by number. */
export function kimageIn(run: Run, slot: ImageSpec["slot"]): Image | undefined {
  const id = Number(numberSetting(run.machine, DOM0.image(slot)));
  return id === 0 ? undefined : run.machine.images.get(id);
}

function* change(run: Run, id: number, changes: Partial<Image>): Decision<void> {
  yield* emit(run, { kind: "image-changed", id, changes });
}

function destinations(spec: ImageSpec): Range[] {
  return spec.segments.map((s) => ({
    start: Number(s.dest) / PAGE_SIZE,
    end: Number(s.dest + s.destSize) / PAGE_SIZE,
  }));
}

function emptyKimage(id: number, spec: ImageSpec): Image {
  return {
    id,
    name: spec.name,
    slot: spec.slot,
    segments: spec.segments.map((s) => ({
      name: s.name,
      buffer: s.buffer,
      sourceSize: Number(s.bufferSize),
      dest: Number(s.dest),
      destSize: Number(s.destSize),
    })),
    entryPoint: spec.entryPoint,
    preserveContext: false,
    fileMode: false,
    head: 0n,
    pageTableFrames: [],
    indirectionFrames: [],
    listWords: 0,
    sourcePages: 0,
    sourcesInPlace: 0,
    complete: false,
  };
}

function outOfMemory(what: string): Refusal {
  return {
    rule: "dom0-out-of-memory",
    errno: "ENOMEM",
    nature: "resources",
    message: `dom0 has no pages for ${what} that lie outside all destinations`,
    remedy: "More memory for dom0",
    cite: "linux-uek:kimage_alloc_pages",
  };
}
