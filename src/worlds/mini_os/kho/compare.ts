/**
 * Two ways to keep memory across a kexec beside each other: Linux' handover (KHO) and the module. What
 * can be computed for the module that is here is computed. [linux:kho_reserve_scratch]
 * [linux:kho_fill_kimage]
 */
import type { Machine, QueryShape } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { answer, hex, pages, span } from "../../../routine/mod.ts";
import { moduleOf, type ModuleView } from "../module/mod.ts";
import { PAGE_FREE, RECORD } from "../module/layout.ts";
import { kernelOf } from "../state.ts";
import { bitmapPages, type Block, blocksOf, radixKey, radixPages } from "./preserved.ts";

/** A point of comparison. */
export interface Row {
  readonly point: string;
  readonly kho: string;
  readonly module: string;
}

/** Frames that somebody keeps in the module: the pages with an owner, in runs. */
function keptBlocks({ owners, range }: ModuleView): Block[] {
  const blocks: Block[] = [];
  const first = range.start / PAGE_SIZE;
  for (let i = 0; i < owners.length;) {
    if (owners[i] === PAGE_FREE) {
      i++;
      continue;
    }
    let end = i;
    while (end < owners.length && owners[end] !== PAGE_FREE) end++;
    blocks.push(...blocksOf(first + i, first + end));
    i = end;
  }
  return blocks;
}

export function compareKho(machine: Machine): Row[] {
  const module = moduleOf(machine);
  const blocks = module === undefined ? [] : keptBlocks(module);
  const kept = blocks.reduce((sum, { order }) => sum + 2 ** order, 0);
  return [...placeRows(machine, module), ...formRows(module, blocks, kept), ...lifeRows(module)];
}

function placeRows(machine: Machine, module: ModuleView | undefined): Row[] {
  const kernel = kernelOf(machine);
  const size = module === undefined ? 0 : (module.range.end - module.range.start) / PAGE_SIZE;
  return [
    {
      point: "who reserves",
      kho:
        "the first kernel: scratch areas by kho_scratch=, where the next kernel goes; kept pages lie anywhere else",
      module: module === undefined
        ? "the first kernel built with module pages; there is no module here"
        : `the first kernel: ${pages(size)} at ${span(module.range.start, module.range.end)}`,
    },
    {
      point: "how much",
      kho: "any number of pages, decided when they are kept",
      module: module === undefined
        ? "fixed at the first boot"
        : `${
          pages(module.header.pages)
        } since the first boot; this kernel was built for ${kernel?.modulePages}`,
    },
    {
      point: "growth",
      kho: "needs none",
      module:
        "none in any posted patch; the header is in the last page so that pages below can join",
    },
    {
      point: "where the next kernel goes",
      kho: "only into scratch, so it cannot hit kept pages; EADDRNOTAVAIL if it does not fit",
      module: module === undefined
        ? "its own addresses, from 0 up"
        : `its own addresses, from 0 up: above ${
          hex(module.range.start)
        } it hits the module, and nothing looks`,
    },
    {
      point: "first allocations of the next kernel",
      kho: "only from scratch until the map was read",
      module: "above its start info; modules of the start info are left out",
    },
  ];
}

function formRows(module: ModuleView | undefined, blocks: readonly Block[], kept: number): Row[] {
  const records = module?.records.filter((r) => r.type !== RECORD.none).length ?? 0;
  return [
    {
      point: "how it is found",
      kho: "setup_data of type 10 with the address of a one-page FDT, and of the scratch table",
      module: module === undefined
        ? "first entry of the start info's module list"
        : `first entry of the start info's module list: ${hex(module.range.start)}, ${
          hex(module.range.end - module.range.start)
        } bytes`,
    },
    {
      point: "how it is verified",
      kho: "compatible string of the FDT; no checksum",
      module: 'size in pages, "KexecMem", page count; no version and no checksum',
    },
    {
      point: "if that fails",
      kho: "said in the log; the kernel boots, what was kept is free memory",
      module: "nothing is said; a new module is created if pages are configured",
    },
    {
      point: "what says which pages",
      kho: `bits for aligned blocks: ${blocks.length} blocks in ${
        pages(radixPages(blocks))
      } of tree (kho-v2), ${pages(bitmapPages(blocks))} of bitmaps and lists (kho-v1)`,
      module: `a byte for each page, in the last page: ${kept} of ${
        module?.header.pages ?? 0
      } used`,
    },
    {
      point: "what says whose they are",
      kho: "nobody: each user keeps addresses in its own blob, named in the FDT",
      module: `the record of a page; ${records} record${
        records === 1 ? "" : "s"
      } here, 255 at most`,
    },
    {
      point: "when it is up to date",
      kho: "kho-v1: once finalized, then EBUSY; kho-v2: always",
      module: "always",
    },
  ];
}

function lifeRows(module: ModuleView | undefined): Row[] {
  return [
    {
      point: "loader",
      kho:
        "kexec_file_load alone; a plain kexec_load of the same kernel keeps nothing and says nothing",
      module: "kexec() of the running kernel itself; there is no other",
    },
    {
      point: "who may write meanwhile",
      kho: "nobody: devices are quiesced (LUO freeze), and reboot(2) can fail",
      module: "a backend, at any step, through its grants; callbacks can refuse and are undone",
    },
    {
      point: "why pages may not move",
      kho: "users hold physical addresses, devices too",
      module: "grants name the frame",
    },
    {
      point: "what nobody claims",
      kho: "stays reserved until the next reboot, and is not handed on",
      module: "stays in its record, and is handed on again and again",
    },
    {
      point: "claimed twice",
      kho: "refused: the first claim takes the mark away",
      module: "not noticed",
    },
    {
      point: "chain of kexecs",
      kho: "unlimited: scratch stays, everything is kept anew each time",
      module: module === undefined
        ? "unlimited: the same pages go on"
        : `unlimited: the same ${pages(module.header.pages + 1)} go on`,
    },
    { point: "crash kernel", kho: "not concerned", module: "there is none" },
  ];
}

const BESIDE_KHO: Omit<QueryShape, "pattern"> = {
  summary: "the module beside Linux' kexec handover, point by point",
  answer: (machine) => ({ kind: "text", value: drawn(compareKho(machine)).join("\n") }),
};

export const KHO_QUERIES: readonly QueryShape[] = [
  { pattern: ["compare"], ...BESIDE_KHO },
  { pattern: ["compare", "kho"], ...BESIDE_KHO },
  {
    pattern: ["kho", "blocks"],
    summary:
      "the used pages of the module as the blocks that a KHO preserve call would make of them",
    answer: (machine) => ({
      kind: "list",
      items: blocksHere(machine).map(({ pfn, order }) =>
        answer.range({ start: pfn * PAGE_SIZE, end: (pfn + 2 ** order) * PAGE_SIZE })
      ),
    }),
  },
  {
    pattern: ["kho", "keys"],
    summary: "the keys of these blocks in the radix tree of kho-v2",
    answer: (machine) => ({
      kind: "list",
      items: blocksHere(machine).map((block) => answer.hex(radixKey(block))),
    }),
  },
];

function blocksHere(machine: Machine): Block[] {
  const module = moduleOf(machine);
  return module === undefined ? [] : keptBlocks(module);
}

/** Three lines for a point: its name, then what each of the two does. */
function drawn(rows: readonly Row[]): string[] {
  return rows.flatMap(({ point, kho, module }) => [
    point,
    `  KHO     ${kho}`,
    `  module  ${module}`,
  ]);
}
