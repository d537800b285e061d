/** Flat lists of frames: start, end, start, end, … */

/** Appends `[start, end)` and joins it with the run before it. */
export function pushRun(frames: number[], start: number, end: number): void {
  if (frames[frames.length - 1] === start) frames[frames.length - 1] = end;
  else frames.push(start, end);
}

/** Single frames, ascending, as runs. */
export function runsOf(frames: readonly number[]): number[] {
  const runs: number[] = [];
  for (const frame of frames) pushRun(runs, frame, frame + 1);
  return runs;
}

/** A flat list in ascending order, runs that touch joined. */
export function sortedRuns(frames: readonly number[]): number[] {
  const order: number[] = [];
  for (let i = 0; i < frames.length; i += 2) order.push(i);
  order.sort((a, b) => frames[a]! - frames[b]!);
  const sorted: number[] = [];
  for (const i of order) pushRun(sorted, frames[i]!, frames[i + 1]!);
  return sorted;
}
