/**
 * The memory map, drawn to scale: a bar of the whole machine, then rows of cells, each cell the same
 * number of bytes, coloured and lettered by its owner; what the last event touched stands out. Below
 * it the extents around the address that is looked at, if there is room.
 */
import { PAGE_SIZE, type Range } from "../../memory/mod.ts";
import { type Machine, ownerOf } from "../../machine/mod.ts";
import { touchedFrames } from "../../session/mod.ts";
import { OWNER_MARKS } from "../../views/mod.ts";
import { bytes, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import {
  type Class,
  joined,
  line,
  type OwnerMark,
  padLeft,
  type Piece,
  piece,
  type StyledLine,
} from "../styled.ts";
import { markOf, meetsRuns, type SpecialFrames, specialFrames } from "./map_cells.ts";
import { type MapRow, type MapScale, scaleOf, viewOf } from "./map_scale.ts";
import { noMachine } from "./no_machine.ts";
import type { PaneView } from "./pane.ts";

export const mapPane: PaneView = {
  pane: "map",
  about: ({ session, machine }) => {
    if (machine.name === "") return "";
    return session.view.zoom === 0 ? "" : `zoom ${2 ** session.view.zoom}×`;
  },
  draw: drawMap,
};

/** Where the addresses of a machine end, bytes. */
function topOf(machine: Machine): number {
  return Math.max(PAGE_SIZE, ...machine.firmware.map(({ range }) => range.end));
}

/** Bytes from the first to the last address that the map shows. */
export function mapSpan({ machine, session }: Scene): number {
  const { start, end } = viewOf(topOf(machine), session.view.zoom, session.view.address);
  return end - start;
}

/** Rows of a box from which on the scale has one of its own. */
const ROOMY = 14;

function drawMap(scene: Scene, width: number, height: number): StyledLine[] {
  const { machine, event, session } = scene;
  if (machine.firmware.length === 0) {
    return noMachine(scene, width);
  }
  const { address, zoom } = session.view;
  const top = topOf(machine);
  const view = viewOf(top, zoom, address);
  const digits = Math.max(8, (top - 1).toString(16).length);
  const gutter = digits + 1;
  const extents = height >= 18 ? Math.floor(height / 3) : 0;
  const present = machine.firmware.map(({ range }) => range).toSorted((a, b) => a.start - b.start);
  const picture: Picture = {
    machine,
    special: specialFrames(machine),
    touched: event === undefined ? [] : touchedFrames(event),
    looked: Math.floor(address / PAGE_SIZE),
  };
  const isShort = height < ROOMY;
  // Above the cells the overview, and their scale; below them the legend.
  const above = isShort ? 1 : 2;
  const rest = Math.max(1, height - above - extents - (isShort ? 2 : 1));
  const scale = scaleOf(disjoint(present), view, width - gutter, rest);
  const seen = new Set<OwnerMark>();
  const rows = scale.rows.map((row) => drawRow(picture, scale, row, digits, seen));
  const size = isShort ? `${bytes(top)}, ${bytes(scale.cellBytes)} a cell` : bytes(top);
  const lines: StyledLine[] = [
    overview(picture, top, view, width, zoom, ` ${size}`),
    ...(isShort ? [] : [scaleLine(scale, view, width)]),
    ...rows,
  ];
  lines.push(...legendLines(seen, width, Math.max(1, height - lines.length)));
  const room = height - lines.length - 1;
  if (room >= 3) lines.push(line(""), ...extentLines(scene, digits, room));
  return lines.slice(0, height);
}

interface Picture {
  readonly machine: Machine;
  readonly special: readonly SpecialFrames[];
  readonly touched: readonly number[];
  /** A frame. */
  readonly looked: number;
}

/** The whole machine in one row, with brackets around the part that is drawn below. */
function overview(
  picture: Picture,
  top: number,
  view: Range,
  width: number,
  zoom: number,
  label: string,
): StyledLine {
  const cells = Math.max(8, width - 2 - label.length);
  const frames = Math.ceil(top / PAGE_SIZE);
  const pieces: Piece[] = [piece("0 ", "dim")];
  const from = Math.floor((view.start / top) * cells);
  const to = Math.min(cells - 1, Math.max(from, Math.ceil((view.end / top) * cells) - 1));
  for (let i = 0; i < cells; i++) {
    const start = Math.floor((i * frames) / cells);
    const end = Math.max(start + 1, Math.floor(((i + 1) * frames) / cells));
    const mark = markOf(picture.machine, start, end, []);
    if (zoom > 0 && (i === from || i === to)) {
      pieces.push(piece(from === to ? "▮" : i === from ? "[" : "]", "cell-looked"));
    } else pieces.push(piece(OWNER_MARKS[mark], `cell-${mark}`));
  }
  return joined([...pieces, piece(label, "dim")]);
}

function scaleLine(scale: MapScale, view: Range, width: number): StyledLine {
  const cell = `one cell ${bytes(scale.cellBytes)}`;
  const range = `${hex(view.start)} .. ${hex(view.end)}`;
  return cell.length + range.length + 3 <= width
    ? [piece(`${range}   `, "dim"), piece(cell, "dim")]
    : [piece(cell, "dim")];
}

function drawRow(
  picture: Picture,
  { cells, cellBytes }: MapScale,
  row: MapRow,
  digits: number,
  seen: Set<OwnerMark>,
): StyledLine {
  if (row.kind === "gap") {
    return line(`${" ".repeat(digits + 1)}┄┄ nothing for ${bytes(row.end - row.start)} ┄┄`, "dim");
  }
  const pieces: Piece[] = [piece(`${row.start.toString(16).padStart(digits, "0")} `, "address")];
  const frames = cellBytes / PAGE_SIZE;
  const first = row.start / PAGE_SIZE;
  for (let i = 0; i < cells; i++) {
    const start = first + i * frames;
    const end = start + frames;
    const mark = markOf(picture.machine, start, end, picture.special);
    seen.add(mark);
    pieces.push(piece(OWNER_MARKS[mark], cellClass(picture, mark, start, end)));
  }
  return joined(pieces);
}

function cellClass(picture: Picture, mark: OwnerMark, start: number, end: number): Class {
  if (meetsRuns(picture.touched, start, end)) return "cell-changed";
  if (picture.looked > 0 && picture.looked >= start && picture.looked < end) return "cell-looked";
  return `cell-${mark}`;
}

const LEGEND_ORDER = Object.keys(OWNER_MARKS) as OwnerMark[];

/** The owners that are in the picture, as many to a line as fit; `free` goes where there is no room. */
function legendLines(seen: ReadonlySet<OwnerMark>, width: number, most: number): StyledLine[] {
  const marks = LEGEND_ORDER.filter((mark) => mark !== "hole" && seen.has(mark));
  const lines = legendOf(marks, width);
  return lines.length <= most ? lines : legendOf(marks.filter((mark) => mark !== "free"), width);
}

function legendOf(marks: readonly OwnerMark[], width: number): StyledLine[] {
  const lines: Piece[][] = [];
  let used = width;
  for (const mark of marks) {
    const size = mark.length + 2;
    const gap = used === width ? 0 : 2;
    if (used + gap + size > width) {
      lines.push([]);
      used = 0;
    } else if (gap > 0) {
      lines.at(-1)!.push(piece("  "));
      used += gap;
    }
    lines.at(-1)!.push(
      piece(OWNER_MARKS[mark], `cell-${mark}`),
      piece(` ${mark}`, `owner-${mark}`),
    );
    used += size;
  }
  return lines;
}

/** What lies at the address that is looked at and above, an extent to a line. */
function extentLines(
  { machine, session }: Scene,
  digits: number,
  height: number,
): StyledLine[] {
  const lines: StyledLine[] = [];
  let at = Math.floor(session.view.address / PAGE_SIZE);
  at = machine.owners.extentAt(at)?.start ?? machine.free.extentAt(at)?.start ?? at;
  while (lines.length < height) {
    const owned = machine.owners.firstFrom(at);
    const free = machine.free.firstFrom(at);
    const next = owned === undefined || (free !== undefined && free.start < owned.start)
      ? free
      : owned;
    if (next === undefined) break;
    const start = Math.max(at, next.start);
    const owner = ownerOf(machine, start);
    const mark: OwnerMark = owner === undefined || owner === "free" ? "free" : owner.kind;
    const label = owner === undefined || owner === "free" ? "free" : owner.label;
    lines.push([
      piece(OWNER_MARKS[mark], `cell-${mark}`),
      piece(` ${(start * PAGE_SIZE).toString(16).padStart(digits, "0")} `, "address"),
      piece(`${padLeft(bytes((next.end - start) * PAGE_SIZE), 7)}  `, "number"),
      piece(label, `owner-${mark}`),
    ]);
    at = next.end;
  }
  return lines;
}

/** Ranges joined where they touch or overlap. */
function disjoint(ascending: readonly Range[]): Range[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of ascending) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
