/** The memory map by owner: every extent in a line, holes told, a mark that needs no colour. */
import type { Machine, OwnerKind } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { size, table } from "./format.ts";

/** One letter for each kind of owner; the TUI draws with the same. */
export const OWNER_MARKS: Readonly<Record<OwnerKind | "free" | "hole", string>> = {
  free: ".",
  hole: " ",
  kernel: "K",
  initrd: "I",
  guest: "g",
  reserved: "r",
  "crash-region": "c",
  segment: "S",
  source: "s",
  "control-code": "X",
  control: "C",
  "page-table": "T",
  indirection: "L",
  swap: "W",
  vmcoreinfo: "v",
  module: "M",
  parked: "p",
};

export interface MapRow {
  /** Bytes. */
  readonly start: number;
  readonly end: number;
  readonly kind: OwnerKind | "free" | "hole";
  readonly label: string;
  /** Extents that were joined because there are too many of their kind to list. */
  readonly extents: number;
}

/** Neighbours with the same label are one row; holes between are left out. */
export function mapRows(machine: Machine): MapRow[] {
  const rows: MapRow[] = [];
  const owners = machine.owners.from();
  const free = machine.free.from();
  let nextOwner = owners.next();
  let nextFree = free.next();
  while (!nextOwner.done || !nextFree.done) {
    const takeOwner = !nextOwner.done &&
      (nextFree.done || nextOwner.value.start < nextFree.value.start);
    if (takeOwner) {
      const { start, end, value } = nextOwner.value as {
        start: number;
        end: number;
        value: { kind: OwnerKind; label: string };
      };
      push(rows, start, end, value.kind, value.label);
      nextOwner = owners.next();
    } else {
      const { start, end } = nextFree.value as { start: number; end: number };
      push(rows, start, end, "free", "free");
      nextFree = free.next();
    }
  }
  return rows;
}

function push(
  rows: MapRow[],
  start: number,
  end: number,
  kind: MapRow["kind"],
  label: string,
): void {
  const last = rows.at(-1);
  if (
    last !== undefined && last.end === start * PAGE_SIZE && last.kind === kind &&
    last.label === label
  ) {
    rows[rows.length - 1] = { ...last, end: end * PAGE_SIZE, extents: last.extents + 1 };
    return;
  }
  rows.push({ start: start * PAGE_SIZE, end: end * PAGE_SIZE, kind, label, extents: 1 });
}

/** More rows than this are summed up: nobody reads them, and a fragmented machine has a million. */
const MOST_ROWS = 200;

export function renderMap(machine: Machine): string[] {
  const rows = mapRows(machine);
  const shown = rows.slice(0, MOST_ROWS);
  const cells: string[][] = [];
  let at = 0;
  for (const row of shown) {
    if (row.start > at && at > 0) cells.push(["", "", "", `hole of ${size(row.start - at)}`]);
    at = row.end;
    cells.push([
      OWNER_MARKS[row.kind],
      `0x${row.start.toString(16).padStart(12, "0")} .. 0x${
        row.end.toString(16).padStart(12, "0")
      }`,
      size(row.end - row.start),
      row.label === row.kind ? row.kind : `${row.kind}: ${row.label}`,
    ]);
  }
  const rest = rows.length - shown.length;
  return [...table(cells), ...(rest > 0 ? [`… and ${rest} more extents`] : [])];
}
