/**
 * The physical memory that a paravirtual guest believes to have: numbered from 0 without gaps, and
 * each of its pages (pfn) is some frame of the machine (mfn). Both ways are extents, so a guest whose
 * memory came in few pieces costs few of them, however much it has.
 */
import { ExtentMap } from "../memory/mod.ts";
import type { FrameList } from "./event.ts";

/** A page that is in neither map has no frame: it was ballooned out, or never was. */
export interface PhysicalMap {
  /** By pfn. The frame is pfn − shift. */
  readonly toMachine: ExtentMap<true>;
  /** By frame. The pfn is frame − shift. */
  readonly fromMachine: ExtentMap<true>;
}

export const NO_PHYSICAL_MAP: PhysicalMap = {
  toMachine: ExtentMap.empty(),
  fromMachine: ExtentMap.empty(),
};

/** A run of pages with adjoining frames. */
export interface PhysicalRun {
  readonly pfn: number;
  readonly frame: number;
  readonly count: number;
}

/** The frame of a pfn; undefined: it has none now. */
export function frameOfPfn(map: PhysicalMap, pfn: number): number | undefined {
  const extent = map.toMachine.extentAt(pfn);
  return extent === undefined ? undefined : pfn - extent.shift;
}

/** The pfn of a frame; undefined: it is none of the guest's. */
export function pfnOfFrame(map: PhysicalMap, frame: number): number | undefined {
  const extent = map.fromMachine.extentAt(frame);
  return extent === undefined ? undefined : frame - extent.shift;
}

/** Runs of `[start, end)` in pfns that have frames, by pfn. Costs the runs that it gives. */
export function* physicalRuns(
  map: PhysicalMap,
  start = 0,
  end = Infinity,
): Generator<PhysicalRun, void, void> {
  for (const extent of map.toMachine.within(start, end)) {
    const { start: pfn, shift } = extent;
    yield { pfn, frame: pfn - shift, count: extent.end - pfn };
  }
}

/**
 * Pages got other frames, or lost theirs. `frames[i]` is the first frame of run `i` of `pages`;
 * undefined takes the frames away.
 */
export function withFrames(
  map: PhysicalMap,
  pages: FrameList,
  frames: readonly (number | undefined)[],
): PhysicalMap {
  let { fromMachine } = map;
  const lost: [number, number][] = [];
  const gained: [number, number, number][] = [];
  for (let i = 0; i < pages.length; i += 2) {
    const [start, end] = [pages[i]!, pages[i + 1]!];
    for (const { frame, count } of physicalRuns(map, start, end)) lost.push([frame, frame + count]);
    const first = frames[i / 2];
    if (first !== undefined) gained.push([first, first + end - start, first - start]);
  }
  lost.sort((a, b) => a[0] - b[0]);
  gained.sort((a, b) => a[0] - b[0]);
  fromMachine = fromMachine.assign(lost.flat(), undefined).assign(
    gained.flatMap(([start, end]) => [start, end]),
    true,
    (i) => gained[i]![2],
  );
  const toMachine = map.toMachine.overlay(
    pages,
    (i) => frames[i] === undefined ? undefined : true,
    (i) => pages[2 * i]! - (frames[i] ?? 0),
  );
  return { toMachine, fromMachine };
}
