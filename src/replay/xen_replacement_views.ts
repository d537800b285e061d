/** The model's side of what a replacement recorded: images, states and pages as the recording writes them. */
import { type Image, imageIn, logLines, type Machine, type World } from "../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../memory/mod.ts";
import { ask, integerAnswer } from "./ask.ts";
import { changedRuns } from "./compare_region.ts";
import type { JsonObject, JsonValue } from "./format.ts";
import {
  addressOf,
  contentText,
  hexAddress,
  isMapped,
  labelRuns,
  labelsOf,
  listEntries,
  walkTables,
} from "./xen_pages.ts";

/** What the region was like once A was loaded. */
export interface Before {
  readonly world: World;
  readonly region: Range;
  readonly machine: Machine;
  readonly image: Image;
  /** What A's pages are for, by frame. */
  readonly labels: ReadonlyMap<number, string>;
}

export function flagsOf({ world }: Before | { world: World }, machine: Machine): bigint {
  return integerAnswer(ask(world, machine, "kexec_flags")) ?? 0n;
}

/** `0x8000000-0x8000fff` */
export function changed(before: Machine, after: Machine, region: Range): string[] {
  return changedRuns(before, after, region).map(([start, end]) =>
    `${hexAddress(start)}-0x${(end * PAGE_SIZE - 1).toString(16)}`
  );
}

function changedFrames({ machine, region }: Before, after: Machine): number[] {
  return changedRuns(machine, after, region).flatMap(([start, end]) =>
    Array.from({ length: end - start }, (_, i) => start + i)
  );
}

/** Pages of A that are not what they were, with what they are for. */
export function overwritten(before: Before, after: Machine): JsonValue {
  return labelRuns(
    changedFrames(before, after).flatMap((frame) => {
      const label = before.labels.get(frame);
      return label === undefined ? [] : [[frame, label] as const];
    }),
  );
}

/** Bits as the recorder took them apart. */
export function truthLike(world: World, machine: Machine): JsonValue {
  const flags = Number(flagsOf({ world }, machine));
  const bit = (n: number) => (flags >> n) & 1;
  const active = (base: number, position: number) => bit(base + bit(position));
  return {
    kexec_flags: flags,
    default_pos: bit(4),
    crash_pos: bit(5),
    default_loaded: active(0, 4),
    crash_loaded: active(2, 5),
    in_progress: bit(6),
    in_hypercall: bit(7),
  };
}

