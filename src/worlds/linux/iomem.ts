/** `/proc/iomem` of the running kernel, as root sees it. [linux:e820__reserve_resources] */
import type { Machine } from "../../machine/mod.ts";
import {
  contains,
  isEmpty,
  overlaps,
  type Range,
  type RegionType,
  type Resource,
  subtract,
} from "../../memory/mod.ts";
import { crashLowRegion, crashRegion } from "./kernel.ts";

const NAMES: Readonly<Record<RegionType, string>> = {
  usable: "System RAM",
  reserved: "Reserved",
  "acpi-data": "ACPI Tables",
  "acpi-nvs": "ACPI Non-volatile Storage",
  unusable: "Unusable memory",
  persistent: "Persistent Memory",
  "soft-reserved": "Soft Reserved",
  other: "Unknown E820 type",
};

/** Levels below the root that are printed. [linux:MAX_IORES_LEVEL] */
const DEEPEST = 8;

export function iomemText(machine: Machine): string {
  return iomemLines(machine).map((line) => `${line}\n`).join("");
}

export function iomemLines(machine: Machine): string[] {
  const lines: string[] = [];
  const print = (resources: readonly Resource[], depth: number): void => {
    for (const { range, name, children } of resources) {
      const first = range.start.toString(16).padStart(8, "0");
      const last = (range.end - 1).toString(16).padStart(8, "0");
      lines.push(`${"  ".repeat(depth)}${first}-${last} : ${name}`);
      if (depth < DEEPEST) print(children, depth + 1);
    }
  };
  print(iomemTree(machine), 0);
  return lines;
}

/**
 * The tree: what the machine was described with where it was described that way, else what the
 * kernel makes of the firmware map; with the kernel and the crash regions as they are now.
 */
export function iomemTree(machine: Machine): Resource[] {
  const base = machine.resources.length > 0
    ? withoutCrash(machine.resources)
    : fromFirmware(machine);
  const inserted: Resource[] = [];
  const add = (range: Range | undefined, name: string) => {
    if (range !== undefined && !isEmpty(range)) inserted.push({ range, name, children: [] });
  };
  add(crashLowRegion(machine), "Crash kernel");
  add(crashRegion(machine), "Crash kernel");
  for (const [name, range] of machine.reservations) {
    if (name.startsWith("System RAM")) add(range, "System RAM");
    if (/^Kernel /.test(name) && machine.resources.length === 0) add(range, name);
  }
  return inserted.reduce((tree, one) => insert(tree, one), [...base]);
}

function withoutCrash(resources: readonly Resource[]): Resource[] {
  return resources.filter((r) => r.name !== "Crash kernel")
    .map((r) => ({ ...r, children: withoutCrash(r.children) }));
}

/** The first page is never RAM: the BIOS keeps its data there. [linux:trim_bios_range] */
function fromFirmware(machine: Machine): Resource[] {
  const bios = [{ start: 0, end: 0x1000 }];
  const tree: Resource[] = [];
  for (const { range, type } of machine.firmware) {
    if (type !== "usable") tree.push({ range, name: NAMES[type], children: [] });
    else {
      for (const piece of subtract(range, bios)) {
        tree.push({ range: piece, name: NAMES.usable, children: [] });
      }
    }
  }
  if (tree.every((r) => !overlaps(r.range, bios[0]!))) {
    tree.push({ range: bios[0]!, name: NAMES.reserved, children: [] });
  }
  return tree.sort((a, b) => a.range.start - b.range.start);
}

/** Puts a resource into the smallest one that contains it, or beside those it contains. */
function insert(tree: readonly Resource[], one: Resource): Resource[] {
  const parent = tree.find((r) =>
    contains(r.range, one.range) &&
    !(r.range.start === one.range.start && r.range.end === one.range.end)
  );
  if (parent !== undefined) {
    const children = insert(parent.children, one);
    return tree.map((r) => r === parent ? { ...r, children } : r);
  }
  const inside = tree.filter((r) => contains(one.range, r.range));
  const beside = tree.filter((r) => !contains(one.range, r.range));
  return [...beside, { ...one, children: [...one.children, ...inside] }]
    .sort((a, b) => a.range.start - b.range.start);
}
