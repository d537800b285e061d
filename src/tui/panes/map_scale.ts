/**
 * The scale of the memory map: which rows of addresses are drawn, and how many bytes a cell stands
 * for. Rows that hold nothing at all are left out and told as a gap, so that a machine with RAM far
 * apart is not drawn as emptiness. Costs a few operations for each range of the firmware's map.
 */
import { PAGE_SIZE, type Range } from "../../memory/mod.ts";

export interface MapScale {
  /** Cells in a row. */
  readonly cells: number;
  /** A power of two, one page at least. */
  readonly cellBytes: number;
  /** From the top down. */
  readonly rows: readonly MapRow[];
}

export type MapRow =
  /** Where the row begins, bytes. */
  | { readonly kind: "cells"; readonly start: number }
  /** Nothing is there, bytes. */
  | { readonly kind: "gap"; readonly start: number; readonly end: number };

/** How many cells a row may have; numbers that divide well, so that addresses stay readable. */
const CELLS = [128, 96, 64, 48, 32, 24, 16, 8] as const;

/**
 * The finest scale at which what lies in `view` takes at most `height` rows of at most `width` cells.
 * `present` is what exists: ascending, disjoint, bytes.
 */
export function scaleOf(
  present: readonly Range[],
  view: Range,
  width: number,
  height: number,
): MapScale {
  const cells = CELLS.find((n) => n <= width) ?? 8;
  const inside = present
    .map(({ start, end }) => ({ start: Math.max(start, view.start), end: Math.min(end, view.end) }))
    .filter(({ start, end }) => end > start);
  for (let cellBytes = PAGE_SIZE;; cellBytes *= 2) {
    const rows = rowsAt(inside, cells * cellBytes, height);
    if (rows !== undefined) return { cells, cellBytes, rows };
  }
}

/** Undefined if there would be more than `most`. */
function rowsAt(inside: readonly Range[], rowBytes: number, most: number): MapRow[] | undefined {
  const rows: MapRow[] = [];
  let behind: number | undefined;
  for (const { start, end } of inside) {
    const first = Math.max(Math.floor(start / rowBytes) * rowBytes, behind ?? 0);
    if (behind !== undefined && first > behind) {
      rows.push({ kind: "gap", start: behind, end: first });
    }
    const last = Math.ceil(end / rowBytes) * rowBytes;
    if ((last - first) / rowBytes + rows.length > most) return undefined;
    for (let at = first; at < last; at += rowBytes) rows.push({ kind: "cells", start: at });
    behind = Math.max(behind ?? 0, last);
  }
  return rows.length > most ? undefined : rows;
}

/** What `2^-zoom` of `[0, top)` around `middle` is, in bytes; never less than 64 pages. */
export function viewOf(top: number, zoom: number, middle: number): Range {
  const span = Math.min(top, Math.max(64 * PAGE_SIZE, top / 2 ** Math.max(0, zoom)));
  const start = Math.max(0, Math.min(middle - span / 2, top - span));
  const first = Math.floor(start / PAGE_SIZE) * PAGE_SIZE;
  return { start: first, end: first + Math.ceil(span / PAGE_SIZE) * PAGE_SIZE };
}
