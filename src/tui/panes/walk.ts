/**
 * The walk of an address through the page tables in memory now: through those that the processor
 * uses, and through the map of each loaded image, entry by entry, to a page or to the fault.
 */
import {
  type Image,
  type Machine,
  ownerOf,
  pagingLevels,
  walk,
  type WalkStep,
} from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { bytes, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { line, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";
import { flagNames } from "./page_decode.ts";
import { section, windowOf } from "./window.ts";

export const walkPane: PaneView = {
  pane: "walk",
  about: ({ session }) => hex(session.view.address),
  draw: (scene, _width, height, scroll) => windowOf(drawWalks(scene), height, scroll),
};

const PG = 1n << 31n;

function drawWalks({ machine, session }: Scene): StyledLine[] {
  const vaddr = BigInt(session.view.address);
  const lines: StyledLine[] = [];
  const [cpu] = machine.processors;
  if (cpu === undefined) return [line("No machine yet.", "dim")];
  const levels = pagingLevels(cpu);
  const walked = (cpu.cr0 & PG) !== 0n &&
    machine.contents.get(Math.floor(Number(cpu.cr3) / PAGE_SIZE)) !== undefined;
  if ((cpu.cr0 & PG) !== 0n && !walked) {
    lines.push(line(`The tables at cr3 ${hex(cpu.cr3)} are the kernel's own:`, "dim"));
    lines.push(line("what is in them is not modelled.", "dim"));
  } else if (walked) {
    const whose = [...machine.images.values()].find((image) => hasRoot(image, cpu.cr3));
    section(
      lines,
      `through cr3 ${hex(cpu.cr3)}${
        whose === undefined ? "" : `, the map of ${whose.name}#${whose.id}`
      }`,
      walkLines(machine, Number(cpu.cr3), vaddr, levels),
    );
  }
  for (const image of machine.images.values()) {
    if (image.pageTableRoot === undefined || (walked && hasRoot(image, cpu.cr3))) continue;
    section(
      lines,
      `through the map of ${image.name}#${image.id}`,
      walkLines(machine, image.pageTableRoot * PAGE_SIZE, vaddr, levelsOf(machine)),
    );
  }
  if (lines.length === 0) {
    lines.push(
      line("Nothing to walk: no processor uses page tables that", "dim"),
      line("are modelled, and no loaded image has a map of its own.", "dim"),
    );
  }
  return lines;
}

function hasRoot({ pageTableRoot }: Image, cr3: bigint): boolean {
  return pageTableRoot !== undefined && pageTableRoot === Math.floor(Number(cr3) / PAGE_SIZE);
}

/** Of the maps that kernels make for images. */
function levelsOf(machine: Machine): 4 | 5 {
  return String(machine.settings.get("cpu.la57") ?? "false") === "true" ? 5 : 4;
}

const NAMES = ["", "PTE", "PDE", "PDPTE", "PML4E", "PML5E"] as const;

function walkLines(machine: Machine, cr3: number, vaddr: bigint, levels: 4 | 5): StyledLine[] {
  const result = walk(machine, cr3, vaddr, "read", { levels, writeProtect: true });
  const lines = result.steps.map((step, i) =>
    stepLine(step, vaddr, !result.ok && i === result.steps.length - 1)
  );
  if (!result.ok) return [...lines, line(`✗ page fault: ${result.why}`, "bad")];
  const owner = ownerOf(machine, Math.floor(result.maddr / PAGE_SIZE));
  return [
    ...lines,
    [
      piece("→ ", "good"),
      piece(hex(result.maddr), "address"),
      piece(` in a page of ${bytes(result.pageSize)}`),
    ],
    [
      piece("  "),
      owner === undefined
        ? piece("no RAM there", "warn")
        : owner === "free"
        ? piece("free memory", "owner-free")
        : piece(owner.label, `owner-${owner.kind}`),
    ],
  ];
}

function stepLine({ level, entryAt, entry }: WalkStep, vaddr: bigint, fails: boolean): StyledLine {
  const index = (vaddr >> BigInt(12 + 9 * (level - 1))) & 511n;
  return [
    piece(`${NAMES[level]!.padEnd(6)}`, fails ? "bad" : "keyword"),
    piece(`[${String(index).padStart(3)}] `, "dim"),
    piece(`${hex(entryAt)} `, "address"),
    piece(hex(entry, 1), fails ? "bad" : "number"),
    piece(` ${flagNames(entry)}`, "dim"),
  ];
}
