/**
 * dom0's own page allocator, as far as kexec can see it: it chooses among dom0's pages by their own
 * numbers, and knows machine frames only through the p2m.
 */
import {
  type Decision,
  type FrameList,
  type Machine,
  type Owner,
  pfnOfFrame,
  physicalRuns,
} from "../../../machine/mod.ts";
import { type Range, sizeOf, subtract } from "../../../memory/mod.ts";
import { isMadeToFail } from "../../../routine/mod.ts";
import { sortedRuns } from "../image/runs.ts";
import { emit, type Run } from "../steps.ts";

/** dom0's memory that nothing in dom0 uses. */
export const FREE_IN_DOM0: Owner = { kind: "guest", label: "dom0 memory" };

/** dom0's kernel, from 16 MiB of its own addresses on. */
export const DOM0_KERNEL: Owner = { kind: "guest", label: "dom0 kernel" };

/** The first page that the allocator gives out: below, dom0 keeps what needs low addresses. */
export const FIRST_PFN = 0x1000;

/** Whether a frame is one of dom0's pages, whatever dom0 uses it for. */
export function isDom0Frame(machine: Machine, frame: number): boolean {
  return pfnOfFrame(machine.p2m, frame) !== undefined;
}

/** Free pages of dom0 in runs whose frames adjoin too, by pfn. Costs the runs that it gives. */
export function* freePages(
  machine: Machine,
  from = FIRST_PFN,
): Generator<{ readonly pfn: number; readonly frame: number; readonly count: number }, void, void> {
  for (const run of physicalRuns(machine.p2m, from)) {
    for (const extent of machine.owners.within(run.frame, run.frame + run.count)) {
      if (extent.value.kind !== FREE_IN_DOM0.kind || extent.value.label !== FREE_IN_DOM0.label) {
        continue;
      }
      const { start: frame, end } = extent;
      yield { pfn: run.pfn + frame - run.frame, frame, count: end - frame };
    }
  }
}

export interface PageWish {
  /** Machine frames from here on will not do. */
  readonly belowFrame?: number;
  /** Machine frames that will not do: destinations. */
  readonly avoid?: readonly Range[];
}

/**
 * Takes `count` pages for `owner`: runs of frames (start, end, …) in the order of their pfns. Undefined,
 * and nothing taken, if dom0 has not as many. Costs the runs that it looks at.
 */
export function* takePages(
  run: Run,
  count: number,
  owner: Owner,
  wish: PageWish = {},
): Decision<number[] | undefined> {
  const runs: number[] = [];
  let left = count;
  for (const piece of freePages(run.machine)) {
    const end = Math.min(piece.frame + piece.count, wish.belowFrame ?? Infinity);
    for (const fit of subtract({ start: piece.frame, end }, wish.avoid ?? [])) {
      const taken = Math.min(left, sizeOf(fit));
      if (taken > 0) runs.push(fit.start, fit.start + taken);
      left -= taken;
    }
    if (left === 0) break;
  }
  if (isMadeToFail(run) || left > 0) {
    const why = `dom0 has no memory for ${owner.label}`;
    yield* emit(run, { kind: "allocation-failed", order: 0, why });
    return undefined;
  }
  yield* emit(run, { kind: "frames-reassigned", frames: sortedRuns(runs), owner });
  return runs;
}

/** Gives runs of frames back to dom0; what is none of its pages any more is left alone. */
export function* givePages(run: Run, frames: FrameList): Decision<void> {
  const own: number[] = [];
  for (let i = 0; i < frames.length; i += 2) {
    for (const e of run.machine.p2m.fromMachine.within(frames[i]!, frames[i + 1]!)) {
      own.push(e.start, e.end);
    }
  }
  if (own.length === 0) return;
  yield* emit(run, { kind: "frames-reassigned", frames: sortedRuns(own), owner: FREE_IN_DOM0 });
}

/** Each frame of a flat list, in its order. */
export function* eachFrame(runs: FrameList): Generator<number, void, void> {
  for (let i = 0; i < runs.length; i += 2) {
    for (let frame = runs[i]!; frame < runs[i + 1]!; frame++) yield frame;
  }
}
