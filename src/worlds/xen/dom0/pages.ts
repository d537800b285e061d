/**
 * dom0's own page allocator, as far as kexec can see it: it chooses among dom0's pages by their own
 * numbers, and knows machine frames only through the p2m.
 */
import {
  type Decision,
  frameOfPfn,
  type Machine,
  type Owner,
  pfnOfFrame,
  physicalRuns,
} from "../../../machine/mod.ts";
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

/** Where pages must lie: below a frame, in runs of so many that start at a multiple of it. */
export interface PageWish {
  /** Machine frames from here on will not do. */
  readonly belowFrame?: number;
  /** Frames that must lie in none of what it says; for a source page, another page's destination. */
  readonly avoid?: (frame: number) => boolean;
}

/**
 * Takes `count` pages for `owner`: frames, by pfn. Undefined, and nothing taken, if dom0 has not as
 * many.
 */
export function* takePages(
  run: Run,
  count: number,
  owner: Owner,
  wish: PageWish = {},
): Decision<number[] | undefined> {
  const frames: number[] = [];
  for (const piece of freePages(run.machine)) {
    for (let i = 0; i < piece.count && frames.length < count; i++) {
      const frame = piece.frame + i;
      if (frame >= (wish.belowFrame ?? Infinity)) break;
      if (wish.avoid?.(frame) !== true) frames.push(frame);
    }
    if (frames.length === count) break;
  }
  if (run.context.allocationFails(run.allocations++) || frames.length < count) {
    const why = `dom0 has no memory for ${owner.label}`;
    yield* emit(run, { kind: "allocation-failed", order: 0, why });
    return undefined;
  }
  yield* emit(run, { kind: "frames-reassigned", frames: runsOf(frames), owner });
  return frames;
}

/** Gives pages back to dom0; those that it no longer has are left alone. */
export function* givePages(run: Run, frames: readonly number[]): Decision<void> {
  const own = frames.filter((frame) => isDom0Frame(run.machine, frame));
  if (own.length === 0) return;
  yield* emit(run, { kind: "frames-reassigned", frames: runsOf(own), owner: FREE_IN_DOM0 });
}

/** Single frames as ascending runs: start, end, start, end, … */
export function runsOf(frames: readonly number[]): number[] {
  const runs: number[] = [];
  for (const frame of [...frames].sort((a, b) => a - b)) {
    if (runs[runs.length - 1] === frame) runs[runs.length - 1] = frame + 1;
    else runs.push(frame, frame + 1);
  }
  return runs;
}

/** The frame of a pfn that must have one: dom0's own pages in use do. */
export function frameOf(machine: Machine, pfn: number): number {
  const frame = frameOfPfn(machine.p2m, pfn);
  if (frame === undefined) throw new Error(`pfn ${pfn} of dom0 has no frame`);
  return frame;
}
