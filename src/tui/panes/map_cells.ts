/**
 * What a cell of the memory map shows: of all owners inside it the one that a reader looks for, a
 * single control page rather than the gigabyte of free memory around it. A cell looks at no more than
 * a few extents, so a row costs its cells, whatever the machine's size.
 */
import type { Image, Machine, Owner, OwnerKind } from "../../machine/mod.ts";
import { type ExtentMap, PAGE_SIZE } from "../../memory/mod.ts";
import type { OwnerMark } from "../styled.ts";

/** What is most worth showing has the lowest number. */
const RANK: Readonly<Record<OwnerMark, number>> = {
  "control-code": 0,
  swap: 1,
  indirection: 2,
  module: 3,
  "page-table": 4,
  control: 5,
  vmcoreinfo: 6,
  segment: 7,
  source: 8,
  parked: 9,
  initrd: 10,
  "crash-region": 11,
  kernel: 12,
  guest: 13,
  reserved: 14,
  free: 15,
  hole: 16,
};

/** Extents that one cell looks at. */
const LOOKS = 12;

/** The mark of frames `[start, end)`. `special` are frames that no cell may pass over, ascending. */
export function markOf(
  machine: Machine,
  start: number,
  end: number,
  special: readonly SpecialFrames[],
): OwnerMark {
  let best: OwnerMark = "hole";
  const see = (mark: OwnerMark): void => {
    if (RANK[mark] < RANK[best]) best = mark;
  };
  for (let i = firstEndingAfter(special, start); i < special.length; i++) {
    if (special[i]!.start >= end) break;
    see(special[i]!.kind);
  }
  let at = start;
  for (let look = 0; look < LOOKS; look++) {
    const extent = machine.owners.firstFrom(at);
    if (extent === undefined || extent.start >= end) break;
    see(extent.value.kind);
    at = extent.end;
    if (at >= end) break;
  }
  if (best === "hole" && meets(machine.free, start, end)) best = "free";
  return best;
}

function meets(map: ExtentMap<true>, start: number, end: number): boolean {
  const extent = map.firstFrom(start);
  return extent !== undefined && extent.start < end;
}

export interface SpecialFrames {
  readonly start: number;
  readonly end: number;
  readonly kind: OwnerKind;
}

/** Runs of one image that are looked at: more would be a list, not a picture. */
const MOST_RUNS = 256;

/**
 * The helper pages of all images that are still theirs, and what the firmware keeps of what is no RAM:
 * ascending by frame.
 */
export function specialFrames(machine: Machine): SpecialFrames[] {
  const special = keptByFirmware(machine);
  for (const image of machine.images.values()) {
    for (const frames of helperRuns(image)) {
      for (let i = 0; i < Math.min(frames.length, 2 * MOST_RUNS); i += 2) {
        const owner: Owner | undefined = machine.owners.get(frames[i]!);
        if (owner?.image !== image.id) continue;
        special.push({ start: frames[i]!, end: frames[i + 1]!, kind: owner.kind });
      }
    }
  }
  return special.sort((a, b) => a.start - b.start);
}

/** Disjoint, whatever the firmware says. */
function keptByFirmware({ firmware }: Machine): SpecialFrames[] {
  const kept: SpecialFrames[] = [];
  const regions = firmware.filter(({ type }) => type !== "usable")
    .toSorted((a, b) => a.range.start - b.range.start);
  for (const { range } of regions) {
    const start = Math.max(Math.floor(range.start / PAGE_SIZE), kept.at(-1)?.end ?? 0);
    const end = Math.ceil(range.end / PAGE_SIZE);
    if (end > start) kept.push({ start, end, kind: "reserved" });
  }
  return kept;
}

function* helperRuns(image: Image): Generator<readonly number[], void, void> {
  for (const frame of [image.controlCodeFrame, image.swapFrame, image.vmcoreinfoFrame]) {
    if (frame !== undefined) yield [frame, frame + 1];
  }
  yield image.pageTableFrames;
  yield image.indirectionFrames;
  if (image.transitionFrames !== undefined) yield image.transitionFrames;
}

function firstEndingAfter(special: readonly SpecialFrames[], frame: number): number {
  let low = 0;
  let high = special.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (special[middle]!.end > frame) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether any frame of `[start, end)` is in `runs`, by halving. */
export function meetsRuns(runs: readonly number[], start: number, end: number): boolean {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[2 * middle + 1]! > start) high = middle;
    else low = middle + 1;
  }
  return 2 * low < runs.length && runs[2 * low]! < end;
}
