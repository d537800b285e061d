/**
 * The timeline as a bar: where statements begin, where hazards and breakpoints are, where the cursor
 * stands; one bar for each branch, at the same scale, each from where it left its parent. Every
 * column looks its steps up by halving, so the bar costs its width.
 */
import { type Branch, type Session, stepsOfBreakpoint } from "../../session/mod.ts";
import { count } from "../numbers.ts";
import { firstAbove, hazardSteps } from "../scene.ts";
import { type Class, joined, padLeft, type Piece, piece, type StyledLine } from "../styled.ts";

/** One bar, or several up to `height`: that of the cursor, and the branches nearest to it. */
export function timelineBars(session: Session, width: number, height: number): StyledLine[] {
  const { branches, cursor } = session;
  const longest = Math.max(1, ...branches.map(({ length }) => length));
  const shown = nearest(branches.length, cursor.branch, height);
  return shown.map((id) => bar(session, branches[id]!, longest, width));
}

/** Numbers of at most `height` branches around the current one. */
function nearest(branches: number, current: number, height: number): number[] {
  const first = Math.max(0, Math.min(current - Math.floor(height / 2), branches - height));
  const last = Math.min(branches, first + height);
  return Array.from({ length: last - first }, (_, i) => first + i);
}

function bar(session: Session, branch: Branch, longest: number, width: number): StyledLine {
  const { cursor, branches } = session;
  const isCurrent = cursor.branch === branch.id;
  const step = isCurrent ? cursor.step : branch.length;
  const total = count(longest);
  const name = branches.length === 1 ? "" : `${branch.id} `;
  const label = ` ${
    padLeft(
      isCurrent ? `${count(step)}/${count(branch.length)}` : count(branch.length),
      2 * total.length + 1,
    )
  }`;
  const cells = Math.max(8, width - name.length - label.length);
  const fork = branch.parent?.place.step;
  const marks = marksOf(session, branch);
  const pieces: Piece[] = [piece(name, isCurrent ? "strong" : "dim")];
  for (let i = 0; i < cells; i++) {
    // The column stands for steps `from + 1 … to`; the first one also for step 0.
    const from = Math.floor((i * longest) / cells);
    const to = Math.max(Math.floor(((i + 1) * longest) / cells), from);
    pieces.push(cellOf(marks, from, to, i, {
      fork,
      step: isCurrent ? step : undefined,
      length: branch.length,
      last: i === cells - 1,
    }));
  }
  return joined([...pieces, piece(label, isCurrent ? "strong" : "dim")]);
}

interface Marks {
  readonly statements: readonly number[];
  readonly hazards: readonly number[];
  readonly breaks: readonly number[];
}

interface Column {
  readonly fork: number | undefined;
  readonly step: number | undefined;
  readonly length: number;
  readonly last: boolean;
}

function cellOf(
  marks: Marks,
  from: number,
  to: number,
  index: number,
  { fork, step, length, last }: Column,
): Piece {
  const low = index === 0 ? -1 : from;
  const holds = (at: number): boolean => at > low && (at <= to || last);
  if (step !== undefined && holds(step)) return piece("◆", "current");
  if (from >= length && index > 0) return piece(" ");
  if (fork !== undefined && holds(fork)) return piece("╰", "note");
  if (fork !== undefined && to < fork) return piece(" ");
  const past: Class = step === undefined || from < step ? "note" : "dim";
  if (anyIn(marks.hazards, from, to)) return piece("!", "warn");
  if (anyIn(marks.breaks, from, to)) return piece("●", "bad");
  return piece(anyIn(marks.statements, from, to) ? "┴" : "─", past);
}

/** Whether an ascending list has a number in `(from, to]`. */
function anyIn(list: readonly number[], from: number, to: number): boolean {
  const i = firstAbove(list, from);
  return i < list.length && list[i]! <= to;
}

interface Starts {
  readonly steps: readonly number[];
}

const starts = new WeakMap<Branch["entries"], Starts>();

function marksOf(session: Session, branch: Branch): Marks {
  let known = starts.get(branch.entries);
  if (known === undefined) {
    // Statements that made no event have no place on the bar.
    const steps = branch.entries.filter(({ from, to }) => to > from).map(({ from }) => from + 1);
    starts.set(branch.entries, known = { steps });
  }
  return {
    statements: known.steps,
    hazards: hazardSteps(branch.executor.timeline, branch.length),
    breaks: breakSteps(session, branch),
  };
}

/** More marks than this leave no line between them on any screen. */
const MOST_BREAKS = 2000;

/** What was found for a branch while its breakpoints stay the same. */
const breaks = new WeakMap<
  Branch["entries"],
  { readonly breakpoints: Session["breakpoints"]; readonly steps: readonly number[] }
>();

/** Steps at which a breakpoint stops. */
function breakSteps({ breakpoints }: Session, branch: Branch): readonly number[] {
  if (breakpoints.length === 0) return [];
  const known = breaks.get(branch.entries);
  if (known?.breakpoints === breakpoints) return known.steps;
  const steps = breakpoints.flatMap((b) => stepsOfBreakpoint(branch, b, MOST_BREAKS))
    .sort((a, b) => a - b);
  breaks.set(branch.entries, { breakpoints, steps });
  return steps;
}
