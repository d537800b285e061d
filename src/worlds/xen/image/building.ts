/**
 * An image in the making. The machine has the record of it; what only the routine needs is here.
 * [xen:do_kimage_alloc]
 */
import type { Decision, Image, SegmentSpec } from "../../../machine/mod.ts";
import { crashArea, slotOf, type Type } from "../state.ts";
import { emit, type Run } from "../steps.ts";

export interface Building {
  readonly id: number;
  readonly name: string;
  readonly type: Type;
  readonly segments: readonly SegmentSpec[];
  /** Where the next hole of a crash image is looked for, bytes: restarts at the area's beginning. */
  cursor: bigint;
  /** Frames that were taken though they are somebody's destination. */
  readonly parked: Set<number>;
  /** Frames taken from the heap for this image and not used yet: start, end, … */
  readonly pool: number[];
  /** Which source each destination has so far, in the order of the list. */
  readonly placed: Placed[];
  /** Pages of the list, in its order, and how many words are in them. */
  readonly listFrames: number[];
  words: number;
  /** Whether a source was moved and its word lost: told once. */
  lostSources: boolean;
  /** Whether it was told that control pages lie where nobody reserved memory. */
  outsideTold: boolean;
}

/** `count` destinations from frame `dest` on have sources from `source` on, in words from `word` on. */
export interface Placed {
  readonly dest: number;
  readonly source: number;
  readonly count: number;
  readonly word: number;
}

export interface ImageRequest {
  readonly name: string;
  readonly type: Type;
  readonly arch: number;
  readonly segments: readonly SegmentSpec[];
  readonly entryPoint: bigint;
  /** Of a script's image: its purgatory among the segments. */
  readonly purgatory?: Image["purgatory"];
}

/** The empty image. Zeros for every pointer, as `xzalloc` gives it. */
export function* beginImage(run: Run, request: ImageRequest): Decision<Building> {
  const { name, type, arch, segments, entryPoint, purgatory } = request;
  const id = run.machine.nextImage;
  const { start } = crashArea(run.machine);
  yield* emit(run, {
    kind: "image-begun",
    image: {
      id,
      name,
      slot: slotOf(type),
      segments: segments.map((s) => ({
        name: s.name,
        buffer: s.buffer,
        sourceSize: Number(s.bufferSize),
        dest: Number(s.dest),
        destSize: Number(s.destSize),
        ...(isMapOnly(s) ? { mapOnly: true } : {}),
      })),
      entryPoint,
      elfMachine: arch,
      preserveContext: false,
      fileMode: false,
      head: 0n,
      pageTableFrames: [],
      indirectionFrames: [],
      listWords: 0,
      sourcePages: 0,
      sourcesInPlace: 0,
      complete: false,
      ...(type === 1 ? { controlCursor: Number(start) } : {}),
      ...(purgatory === undefined ? {} : { purgatory }),
    },
  });
  return { id, name, type, segments, cursor: start, ...emptyLists() };
}

type Lists = Omit<Building, "id" | "name" | "type" | "segments" | "cursor">;

function emptyLists(): Lists {
  return {
    parked: new Set(),
    pool: [],
    placed: [],
    listFrames: [],
    words: 0,
    lostSources: false,
    outsideTold: false,
  };
}

/** A null buffer: its range is mapped and nothing else. */
export function isMapOnly(segment: SegmentSpec): boolean {
  return segment.buffer.pointer === 0n;
}

export function imageOf(run: Run, building: Building): Image {
  return run.machine.images.get(building.id)!;
}

export function* change(
  run: Run,
  building: Building,
  changes: Partial<Image>,
): Decision<void> {
  yield* emit(run, { kind: "image-changed", id: building.id, changes });
}
