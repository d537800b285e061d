/**
 * The walk of an address through the page tables in memory now: through those that the processor
 * uses, and through the map of each loaded image, entry by entry, to a page or to the fault.
 */
import { type Machine, ownerOf, walk, type WalkStep } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { tablesOf } from "../../views/mod.ts";
import { bytes, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { line, piece, type StyledLine } from "../styled.ts";
import { noMachine } from "./no_machine.ts";
import type { PaneView } from "./pane.ts";
import { flagNames } from "./page_decode.ts";
import { section, windowOf } from "./window.ts";

export const walkPane: PaneView = {
  pane: "walk",
  about: ({ session }) => hex(session.view.address),
  draw: (scene, width, height, scroll) => windowOf(drawWalks(scene, width), height, scroll),
};

function drawWalks(scene: Scene, width: number): StyledLine[] {
  const { machine, session } = scene;
  const vaddr = BigInt(session.view.address);
  const lines: StyledLine[] = [];
  if (machine.processors.length === 0) return noMachine(scene, width);
  const { tables, unmodelled } = tablesOf(machine);
  if (unmodelled !== undefined) {
    lines.push(line(`cr3 ${hex(unmodelled)}: the kernel's own tables,`, "dim"));
    lines.push(line("which are not modelled.", "dim"));
  }
  for (const { root, levels, inUse, image } of tables) {
    const map = image === undefined ? "" : `the map of ${image.name}#${image.id}`;
    const used = inUse ? `cr3 ${hex(root)}` : "";
    section(
      lines,
      `through ${[used, map].filter((words) => words !== "").join(", ")}`,
      walkLines(machine, root, vaddr, levels),
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
