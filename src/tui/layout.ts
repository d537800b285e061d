/** Where everything stands, for each size of terminal. Pure arithmetic; rows and columns from 0. */
import type { Pane } from "../session/mod.ts";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Rect {
  /** `other`: a second branch, beside the first. */
  readonly pane: Pane | "console" | "other";
}

export interface Layout {
  /** Boxes with a border, from the upper left. */
  readonly boxes: readonly Placed[];
  readonly header: Rect;
  readonly timeline: Rect;
  readonly input: Rect;
  readonly hints: Rect;
}

/** Smaller than this nothing can be read: the line REPL is better. */
export const LEAST = { columns: 60, rows: 16 } as const;

export interface Wish {
  readonly columns: number;
  readonly rows: number;
  /** The pane that was chosen. */
  readonly pane: Pane;
  /** Lines of the input, of completions under it, of branches in the bar. */
  readonly inputLines: number;
  readonly branches: number;
  /** What is said matters as much as what is seen: the tour. */
  readonly talks?: boolean;
}

/** Panes that keep a place of their own where there is room, in the order of their worth. */
const COMPANIONS: readonly Pane[] = ["script", "transcript", "map", "images", "cpu"];

export function layoutOf(
  { columns, rows, pane, inputLines, branches, talks = false }: Wish,
): Layout {
  const input = Math.max(1, Math.min(inputLines, Math.floor(rows / 3)));
  const bars = Math.max(1, Math.min(branches, rows >= 40 ? 4 : 2));
  const body = rows - 2 - bars - input;
  const share = talks ? 0.45 : body >= 30 ? 0.3 : 0.36;
  const talk = Math.max(4, Math.floor(body * share));
  const top = body - talk;
  const boxes: Placed[] = [
    ...panes(pane, columns, top, branches > 1 && pane === "transcript"),
    { pane: "console", x: 0, y: 1 + top, width: columns, height: talk },
  ];
  const below = 1 + body;
  return {
    boxes,
    header: { x: 0, y: 0, width: columns, height: 1 },
    timeline: { x: 0, y: below, width: columns, height: bars },
    input: { x: 0, y: below + bars, width: columns, height: input },
    hints: { x: 0, y: rows - 1, width: columns, height: 1 },
  };
}

/** One to three columns of panes; the chosen one is always there, and never narrower than the rest. */
function panes(chosen: Pane, columns: number, height: number, compares: boolean): Placed[] {
  const wide = columns >= 132 ? 3 : 2;
  const others = COMPANIONS.filter((pane) => pane !== chosen);
  if (wide === 2) {
    const left = columns - paneWidth(columns, 0.62);
    const stacked = height >= 22;
    const beside: Pane | "other" = compares
      ? "other"
      : chosen === "script"
      ? "transcript"
      : others[0]!;
    const under: Pane = others.find((pane) => pane !== beside)!;
    return [
      ...column([beside, ...(stacked ? [under] : [])], 0, left, height),
      ...column([chosen], left, columns - left, height),
    ];
  }
  const middle = paneWidth(columns, 0.4);
  const side = Math.floor((columns - middle) / 2);
  const stack = others.filter((pane) => pane !== "cpu").slice(0, 4);
  const [first, second, third] = stack as [Pane, Pane, Pane];
  const tall = height >= 20;
  return [
    ...column(tall ? [first, second] : [first], 0, side, height),
    ...column([chosen], side, middle, height),
    ...column(
      compares ? ["other"] : tall && height >= 26 ? [third, stack[3] ?? "cpu"] : [third],
      side + middle,
      columns - side - middle,
      height,
    ),
  ];
}

/** Columns around the cells of the map: its border, its addresses. */
const AROUND_CELLS = 13;

/** A box as wide as the map fills with its rows of cells, and not more than a share of the screen. */
function paneWidth(columns: number, share: number): number {
  const cells = [96, 64, 48, 32, 24].find((n) => n + AROUND_CELLS <= columns * share) ?? 16;
  return cells + AROUND_CELLS;
}

/** Panes one below the other, the upper ones a row higher where it does not divide. */
function column(
  stack: readonly (Pane | "other")[],
  x: number,
  width: number,
  height: number,
): Placed[] {
  let y = 1;
  return stack.map((pane, i) => {
    const share = Math.ceil((height - (y - 1)) / (stack.length - i));
    const placed = { pane, x, y, width, height: share };
    y += share;
    return placed;
  });
}
