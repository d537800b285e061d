/**
 * dom0's pages change frames, or lose them, or another domain takes what is free. Xen asks nobody: it
 * does not know which of a guest's pages an old kexec image lies in.
 */
import {
  type ArgValue,
  type Clause,
  type Decision,
  type FrameList,
  type Owner,
  physicalRuns,
} from "../../../machine/mod.ts";
import { alignUp, PAGE_SIZE } from "../../../memory/mod.ts";
import { allocateFrames, hex, isMadeToFail, pages as pagesText } from "../../../routine/mod.ts";
import { type Check, check, emit, refuse, type Run } from "../steps.ts";
import { sortedRuns } from "../image/runs.ts";
import { DOM0 } from "./settings.ts";
import { FREE_IN_DOM0, freePages } from "./pages.ts";
import { tellTakenFrames } from "./registered.ts";

const RESERVATION = "xen:decrease_reservation";

/** `balloon out SIZE at ADDRESS`, `balloon in SIZE`. */
export function* balloon(run: Run, { args }: Clause): Decision<string> {
  const count = pageCount(args.size);
  return args.direction === "in"
    ? yield* balloonIn(run, count)
    : yield* balloonOut(run, count, args.at);
}

/** With an address, whatever dom0 uses the pages for; else pages that it does not use. */
function* balloonOut(run: Run, count: number, at: ArgValue | undefined): Decision<string> {
  const chosen = typeof at === "bigint" ? pagesAt(run, at, count) : unusedPages(run, count);
  const found = chosen.reduce((sum, r) => sum + r.count, 0);
  const refusal = yield* check(
    run,
    "dom0-lacks-pages",
    RESERVATION,
    found >= count ? undefined : lacks(count, found, "to give"),
  );
  if (refusal !== undefined) return yield* refuse(run, refusal);
  if (count === 0) return "0";
  const what = `dom0 ballooned out ${pagesText(count)}`;
  yield* tellTakenFrames(run, chosen, what);
  const pfns = chosen.sort((a, b) => a.pfn - b.pfn).flatMap((r) => [r.pfn, r.pfn + r.count]);
  yield* emit(run, { kind: "p2m-changed", pfns, mfns: chosen.map(() => undefined), what });
  yield* emit(run, { kind: "frames-freed", frames: framesOf(chosen), why: what });
  return "0";
}

/** Pages without a frame get one again, the lowest first. */
function* balloonIn(run: Run, count: number): Decision<string> {
  const holes = missingPages(run, count);
  const room = holes.reduce((sum, r) => sum + r.end - r.start, 0);
  const refusal = yield* check(
    run,
    "dom0-is-whole",
    "xen:populate_physmap",
    room >= count ? undefined : {
      rule: "dom0-is-whole",
      errno: "EINVAL",
      nature: "arguments",
      message: `dom0 lacks the frames of ${pagesText(room)} only, and not of ${count}`,
      remedy: `\`balloon in\` of ${pagesText(room)} at most`,
      cite: "xen:populate_physmap",
    },
  );
  if (refusal !== undefined) return yield* refuse(run, refusal);
  const what = `dom0 ballooned in ${pagesText(count)}`;
  for (const hole of holes) {
    for (let pfn = hole.start; pfn < hole.end;) {
      const frames = yield* allocateFrames(run, hole.end - pfn, FREE_IN_DOM0);
      if (frames === undefined) return "ENOMEM";
      for (let i = 0; i < frames.length; i += 2) {
        const length = frames[i + 1]! - frames[i]!;
        const pfns = [pfn, pfn + length];
        yield* emit(run, { kind: "p2m-changed", pfns, mfns: [frames[i]!], what });
        pfn += length;
      }
    }
  }
  return "0";
}

/**
 * `exchange SIZE at ADDRESS below LIMIT`: dom0's pages get other frames, which adjoin and lie below a
 * machine address, as a driver wants them for DMA. Their content goes with the frames, not with the
 * pages. [linux-uek:xen_create_contiguous_region]
 */
export function* exchange(run: Run, { args }: Clause): Decision<string> {
  const count = pageCount(args.size);
  const order = Math.max(0, Math.ceil(Math.log2(Math.max(1, count))));
  const limit = typeof args.below === "bigint"
    ? Math.floor(Number(args.below) / PAGE_SIZE)
    : Infinity;
  const old = pagesAt(run, args.at as bigint, count);
  const found = old.reduce((sum, r) => sum + r.count, 0);
  const bad = found >= count && count > 0 ? undefined : lacks(count, found, "at that address");
  const refusal = (yield* check(run, "dom0-lacks-pages", "xen:memory_exchange", bad)) ??
    (yield* findContiguous(run, order, count, limit));
  if (refusal !== undefined && "errno" in refusal) return yield* refuse(run, refusal);
  const first = (refusal as { readonly start: number }).start;
  const what = `dom0 exchanged ${pagesText(count)} for adjoining ones`;
  yield* tellTakenFrames(run, old, what);
  const pfn = Math.floor(Number(args.at as bigint) / PAGE_SIZE);
  const owner = run.machine.owners.get(old[0]!.frame) ?? FREE_IN_DOM0;
  const frames = [first, first + count];
  yield* emit(run, { kind: "frames-allocated", frames, owner, cursor: first + count });
  yield* emit(run, { kind: "p2m-changed", pfns: [pfn, pfn + count], mfns: [first], what });
  yield* emit(run, { kind: "frames-freed", frames: framesOf(old), why: what });
  return "0";
}

