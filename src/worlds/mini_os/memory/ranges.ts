/** Which memory may be handed out: RAM of the map without what is set aside. */
import { E820_RAM, type E820Entry, endOf, type MemoryMap } from "./e820.ts";

/** Bytes, half-open. */
export interface Piece {
  readonly from: bigint;
  readonly to: bigint;
}

const ALL_ONES = (1n << 64n) - 1n;

/** An entry of RAM that reaches the last address: looking for free memory ends in a BUG. */
export function reachesLastAddress(entries: readonly E820Entry[]): boolean {
  return entries.some((entry) => entry.type === E820_RAM && endOf(entry) >= ALL_ONES);
}

/**
 * The pieces of RAM in `[min, max)` that no range of `excluded` touches, in the order in which the
 * kernel looks at them. Each excluded range is looked at once for a piece: of two that adjoin and are
 * given from high to low, what lies above them is lost. With `min` above `max` a piece can be given
 * that ends before it begins. Without `excluded` nothing is looked at, and a piece may be empty.
 * [minios:iterate_memory_range] [minios:check_memory_range]
 */
export function freeRanges(
  { entries }: Pick<MemoryMap, "entries">,
  min: bigint,
  max: bigint,
  excluded: readonly Piece[] | undefined,
): Piece[] {
  const pieces: Piece[] = [];
  for (const entry of entries) {
    if (entry.type !== E820_RAM) continue;
    const end = endOf(entry);
    if (end <= min || entry.addr >= max) continue;
    const limit = end > max ? max : end;
    let piece: Piece = { from: entry.addr < min ? min : entry.addr, to: limit };
    if (excluded === undefined) {
      pieces.push(piece);
      continue;
    }
    for (;;) {
      piece = excluded.reduce(without, piece);
      if (piece.from === piece.to) break;
      pieces.push(piece);
      piece = { from: piece.to, to: limit };
    }
  }
  return pieces;
}

function without(piece: Piece, { from, to }: Piece): Piece {
  if (piece.to <= from || piece.from >= to) return piece;
  if (from > piece.from) return { from: piece.from, to: from };
  return { from: to >= piece.to ? piece.to : to, to: piece.to };
}
