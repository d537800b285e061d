/** A page walk told entry by entry, through the tables that are in memory now. */
import {
  type Image,
  imageIn,
  isCanonical,
  type Machine,
  pagingLevels,
  walk,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { address, size, table } from "./format.ts";
import { levelsOf } from "./identity_map.ts";

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

/** Page tables by which an address can be walked. */
export interface Tables {
  /** Of the topmost table, bytes. */
  readonly root: number;
  readonly levels: 4 | 5;
  /** The processor's CR3 is the root. */
  readonly inUse: boolean;
  /** Whose map it is; absent where the tables serve no image. */
  readonly image?: Image;
}

const PG = 1n << 31n;

/**
 * The tables that the first processor uses, then the map of each image. `unmodelled`: the processor
 * uses tables of which memory holds nothing, as the running kernel's own are: what lies where CR3
 * points is then somebody else's, and is not to be walked.
 */
export function tablesOf(
  machine: Machine,
): { readonly tables: readonly Tables[]; readonly unmodelled?: bigint } {
  const [cpu] = machine.processors;
  const tables: Tables[] = [];
  const paging = cpu !== undefined && (cpu.cr0 & PG) !== 0n;
  const used = paging ? Math.floor(Number(cpu.cr3) / PAGE_SIZE) : undefined;
  const images = [...machine.images.values()];
  if (used !== undefined) {
    const image = images.find(({ pageTableRoot }) => pageTableRoot === used);
    if (image !== undefined || machine.owners.get(used)?.kind === "page-table") {
      tables.push({
        root: used * PAGE_SIZE,
        levels: pagingLevels(cpu!),
        inUse: true,
        ...(image === undefined ? {} : { image }),
      });
    }
  }
  const known = tables.length > 0;
  for (const image of images) {
    if (image.pageTableRoot === undefined || (known && image.pageTableRoot === used)) continue;
    const root = image.pageTableRoot * PAGE_SIZE;
    tables.push({ root, levels: levelsOf(machine), inUse: false, image });
  }
  return { tables, ...(paging && !known ? { unmodelled: cpu.cr3 } : {}) };
}

export function renderWalk(machine: Machine, vaddr: bigint): string[] {
  const { tables, unmodelled } = tablesOf(machine);
  const own = unmodelled === undefined ? [] : [
    `The tables that cpu 0 uses, at cr3 ${address(unmodelled)}, are the kernel's own: what is in` +
    " them is not modelled",
  ];
  if (tables.length === 0) {
    return [...own, "There are no page tables in memory yet: load an image first"];
  }
  return [...own, ...tables.flatMap((each) => walked(machine, each, vaddr))];
}

function walked(machine: Machine, tables: Tables, vaddr: bigint): string[] {
  const { root, levels } = tables;
  const found = walk(machine, root, vaddr, "read", { levels, writeProtect: true });
  const rows = found.steps.map(({ level, entryAt, entry }) => [
    LEVELS[level] ?? `level ${level}`,
    `entry at ${address(entryAt)}`,
    address(entry),
  ]);
  return [
    `${address(vaddr)} through the tables of ${whoseTables(machine, tables)}, root ${
      address(root)
    }`,
    ...table(rows, "  "),
    found.ok
      ? `  leads to ${address(found.maddr)} in a page of ${size(found.pageSize)}`
      : `  faults: ${isCanonical(vaddr, levels) ? WHY[found.why] : WHY["non-canonical"]}`,
  ];
}

function whoseTables(machine: Machine, { inUse, image }: Tables): string {
  if (image === undefined) return "cpu 0";
  const slot = (["default", "crash"] as const).find((slot) => imageIn(machine, slot) === image);
  const name = `image ${image.name}${slot === undefined ? "" : ` (${slot})`}`;
  return inUse ? `${name}, which cpu 0 uses` : name;
}