/** The lowest free block that will do. */
function* findContiguous(
  run: Run,
  order: number,
  count: number,
  limit: number,
): Decision<Check | { readonly start: number }> {
  if (!isMadeToFail(run)) {
    for (const extent of run.machine.free.from()) {
      if (extent.start >= limit) break;
      const start = alignUp(extent.start, 2 ** order);
      if (start + count <= Math.min(extent.end, limit)) return { start };
    }
  }
  return yield* check(run, "no-adjoining-frames", "xen:memory_exchange", {
    rule: "no-adjoining-frames",
    errno: "ENOMEM",
    nature: "resources",
    message: `Xen has no ${pagesText(count)} that adjoin${
      limit === Infinity ? "" : ` below ${hex(limit * PAGE_SIZE)}`
    }`,
    remedy: "Fewer pages, or a higher limit",
    cite: "xen:memory_exchange",
  });
}

/** `domain NAME memory SIZE`: its builder takes free frames and writes them. */
export function* createDomain(run: Run, { args }: Clause): Decision<string> {
  const name = String(args.name);
  const owner: Owner = { kind: "guest", label: `memory of domain ${name}` };
  const seed = [...name].reduce((sum, c) => sum * 31n + BigInt(c.charCodeAt(0)), 7n);
  let left = pageCount(args.memory);
  const taken: number[] = [];
  while (left > 0) {
    const frames = yield* allocateFrames(run, left, owner);
    if (frames === undefined) {
      if (taken.length > 0) {
        yield* emit(run, {
          kind: "frames-freed",
          frames: sortedRuns(taken),
          why: `no domain ${name}`,
        });
      }
      return yield* refuse(run, {
        rule: "no-memory-for-domain",
        errno: "ENOMEM",
        nature: "resources",
        message: `Xen's heap lacks ${pagesText(left)} for domain ${name}`,
        remedy: "Balloon dom0 down first",
        cite: "xen:populate_physmap",
      });
    }
    const shifts = Array.from({ length: frames.length / 2 }, () => 0);
    const recipe = { kind: "pattern", seed } as const;
    yield* emit(run, { kind: "frames-written", frames, recipe, shifts, what: owner.label });
    taken.push(...frames);
    for (let i = 0; i < frames.length; i += 2) left -= frames[i + 1]! - frames[i]!;
  }
  return "0";
}

interface Piece {
  readonly pfn: number;
  readonly frame: number;
  readonly count: number;
}

/** Pages of a size that a script chose, bounded by what no guest can have. */
function pageCount(size: ArgValue | undefined): number {
  const wanted = typeof size === "bigint" ? (size + 4095n) / 4096n : 0n;
  return Number(wanted < 1n << 40n ? wanted : 1n << 40n);
}

function pagesAt(run: Run, at: bigint, count: number): Piece[] {
  const pfn = at < 1n << 52n ? Math.floor(Number(at) / PAGE_SIZE) : 2 ** 40;
  return [...physicalRuns(run.machine.p2m, pfn, pfn + count)];
}

/** The highest that dom0 does not use. */
function unusedPages(run: Run, count: number): Piece[] {
  const chosen: Piece[] = [];
  let left = count;
  for (const piece of [...freePages(run.machine)].reverse()) {
    if (left === 0) break;
    const take = Math.min(left, piece.count);
    const skipped = piece.count - take;
    chosen.unshift({ pfn: piece.pfn + skipped, frame: piece.frame + skipped, count: take });
    left -= take;
  }
  return chosen;
}

/** Runs of pages without a frame, below the highest that has one or had one. */
function missingPages(run: Run, count: number): { start: number; end: number }[] {
  const holes: { start: number; end: number }[] = [];
  const { settings } = run.machine;
  const size = settings.get(DOM0.pages);
  const top = typeof size === "bigint" ? Number(size) : 0;
  let at = 0;
  let left = count;
  const add = (start: number, end: number) => {
    const stop = Math.min(end, start + left);
    if (stop > start) holes.push({ start, end: stop });
    left -= Math.max(0, stop - start);
  };
  for (const e of run.machine.p2m.toMachine.from()) {
    add(at, e.start);
    at = e.end;
  }
  add(at, top);
  return holes;
}

function lacks(count: number, found: number, where: string): NonNullable<Check> {
  return {
    rule: "dom0-lacks-pages",
    errno: "EINVAL",
    nature: "arguments",
    message: `dom0 has ${pagesText(found)} ${where}, and not ${count}`,
    remedy: `At most ${pagesText(found)}`,
    cite: RESERVATION,
  };
}

function framesOf(pieces: readonly Piece[]): FrameList {
  return sortedRuns(pieces.flatMap((r) => [r.frame, r.frame + r.count]));
}
