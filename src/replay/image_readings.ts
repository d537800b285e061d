/** How the model's side of an image field is read: as a value, or as an invariant that must hold. */
import { type Image, isRam, type Machine, type Slot, type World } from "../machine/mod.ts";
import { has, PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer, listAnswer, rangeAnswer } from "./ask.ts";
import { integerOf, isObjects, type JsonValue } from "./format.ts";

export interface Seen {
  readonly world: World;
  readonly machine: Machine;
  readonly slot: Slot;
  readonly image: Image;
}

/** What the model has for a field, as the recording would write it; or that an invariant is broken. */
export type Reading = { readonly value: JsonValue } | { readonly broken: string } | {
  readonly holds: true;
};

export const HOLDS: Reading = { holds: true };

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

export function framesIn(flat: readonly number[]): number[] {
  const frames: number[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    for (let frame = flat[i]!; frame < flat[i + 1]!; frame++) frames.push(frame);
  }
  return frames;
}

export function allTables({ image }: Seen): number[] {
  return [...framesIn(image.pageTableFrames), ...framesIn(image.transitionFrames ?? [])];
}

/** `0x1b001000..0x1b003000(+3)`: the first and the last page, and a step. */
export function expandRuns(value: JsonValue): number[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((run) => {
    const m = /^0x([0-9a-f]+)(?:\.\.0x([0-9a-f]+)\((-?)\+?(\d+)\))?$/.exec(String(run));
    if (m === null) return [];
    const first = parseInt(m[1]!, 16) / PAGE_SIZE;
    const step = m[3] === "-" ? -1 : 1;
    return Array.from({ length: Number(m[4] ?? 1) }, (_, i) => first + i * step);
  });
}

export function tablesInRegion(seen: Seen, recorded: JsonValue): Reading {
  const region = rangeAnswer(ask(seen.world, seen.machine, "crash region"));
  if (region === undefined) return { broken: "no crash region" };
  const frames = { start: Number(region.start) / PAGE_SIZE, end: Number(region.end) / PAGE_SIZE };
  const inside = (list: number[]) =>
    list.filter((f) => has(frames, f)).sort((a, b) => a - b).join();
  const modelled = allTables(seen);
  return inside(modelled) === inside(expandRuns(recorded))
    ? HOLDS
    : { broken: modelled.map((f) => hex(BigInt(f * PAGE_SIZE))).join(" ") };
}

function isDestination(image: Image, address: number): boolean {
  return image.segments.some((s) => address >= s.dest && address < s.dest + s.destSize);
}

export function outsideDestinations(seen: Seen, address: bigint | undefined): Reading {
  if (address === undefined) return { broken: "none" };
  return pagesOutsideDestinations(seen, [address]);
}

export function pagesOutsideDestinations(
  { machine, image }: Seen,
  addresses: readonly (bigint | undefined)[],
): Reading {
  for (const address of addresses) {
    if (address === undefined) return { broken: "none" };
    if (!isRam(machine, Number(address) / PAGE_SIZE)) {
      return { broken: `${hex(address)} is no RAM` };
    }
    if (isDestination(image, Number(address))) {
      return { broken: `${hex(address)} is a destination` };
    }
  }
  return HOLDS;
}

export function headLeads(seen: Seen): Reading {
  const [first] = listAnswer(
    ask(seen.world, seen.machine, "indirection pages of", { slot: seen.slot }),
  );
  const address = first === undefined ? undefined : integerAnswer(first);
  return address !== undefined && seen.image.head === (address | 2n)
    ? HOLDS
    : { broken: hex(seen.image.head) };
}

/** The list's one promise: whatever is copied first, nothing that is still needed is overwritten. */
export function sourcesAreSafe({ world, machine, slot }: Seen): Reading {
  const [misplaced] = listAnswer(ask(world, machine, "misplaced sources of", { slot })).map(
    integerAnswer,
  );
  return misplaced === undefined
    ? HOLDS
    : { broken: `source ${hex(misplaced)} is the destination of another page` };
}

export function destinationsLike({ world, machine, slot }: Seen): JsonValue {
  return listAnswer(ask(world, machine, "destinations of", { slot })).map((entry) => {
    const [dest, first] = listAnswer(entry).map(integerAnswer);
    return { dest: hex(dest ?? 0n), first_source_index: Number(first ?? 0n) };
  });
}

const PAGE_NAMES: ReadonlyMap<bigint, string> = new Map([
  [0x1000n, "4K"],
  [0x200000n, "2M"],
  [0x40000000n, "1G"],
]);

/** In the upper half is the control code, where this build has it. */
export function mappingsLike(seen: Seen, recorded: JsonValue): Reading {
  const { world, machine, slot } = seen;
  const upper = 1n << 63n;
  const modelled = listAnswer(ask(world, machine, "mappings of", { slot })).map((entry) => {
    const [start, end, maddr, size, flags] = listAnswer(entry).map((a) => integerAnswer(a) ?? 0n);
    const own = start! >= upper;
    const code = rangeAnswer(ask(world, machine, "control block of", { slot }))!;
    const expected = own && maddr === code.end - BigInt(PAGE_SIZE);
    return {
      va: own ? "control code" : `${hex(start!)}-${hex(end! - 1n)}`,
      pa: own && slot === "default" && expected ? "control code" : hex(maddr!),
      page: PAGE_NAMES.get(size!) ?? hex(size!),
      flags: hex(flags!),
    };
  });
  if (!isObjects(recorded)) return { broken: "the recording has no list of mappings" };
  const wanted = recorded.map((m) => {
    const start = integerOf(String(m.va).split("-")[0]);
    const own = start !== undefined && start >= upper;
    return {
      va: own ? "control code" : m.va,
      pa: own && slot === "default" ? "control code" : m.pa,
      page: m.page,
      flags: m.flags,
    };
  });
  const shown = JSON.stringify(modelled);
  return shown === JSON.stringify(wanted) ? HOLDS : { broken: shown };
}
