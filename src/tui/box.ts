/** A pane with its border: title on the upper edge, what it is about beside it. */
import {
  type Class,
  fit,
  lineWidth,
  type Piece,
  piece,
  shorten,
  type StyledLine,
  textWidth,
} from "./styled.ts";

export interface Frame {
  readonly title: string;
  /** What is in it now: `0x8000`. */
  readonly about: string;
  /** The key that brings it: shown before the title. */
  readonly key?: string | undefined;
  readonly focused: boolean;
}

/** Room inside a border. */
export function inner(width: number, height: number): { width: number; height: number } {
  return { width: Math.max(0, width - 4), height: Math.max(0, height - 2) };
}

/** `lines` inside a border of `width` by `height`; a column is left free at both sides. */
export function boxed(
  lines: readonly StyledLine[],
  frame: Frame,
  width: number,
  height: number,
): StyledLine[] {
  const edge: Class = frame.focused ? "border-focus" : "border";
  const room = inner(width, height);
  const body: StyledLine[] = [];
  for (let i = 0; i < room.height; i++) {
    body.push([
      piece("│ ", edge),
      ...fit(lines[i] ?? [], room.width),
      piece(" │", edge),
    ]);
  }
  return [top(frame, width, edge), ...body, [piece(`╰${"─".repeat(width - 2)}╯`, edge)]];
}

function top({ title, about, key, focused }: Frame, width: number, edge: Class): StyledLine {
  const pieces: Piece[] = [piece("╭─ ", edge)];
  if (key !== undefined) pieces.push(piece(`${key} `, focused ? "key" : "dim"));
  pieces.push(piece(title, focused ? "title-focus" : "title"));
  const room = width - lineWidth(pieces) - 6;
  if (about !== "" && room > 3) {
    pieces.push(piece("  "), piece(shorten(about, room), focused ? "strong" : "dim"));
  }
  pieces.push(piece(" "));
  const left = width - lineWidth(pieces) - 1;
  return [...pieces, piece(`${"─".repeat(Math.max(0, left))}╮`, edge)];
}

/** Something at the left and something at the right end of a row; the left gives way. */
export function spread(left: StyledLine, right: StyledLine, width: number): StyledLine {
  const size = Math.min(width, lineWidth(right));
  // What is cut on the left does not run into what stands on the right.
  const gap = size > 0 && size < width ? 1 : 0;
  return [...fit(left, width - size - gap), piece(" ".repeat(gap)), ...fit(right, size)];
}

/** As many whole items as fit, two blanks between. */
export function row(items: readonly StyledLine[], width: number): StyledLine {
  const pieces: Piece[] = [];
  let used = 0;
  for (const item of items) {
    const size = item.reduce((sum, { text }) => sum + textWidth(text), 0);
    if (used + size + (used > 0 ? 2 : 0) > width) break;
    if (used > 0) pieces.push(piece("  "));
    pieces.push(...item);
    used += size + (used > 0 ? 2 : 0);
  }
  return pieces;
}
