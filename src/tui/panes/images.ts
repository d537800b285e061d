/** What is loaded: the slots, each image's segments, its helper pages, its list. */
import type { Image, Machine, Segment, Slot } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { keepsImages } from "../../session/mod.ts";
import { bytes, count, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { type Class, EMPTY_LINE, line, padLeft, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";
import { windowOf } from "./window.ts";

export const imagesPane: PaneView = {
  pane: "images",
  draw: (scene, _width, height, scroll) => windowOf(drawImages(scene), height, scroll),
};

const SLOTS: readonly Slot[] = ["default", "crash"];

function drawImages({ session, machine, before }: Scene): StyledLine[] {
  if (!keepsImages(session, machine)) {
    return [
      line("This system keeps no image: a kexec takes one", "dim"),
      line("and starts it. Alt-9 shows what it prepares.", "dim"),
    ];
  }
  const lines: StyledLine[] = [];
  const shown = new Set<number>();
  for (const slot of SLOTS) {
    if (lines.length > 0) lines.push(EMPTY_LINE);
    const id = machine.slots[slot];
    const as: Class = id === before.slots[slot] ? "plain" : "changed";
    const image = id === undefined ? undefined : machine.images.get(id);
    if (image === undefined) {
      lines.push([
        piece(`${slot.padEnd(8)} `, "title"),
        piece("empty", as === "plain" ? "dim" : as),
      ]);
      continue;
    }
    shown.add(image.id);
    lines.push([
      piece(`${slot.padEnd(8)} `, "title"),
      piece(`${image.name}#${image.id}`, as === "plain" ? "strong" : as),
      piece(`  entry ${hex(image.entryPoint)}`, "address"),
    ], ...imageLines(machine, image));
  }
  for (const image of machine.images.values()) {
    if (shown.has(image.id)) continue;
    lines.push(EMPTY_LINE, [
      piece(image.complete ? "kept     " : "loading  ", "title"),
      piece(`${image.name}#${image.id}`, before.images.has(image.id) ? "strong" : "changed"),
      piece(`  for the ${image.slot} slot`, "dim"),
    ], ...imageLines(machine, image));
  }
  return lines;
}

function imageLines(machine: Machine, image: Image): StyledLine[] {
  const flags = [
    image.preserveContext ? "preserve" : "",
    image.fileMode ? "loaded from files" : "",
    image.complete ? "" : "not complete",
    image.jumps === undefined ? "" : `ran ${image.jumps}×`,
  ].filter((flag) => flag !== "");
  const lines: StyledLine[] = flags.length === 0 ? [] : [line(`  ${flags.join(", ")}`, "note")];
  const names = Math.max(4, ...image.segments.map(({ name }) => name.length));
  lines.push(...image.segments.map((segment) => segmentLine(segment, names)));
  return [...lines, ...helperLines(machine, image)];
}

function segmentLine(
  { name, dest, destSize, sourceSize, buffer, mapOnly = false }: Segment,
  names: number,
): StyledLine {
  return [
    piece(`  ${name.padEnd(names)} `, "owner-segment"),
    piece(`${hex(dest, 8)} `, "address"),
    piece(padLeft(bytes(destSize), 7), "number"),
    piece(`  ${mapOnly ? "only mapped" : buffer.label}`),
    piece(!mapOnly && sourceSize < destSize ? `, zeros from ${bytes(sourceSize)}` : "", "dim"),
  ];
}

function helperLines(machine: Machine, image: Image): StyledLine[] {
  const lines: StyledLine[] = [];
  const page = (frame: number | undefined, name: string, as: Class): void => {
    if (frame === undefined) return;
    // A helper page that somebody else has taken since is what goes wrong at the jump.
    const owner = machine.owners.get(frame);
    const lost = owner?.image !== image.id;
    lines.push([
      piece(`  ${name.padEnd(14)}`, as),
      piece(hex(frame * PAGE_SIZE, 8), "address"),
      piece(lost ? `  now ${owner?.label ?? "free"}` : "", "bad"),
    ]);
  };
  page(image.controlCodeFrame, "control code", "owner-control-code");
  page(image.swapFrame, "swap page", "owner-swap");
  page(image.vmcoreinfoFrame, "vmcoreinfo", "owner-vmcoreinfo");
  page(image.pageTableRoot, "page tables", "owner-page-table");
  if (image.listWords > 0) {
    lines.push([
      piece("  list          ", "owner-indirection"),
      piece(hex(image.head), "address"),
      piece(`  ${count(image.listWords)} words, ${count(image.sourcePages)} source pages`, "dim"),
    ]);
  }
  return lines;
}
