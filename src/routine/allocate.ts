/**
 * The only place where a kexec routine asks the page allocator for memory, so that every request
 * can be made to fail. Each call counts as one allocation, however many pages it is for.
 */
import {
  type Decision,
  type FrameList,
  type Machine,
  nextFree,
  nextFreeFrames,
  type Owner,
} from "../machine/mod.ts";
import { emit, type Run } from "./steps.ts";

/**
 * Up to `count` single frames; fewer if memory ends before that. Undefined if there are none, or the
 * request was made to fail. `below` is a frame that none may reach.
 */
export function* allocateFrames(
  run: Run,
  count: number,
  owner: Owner,
  below = Infinity,
): Decision<FrameList | undefined> {
  const found = isMadeToFail(run) ? undefined : nextFreeFrames(lowPart(run.machine, below), count);
  if (found === undefined) return yield* failed(run, 0, owner);
  const { frames, cursor } = found;
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor });
  return frames;
}

/** The machine as an allocator sees it that may not go higher. */
function lowPart(machine: Machine, below: number): Machine {
  const end = machine.ram.at(-1)?.end ?? 0;
  return end <= below ? machine : { ...machine, free: machine.free.delete(below, end) };
}

/** Whole blocks of `2^order` frames, as many as `atMost` frames hold or as adjoin each other. */
export function* allocateBlocks(
  run: Run,
  order: number,
  atMost: number,
  owner: Owner,
): Decision<FrameList | undefined> {
  const found = isMadeToFail(run) ? undefined : nextFree(run.machine, order, atMost);
  if (found === undefined) return yield* failed(run, order, owner);
  const { start, end, cursor } = found;
  const frames = [start, end];
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor });
  return frames;
}

/** Asked once for each allocation, in the order in which a routine makes them. */
export function isMadeToFail(run: Run): boolean {
  return run.context.allocationFails(run.allocations++);
}

export function* failed(run: Run, order: number, owner: Owner): Decision<undefined> {
  const why = `no memory for ${owner.label}`;
  yield* emit(run, { kind: "allocation-failed", order, why });
  return undefined;
}
