/** One page: whose it is, who wrote it and when, what it means, and its bytes. */
import { describeRecipe, type Machine, ownerOf, readMemory } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { OWNER_MARKS } from "../../views/mod.ts";
import { hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { joined, line, type OwnerMark, type Piece, piece, type StyledLine } from "../styled.ts";
import { decodePage } from "./page_decode.ts";
import type { PaneView } from "./pane.ts";
import { windowOf } from "./window.ts";

export const pagePane: PaneView = {
  pane: "page",
  about: ({ session }) => hex(Math.floor(session.view.address / PAGE_SIZE) * PAGE_SIZE),
  draw: (scene, width, height, scroll) => windowOf(drawPage(scene, width), height, scroll),
};

function drawPage(scene: Scene, width: number): StyledLine[] {
  const { machine, before, session } = scene;
  const frame = Math.floor(session.view.address / PAGE_SIZE);
  const content = machine.contents.get(frame);
  const lines = [ownerLine(machine, frame), ...contentLines(scene, frame)];
  if (content === undefined) return lines;
  const owner = ownerOf(machine, frame);
  const kind = owner === undefined || owner === "free" ? undefined : owner.kind;
  const bytes = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
  const old = before.contents.get(frame) === content
    ? bytes
    : readMemory(before, frame * PAGE_SIZE, PAGE_SIZE);
  const meaning = decodePage(bytes, kind);
  return [
    ...lines,
    ...(meaning.length > 0 ? [line(""), ...meaning] : []),
    line(""),
    line("bytes", "title"),
    ...dump(bytes, old, width >= 72 ? 16 : 8),
  ];
}

function ownerLine(machine: Machine, frame: number): StyledLine {
  const owner = ownerOf(machine, frame);
  const mark: OwnerMark = owner === undefined ? "hole" : owner === "free" ? "free" : owner.kind;
  const text = owner === undefined
    ? "nobody: no RAM here"
    : owner === "free"
    ? "free"
    : `${owner.kind}: ${owner.label}`;
  return [
    piece("owner    ", "dim"),
    piece(OWNER_MARKS[mark], `cell-${mark}`),
    piece(` ${text}`, `owner-${mark}`),
  ];
}

/** What is there and who put it there: the step and the statement. */
function contentLines({ machine, branch }: Scene, frame: number): StyledLine[] {
  const content = machine.contents.get(frame);
  if (content === undefined) return [[piece("content  ", "dim"), piece("nothing written yet")]];
  const lines: StyledLine[] = [
    [piece("content  ", "dim"), piece(content.what, "strong")],
    [piece("         "), piece(describeRecipe(content.recipe))],
  ];
  if (content.writer === 0) {
    return [...lines, [piece("writer   ", "dim"), piece("there at power-on")]];
  }
  const { executor } = branch;
  const record = executor.records[executor.timeline.statementAt(content.writer)];
  const text = record === undefined ? "" : executor.textOf(record.span).slice(record.span);
  return [...lines, [
    piece("writer   ", "dim"),
    piece(`step ${content.writer}`, "number"),
    piece(`  ${text.split("\n", 1)[0]}`, "name"),
  ]];
}

/** Lines of `columns` bytes; equal ones in a row are one `*`; what the last event changed stands out. */
function dump(bytes: Uint8Array, old: Uint8Array, columns: number): StyledLine[] {
  const lines: StyledLine[] = [];
  let previous = "";
  let skipping = false;
  for (let at = 0; at < bytes.length; at += columns) {
    const row = bytes.subarray(at, at + columns);
    const text = row.join();
    const changed = row.some((byte, i) => byte !== old[at + i]);
    if (text === previous && !changed && at + columns < bytes.length) {
      if (!skipping) lines.push(line("  *", "dim"));
      skipping = true;
      continue;
    }
    skipping = false;
    previous = text;
    lines.push(dumpLine(row, old.subarray(at, at + columns), at));
  }
  return lines;
}

function dumpLine(row: Uint8Array, old: Uint8Array, at: number): StyledLine {
  const pieces: Piece[] = [piece(`${at.toString(16).padStart(3, "0")}  `, "dim")];
  let letters = "";
  for (const [i, byte] of row.entries()) {
    const as = byte !== old[i] ? "changed" : byte === 0 ? "dim" : "number";
    pieces.push(piece(byte.toString(16).padStart(2, "0"), as));
    pieces.push(piece(i % 8 === 7 ? "  " : " ", as === "changed" ? "plain" : as));
    letters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  pieces.push(piece(letters, "dim"));
  return joined(pieces);
}
