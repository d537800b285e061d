/** Which pages of the crash region changed since it was read last: by bytes, not by who wrote. */
import { type Content, type Machine, readMemory } from "../machine/mod.ts";
import { type Extent, PAGE_SIZE, type Range } from "../memory/mod.ts";

/** `0x1b001000-0x1b004fff(4)`: runs of pages whose bytes differ. `region` in bytes. */
export function changedPages(before: Machine, after: Machine, region: Range): string[] {
  const hex = (address: number) => `0x${address.toString(16)}`;
  return changedRuns(before, after, region).map(([from, to]) =>
    `${hex(from * PAGE_SIZE)}-${hex(to * PAGE_SIZE - 1)}(${to - from})`
  );
}

type Runs = readonly (readonly [start: number, end: number])[];

/** What was compared last with some memory: several fields of one observation ask for the same. */
const compared = new WeakMap<
  Machine["contents"],
  { readonly before: Machine["contents"]; readonly region: Range; readonly runs: Runs }
>();

/** Frames, half-open, in ascending order. */
export function changedRuns(before: Machine, after: Machine, region: Range): Runs {
  const last = compared.get(after.contents);
  if (
    last?.before === before.contents && last.region.start === region.start &&
    last.region.end === region.end
  ) return last.runs;
  const runs = compareRuns(before, after, region);
  compared.set(after.contents, { before: before.contents, region, runs });
  return runs;
}

function compareRuns(before: Machine, after: Machine, region: Range): Runs {
  const start = Math.floor(region.start / PAGE_SIZE);
  const end = Math.ceil(region.end / PAGE_SIZE);
  const runs: [number, number][] = [];
  for (const cut of commonExtents(before, after, start, end)) {
    if (areAlike(cut.before, cut.after)) continue;
    for (let frame = cut.start; frame < cut.end; frame++) {
      if (sameBytes(before, after, frame)) continue;
      const last = runs.at(-1);
      if (last !== undefined && last[1] === frame) last[1] = frame + 1;
      else runs.push([frame, frame + 1]);
    }
  }
  return runs;
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly before: Extent<Content> | undefined;
  readonly after: Extent<Content> | undefined;
}

/** Pieces within which neither machine changes its extent. */
function* commonExtents(
  before: Machine,
  after: Machine,
  start: number,
  end: number,
): Generator<Cut> {
  let at = start;
  while (at < end) {
    const a = before.contents.extentAt(at);
    const b = after.contents.extentAt(at);
    const stop = Math.min(end, endOf(before, a, at), endOf(after, b, at));
    yield { start: at, end: stop, before: a, after: b };
    at = stop;
  }
}

function endOf(machine: Machine, extent: Extent<Content> | undefined, at: number): number {
  if (extent !== undefined) return extent.end;
  return machine.contents.firstFrom(at)?.start ?? Infinity;
}

/** Alike for certain, without looking at bytes. */
function areAlike(a: Extent<Content> | undefined, b: Extent<Content> | undefined): boolean {
  if (isBlank(a) && isBlank(b)) return true;
  return a !== undefined && b !== undefined && a.value.recipe === b.value.recipe &&
    a.shift === b.shift;
}

function isBlank(extent: Extent<Content> | undefined): boolean {
  if (extent === undefined) return true;
  const { kind } = extent.value.recipe;
  return kind === "zeros" || kind === "unwritten";
}

/** Pages that differ mostly do so at their beginning. */
const BEGINNING = 16;

function sameBytes(before: Machine, after: Machine, frame: number): boolean {
  const alike = (length: number): boolean => {
    const a = readMemory(before, frame * PAGE_SIZE, length);
    const b = readMemory(after, frame * PAGE_SIZE, length);
    return a.every((byte, i) => byte === b[i]);
  };
  return alike(BEGINNING) && alike(PAGE_SIZE);
}