/** struct kexec_image and what its tables and its list say now. */
export function imageLike(world: World, machine: Machine, image: Image): JsonObject {
  const flags = flagsOf({ world }, machine);
  const root = image.pageTableRoot;
  const { tables, mapped } = root === undefined
    ? { tables: [], mapped: [] }
    : walkTables(machine, root);
  const page = (frame: number | undefined) => frame === undefined ? "0x0" : hexAddress(frame);
  return {
    slot: 2 + Number((flags >> 5n) & 1n),
    type: 1,
    arch: image.elfMachine ?? 0,
    entry: hex(image.entryPoint),
    nr_segments: image.segments.length,
    segments: image.segments.map((s) => ({
      buf_size: s.sourceSize,
      dest: hex(BigInt(s.dest)),
      dest_size: s.destSize,
    })),
    head: hex(image.head),
    entry_page: page(image.listEnd?.frame),
    next_entry: image.listEnd?.word ?? 0,
    control_code_page: page(image.controlCodeFrame),
    aux_page_l4: page(root),
    next_crash_page: hex(BigInt(image.controlCursor ?? 0)),
    page_tables: tables.map(({ level, frame }) => [`L${level}`, hexAddress(frame)]),
    mappings: mapped.map((run) => ({
      va: hex(addressOf(run.page)),
      pa: hexAddress(run.frame),
      len: `0x${(run.count * PAGE_SIZE).toString(16)}`,
      page: PAGE_SIZE,
      flags: "0x3",
    })),
    indirection_entries: listEntries(machine, image.head),
  };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Bytes that the recording tells and the model cannot have: of the build, or of a payload. */
export const UNKNOWN = "unknown bytes";

/** As `contentText`, but relocation code, and what stands for a payload, are told as unknown. */
function pageText(machine: Machine, frame: number): string {
  const text = contentText(machine, frame);
  if (!/ nonzero qwords, /.test(text)) return text;
  const isCode = [...machine.images.values()].some((i) => i.controlCodeFrame === frame);
  const recipe = machine.contents.get(frame)?.recipe;
  const isPayload = recipe?.kind === "padded" && recipe.source.kind === "pattern";
  return isCode || isPayload ? UNKNOWN : text;
}

/** More than any recording tells. */
const MOST_ROWS = 64;

/** Each changed page, whose it was, whose it is if `now` says, and what it holds. */
export function contents(
  before: Before,
  after: Machine,
  now: ReadonlyMap<number, string> | undefined,
): readonly (readonly string[])[] {
  return changedFrames(before, after).slice(0, MOST_ROWS)
    .map((frame) => pageRow(before, after, frame, now));
}

export function pageRow(
  before: Before,
  after: Machine,
  frame: number,
  now: ReadonlyMap<number, string> | undefined,
): readonly string[] {
  const was = before.labels.get(frame) ?? "-";
  return [
    hexAddress(frame),
    was,
    ...(now === undefined ? [] : [now.get(frame) ?? "-"]),
    pageText(after, frame),
  ];
}

const CONTROL = /^(control_code|indirection|pt_)/;

/** The first page of the upper half of the address space. */
const UPPER_HALF = 2 ** 35;

/** Everything that was read after B was loaded, or was not. */
export function afterB(before: Before, after: Machine): JsonObject {
  const { world, image, labels } = before;
  const current = imageIn(after, "crash");
  const isB = current !== undefined && current.id !== image.id;
  const now = current === undefined ? new Map<number, string>() : labelsOf(after, current);
  const bLabels = isB ? now : new Map<number, string>();
  const frames = new Set(changedFrames(before, after));
  const segments = [...labels].filter(([, label]) => label.startsWith("seg"));
  const control = [...labels].filter(([, label]) => CONTROL.test(label));
  const names = [...new Set(segments.map(([, label]) => label))];
  const bControl = [...bLabels].filter(([, label]) => CONTROL.test(label));
  const aTables = image.pageTableRoot === undefined
    ? []
    : walkTables(after, image.pageTableRoot).mapped;
  return {
    truth: truthLike(world, after),
    pages_changed_since_A: changed(before.machine, after, before.region),
    A_pages_overwritten: overwritten(before, after),
    A_segment_pages_intact: names.filter((name) =>
      !segments.some(([frame, label]) => label === name && frames.has(frame))
    ),
    A_segment_pages_overwritten_count: segments.filter(([frame]) => frames.has(frame)).length,
    A_control_pages_total: control.length,
    A_control_pages_overwritten_count: control.filter(([frame]) => frames.has(frame)).length,
    current_image_after: current === undefined ? "none" : isB ? "B" : "A",
    ...(current === undefined ? {} : { image_struct_now: imageLike(world, after, current) }),
    pages_of_current_image_now: labelRuns(now),
    contents_now: contents(before, after, bLabels),
    B_control_pages: labelRuns(bControl),
    B_control_on_A_pages: [...bLabels].flatMap(([frame, label]) => {
      const was = labels.get(frame);
      return was === undefined ? [] : [[hexAddress(frame), was, "->", label]];
    }),
    A_trampoline_mapping_now: aTables.filter((run) => run.page >= UPPER_HALF)
      .map((run) => [hex(addressOf(run.page)), hexAddress(run.frame)]),
    A_control_code_page_now: pageText(after, image.controlCodeFrame ?? 0),
    A_entry_mapped_now: isMapped(aTables, image.entryPoint),
    all_segment_page_contents: [...new Map([...segments, ...bLabels])]
      .filter(([frame]) => isSegment(labels.get(frame)) || isSegment(bLabels.get(frame)))
      .sort(([a], [b]) => a - b)
      .map(([frame]) => pageRow(before, after, frame, bLabels)),
    truth_after: null,
    xen_log: logLines(after).filter((line) => TOLD.test(line)).map((line) => `(XEN) ${line}`),
  };
}

function isSegment(label: string | undefined): boolean {
  return label?.startsWith("seg") ?? false;
}

/** Lines of a panic that do not depend on the build. */
export const TOLD = /^(Panic on CPU \d+:|Executing kexec image on cpu\d+|Shot down all CPUs)$/;
