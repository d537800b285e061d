/** A page walk told entry by entry, through the tables that are in memory now. */
import { imageIn, isCanonical, type Machine, pagingLevels, walk } from "../machine/mod.ts";
import { address, size, table } from "./format.ts";

const LEVELS: Readonly<Record<number, string>> = {
  5: "PML5",
  4: "PML4",
  3: "PDPT",
  2: "PD",
  1: "PT",
};

const WHY = {
  "non-canonical": "the address is not canonical",
  "not-present": "the entry is not present",
  "read-only": "the page is read-only",
  "no-execute": "the page may not be executed",
} as const;

/** Whose tables are walked: those of the processor if it has any, else those that an image brings. */
function rootOf(machine: Machine): { root: number; whose: string } | undefined {
  const cr3 = Number(machine.processors[0]?.cr3 ?? 0n);
  if (cr3 !== 0 && machine.contents.get(Math.floor(cr3 / 4096)) !== undefined) {
    return { root: cr3, whose: "cpu 0" };
  }
  for (const slot of ["default", "crash"] as const) {
    const image = imageIn(machine, slot);
    if (image?.pageTableRoot === undefined) continue;
    return { root: image.pageTableRoot * 4096, whose: `image ${image.name} (${slot})` };
  }
  return undefined;
}

export function renderWalk(machine: Machine, vaddr: bigint): string[] {
  const tables = rootOf(machine);
  if (tables === undefined) return ["There are no page tables in memory yet: load an image first"];
  const cpu = machine.processors[0];
  const levels = cpu === undefined ? 4 : pagingLevels(cpu);
  const found = walk(machine, tables.root, vaddr, "read", { levels, writeProtect: true });
  const rows = found.steps.map(({ level, entryAt, entry }) => [
    LEVELS[level] ?? `level ${level}`,
    `entry at ${address(entryAt)}`,
    address(entry),
  ]);
  return [
    `${address(vaddr)} through the tables of ${tables.whose}, root ${address(tables.root)}`,
    ...table(rows, "  "),
    found.ok
      ? `  leads to ${address(found.maddr)} in a page of ${size(found.pageSize)}`
      : `  faults: ${isCanonical(vaddr, levels) ? WHY[found.why] : WHY["non-canonical"]}`,
  ];
}
