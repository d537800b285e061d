/** What a resource tree says about firmware regions, the kernel's image and the crash region. */
import {
  type FirmwareRegion,
  isEmpty,
  type Range,
  type RegionType,
  type Resource,
} from "../memory/mod.ts";

/** Names of resources that come from the firmware map, in lower case. [linux:e820_type_to_string] */
const TYPES: ReadonlyMap<string, RegionType> = new Map([
  ["system ram", "usable"],
  ["reserved", "reserved"],
  ["acpi tables", "acpi-data"],
  ["acpi non-volatile storage", "acpi-nvs"],
  ["unusable memory", "unusable"],
  ["persistent memory", "persistent"],
  ["persistent memory (legacy)", "persistent"],
  ["soft reserved", "soft-reserved"],
  ["unknown e820 type", "other"],
]);

/**
 * RAM that a driver added, such as `System RAM (kmem)`, is RAM too; its label tells it apart, for
 * kexec must leave it alone.
 */
function typeOf(name: string): RegionType | undefined {
  const lower = name.toLowerCase();
  return TYPES.get(lower) ?? (lower.startsWith("system ram (") ? "usable" : undefined);
}

interface Piece extends FirmwareRegion {
  /** Pieces of one resource that touch are joined again; those of two resources are not. */
  readonly of: Resource;
}

/**
 * The firmware map behind a resource tree: sorted, without overlaps. A reserved range nested in RAM
 * is cut out of it and kept as its own region; the kernel, the crash region and devices belong to
 * what they are nested in; devices outside of any region are none.
 */
export function firmwareMapOfIomem(resources: readonly Resource[]): FirmwareRegion[] {
  const pieces: Piece[] = [];
  let covered = 0;
  const emit = (start: number, end: number, owner: Owner): void => {
    const range = { start: Math.max(start, covered), end };
    if (isEmpty(range)) return;
    covered = end;
    const last = pieces[pieces.length - 1];
    if (last !== undefined && last.of === owner.of && last.range.end === range.start) {
      pieces[pieces.length - 1] = { ...last, range: { start: last.range.start, end } };
    } else pieces.push({ range, type: owner.type, label: owner.of.name, of: owner.of });
  };
  walk(resources, emit);
  return pieces.map(({ range, type, label }) => ({ range, type, label }));
}

interface Owner {
  readonly of: Resource;
  readonly type: RegionType;
}

/** One level that is being walked: the children left, and where the parent's own part goes on. */
interface Level {
  readonly children: readonly Resource[];
  readonly owner?: Owner;
  readonly end: number;
  next: number;
  at: number;
}

/**
 * Goes through the tree in order of address and gives each stretch to the innermost region around
 * it. An explicit stack instead of recursion: pasted trees may be of any depth.
 */
function walk(
  resources: readonly Resource[],
  emit: (start: number, end: number, owner: Owner) => void,
): void {
  const level = (children: readonly Resource[], at: number, end: number, owner?: Owner): Level => ({
    children: [...children].sort((a, b) => a.range.start - b.range.start),
    end,
    next: 0,
    at,
    ...(owner === undefined ? {} : { owner }),
  });
  const stack: Level[] = [level(resources, 0, Infinity)];
  for (let top = stack[0]; top !== undefined; top = stack[stack.length - 1]) {
    const child = top.children[top.next++];
    if (child === undefined) {
      if (top.owner !== undefined) emit(top.at, top.end, top.owner);
      stack.pop();
      continue;
    }
    if (top.owner !== undefined) emit(top.at, child.range.start, top.owner);
    top.at = Math.max(top.at, child.range.end);
    const type = typeOf(child.name);
    const owner = type === undefined ? top.owner : { of: child, type };
    stack.push(level(child.children, child.range.start, child.range.end, owner));
  }
}

/** Where the running kernel lies, in bytes. A part that the tree does not show is absent. */
export interface KernelRanges {
  readonly code?: Range;
  readonly rodata?: Range;
  readonly data?: Range;
  readonly bss?: Range;
}

export function kernelRangesOfIomem(resources: readonly Resource[]): KernelRanges {
  const part = (name: string) => named(resources, (n) => n === name)[0];
  const parts = {
    code: part("kernel code"),
    rodata: part("kernel rodata"),
    data: part("kernel data"),
    bss: part("kernel bss"),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, range]) => range !== undefined));
}

/** The crash regions in bytes, the low one first. Newer arm64 says `Crash kernel (low)`. */
export function crashRangesOfIomem(resources: readonly Resource[]): Range[] {
  return named(resources, (name) => name === "crash kernel" || name === "crash kernel (low)")
    .sort((a, b) => a.start - b.start);
}

function named(resources: readonly Resource[], wanted: (name: string) => boolean): Range[] {
  const found: Range[] = [];
  const work = [...resources].reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (wanted(next.name.toLowerCase())) found.push(next.range);
    for (let i = next.children.length - 1; i >= 0; i--) work.push(next.children[i]);
  }
  return found;
}
