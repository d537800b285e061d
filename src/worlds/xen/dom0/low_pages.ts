/**
 * Pages whose frames must be below a limit. Where dom0 has none, it takes any and exchanges their
 * frames with Xen for lower ones, which need not adjoin: each page is translated by itself.
 * [linux-uek:xen_create_contiguous_region]
 */
import {
  type Decision,
  type FrameList,
  type Machine,
  type Owner,
  pfnOfFrame,
} from "../../../machine/mod.ts";
import { type Range, sizeOf, subtract } from "../../../memory/mod.ts";
import { hex, isMadeToFail, pages } from "../../../routine/mod.ts";
import { sortedRuns } from "../image/runs.ts";
import { emit, type Run } from "../steps.ts";
import { eachFrame, freePages, givePages, type PageWish, takePages } from "./pages.ts";

export function* takeLowPages(
  run: Run,
  count: number,
  owner: Owner,
  wish: PageWish & { readonly belowFrame: number },
): Decision<FrameList | undefined> {
  if (hasLow(run.machine, count, wish)) return yield* takePages(run, count, owner, wish);
  const high = yield* takePages(run, count, owner);
  if (high === undefined) return undefined;
  const low = isMadeToFail(run) ? [] : freeBelow(run.machine, count, wish);
  if (low.reduce((sum, r) => sum + sizeOf(r), 0) < count) {
    const why = `Xen has no frames below ${hex(wish.belowFrame * 4096)} for ${owner.label}`;
    yield* emit(run, { kind: "allocation-failed", order: 0, why });
    yield* givePages(run, high);
    return undefined;
  }
  return yield* exchangeFor(run, high, low, owner);
}

/** Whether dom0's own free pages will do. */
function hasLow(machine: Machine, count: number, wish: PageWish & { belowFrame: number }): boolean {
  let found = 0;
  for (const piece of freePages(machine)) {
    const end = Math.min(piece.frame + piece.count, wish.belowFrame);
    for (const fit of subtract({ start: piece.frame, end }, wish.avoid ?? [])) found += sizeOf(fit);
    if (found >= count) return true;
  }
  return count === 0;
}

function freeBelow(
  machine: Machine,
  count: number,
  wish: PageWish & { belowFrame: number },
): Range[] {
  const runs: Range[] = [];
  let left = count;
  for (const extent of machine.free.within(0, wish.belowFrame)) {
    for (const fit of subtract(extent, wish.avoid ?? [])) {
      const end = Math.min(fit.end, fit.start + left);
      if (end > fit.start) runs.push({ start: fit.start, end });
      left -= Math.max(0, end - fit.start);
    }
    if (left === 0) break;
  }
  return runs;
}

/** The pages keep their numbers and get the frames in `low`, one after the other. */
function* exchangeFor(
  run: Run,
  high: FrameList,
  low: readonly Range[],
  owner: Owner,
): Decision<FrameList> {
  const frames = low.flatMap((r) => [r.start, r.end]);
  const what = `dom0 exchanged ${pages([...eachFrame(high)].length)} for lower frames`;
  const moved = [...eachFrame(high)].map((frame) => pfnOfFrame(run.machine.p2m, frame)!);
  const lows = [...eachFrame(frames)];
  const order = moved.map((pfn, i) => ({ pfn, mfn: lows[i]! })).sort((a, b) => a.pfn - b.pfn);
  const pfns: number[] = [];
  const mfns: number[] = [];
  for (const { pfn, mfn } of order) {
    const joins = pfns[pfns.length - 1] === pfn &&
      mfns[mfns.length - 1]! + pfn - pfns[pfns.length - 2]! === mfn;
    if (joins) pfns[pfns.length - 1] = pfn + 1;
    else {
      pfns.push(pfn, pfn + 1);
      mfns.push(mfn);
    }
  }
  const cursor = frames[frames.length - 1]!;
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor });
  yield* emit(run, { kind: "p2m-changed", pfns, mfns, what });
  yield* emit(run, { kind: "frames-freed", frames: sortedRuns(high), why: what });
  return frames;
}
