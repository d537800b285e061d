/**
 * Giving back what an image holds, in the order in which the kernel does it: parked pages, then the
 * list's source and indirection pages, the tables that only lead to the control code, and the
 * control pages last. What lies in the crash region stays the region's, bytes and all.
 * [linux:kimage_free]
 */
import type { Decision, FrameList, Image, Owner } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { pushRun, sortedRuns } from "./control_pages.ts";
import { decodeList } from "../../execution/mod.ts";
import { emit, type Run } from "./steps.ts";

export const CRASH_REGION_OWNER: Owner = { kind: "crash-region", label: "Crash kernel" };

export function* releaseImage(run: Run, id: number): Decision<void> {
  const image = run.machine.images.get(id);
  if (image === undefined) return;
  if (image.slot === "crash") yield* returnToRegion(run, image);
  else yield* freeDefault(run, image);
  yield* emit(run, { kind: "image-released", id });
}

function* freeDefault(run: Run, image: Image): Decision<void> {
  const what = `of image ${image.name}`;
  yield* free(run, sortedRuns(image.parkedFrames ?? []), `parked pages ${what}`);
  yield* free(run, listFrames(run, image), `source and indirection pages ${what}`);
  yield* free(
    run,
    sortedRuns(image.transitionFrames ?? []),
    `page tables to the control code ${what}`,
  );
  const control = [...image.pageTableFrames];
  for (const frame of [image.controlCodeFrame, image.swapFrame]) {
    if (frame !== undefined) control.push(frame, frame + 1);
  }
  yield* free(run, sortedRuns(control), `control pages ${what}`);
}

function* free(run: Run, frames: FrameList, why: string): Decision<void> {
  if (frames.length > 0) yield* emit(run, { kind: "frames-freed", frames, why });
}

/**
 * What a walk through the list in memory finds. The kernel would free whatever the words say; here
 * only pages that are the image's are freed, so a list that was overwritten cannot free others.
 */
function listFrames(run: Run, image: Image): number[] {
  if (image.head === 0n) return [];
  const { sources, indirections } = decodeList(run.machine, image.head);
  const runs: number[] = [];
  for (const frames of [sources, indirections]) {
    for (const frame of frames) pushRun(runs, frame, frame + 1);
  }
  // A load that failed may have taken pages for words that it never came to write.
  runs.push(...image.indirectionFrames);
  return ownedBy(run, image.id, sortedRuns(runs));
}

/** A word that stands in the list twice frees its page once. */
function ownedBy(run: Run, id: number, runs: readonly number[]): number[] {
  const { owners } = run.machine;
  const owned: number[] = [];
  let done = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const start = Math.max(runs[i]!, done);
    const end = runs[i + 1]!;
    if (end <= start) continue;
    done = end;
    // A fragmented machine has very many runs of one page.
    if (end - start === 1) {
      if (owners.get(start)?.image === id) pushRun(owned, start, end);
      continue;
    }
    for (const extent of owners.within(start, end)) {
      if (extent.value.image === id) pushRun(owned, extent.start, extent.end);
    }
  }
  return owned;
}

function* returnToRegion(run: Run, image: Image): Decision<void> {
  const frames: number[] = [...image.pageTableFrames];
  for (const s of image.segments) {
    if (s.destSize > 0) frames.push(s.dest / PAGE_SIZE, (s.dest + s.destSize) / PAGE_SIZE);
  }
  for (const frame of [image.controlCodeFrame, image.vmcoreinfoFrame]) {
    if (frame !== undefined) frames.push(frame, frame + 1);
  }
  const transition = sortedRuns(image.transitionFrames ?? []);
  yield* free(run, transition, `page tables to the control code of image ${image.name}`);
  if (frames.length === 0) return;
  yield* emit(run, {
    kind: "frames-reassigned",
    frames: sortedRuns(frames),
    owner: CRASH_REGION_OWNER,
  });
}
