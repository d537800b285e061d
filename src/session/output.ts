/** What statements said, in lines: a transcript of what was just typed. */
import type { Executor, StatementRecord } from "../engine/mod.ts";
import { transcript } from "../views/mod.ts";
import type { Session } from "./session.ts";

/** Columns before a statement's own text in a transcript, which typed statements do not need. */
const INDENT = 6;

/** Lines that one statement may print; a loop would fill the screen for minutes. */
const MOST_LINES = 500;

const MOST_FAILURES = 10;
/** Blocks in blocks that are told. */
const DEEPEST = 6;

/** What statements said, as they say it in a transcript. */
export function outputOf(executor: Executor, from: number, { view }: Session): string[] {
  const records = { from, to: executor.records.length };
  const width = Math.max(40, view.columns) + INDENT;
  const lines: string[] = [];
  const options = {
    detail: "short",
    width,
    records,
    bare: true,
    spoken: view.spoken,
    depth: DEEPEST,
  } as const;
  for (const line of transcript(executor, options)) {
    if (lines.length === MOST_LINES) {
      lines.push("  … and more", ...failureLines(failures(executor, from), executor));
      break;
    }
    lines.push(line.slice(INDENT));
  }
  if (lines.length <= MOST_LINES) {
    const deep = failures(executor, from).filter((r) => r.depth > DEEPEST);
    lines.push(...failureLines(deep, executor));
  }
  const last = executor.records[from];
  withSteps(lines, executor, from);
  const struck = last?.explored?.find((o) => o.failure !== undefined);
  if (struck !== undefined && isOfSteps(executor, last!)) {
    const [[place]] = struck.runs as readonly [readonly [number, number]];
    const where = Number.isInteger(place) ? "at" : "before";
    lines.push(
      `  \`:goto ${Math.floor(place)}\` stands ${where} the first of them: type there what it does`,
    );
  }
  if (lines.length === 0 && last?.shown !== undefined) return ["  nothing to show yet"];
  // A refusal is no failure of who tried; what they want to know is the reason.
  const refused = last?.failure?.startsWith("refused with") && last.to > last.from;
  if (refused && lines.at(-1)?.startsWith("  FAILED:")) {
    lines[lines.length - 1] = "  `why` says why";
  }
  // In a file they are counted; who types one wants to know.
  const held = executor.records.slice(from).filter((r) => r.held && r.kind === "expect").length;
  return lines.length === 0 && held > 0 ? [held === 1 ? "  holds" : `  ${held} hold`] : lines;
}

/** Whether an exploration forked after events; the other kind counts allocations. */
function isOfSteps(executor: Executor, { span }: StatementRecord): boolean {
  return /^at\s+every\s+step\b/.test(executor.textOf(span).slice(span));
}

/** What failed where a run is too long or too deep to tell. */
function failureLines(failed: readonly StatementRecord[], executor: Executor): string[] {
  const told = failed.slice(0, MOST_FAILURES).map((r) => {
    const words = executor.textOf(r.span).slice(r.span).split("\n", 1)[0]!.trim();
    return `  FAILED: ${words}: ${r.failure ?? r.problem!.message}`;
  });
  const more = failed.length - told.length;
  return more > 0 ? [...told, `  … ${more} failed more`] : told;
}

/** Where one can go back to: `= 0` becomes `= 0  steps 34 … 84`. */
function withSteps(lines: string[], { records }: Executor, from: number): void {
  const tops = records.slice(from).filter((r) => r.depth === 0 && r.to > r.from);
  const at = lines.findLastIndex((line) => line.startsWith("  = "));
  if (tops.length === 1 && at !== -1) {
    lines[at] = `${lines[at]}  steps ${tops[0]!.from + 1} … ${tops[0]!.to}`;
  }
}

export function failures(executor: Executor, from: number): StatementRecord[] {
  return executor.records.slice(from).filter((r) =>
    r.failure !== undefined || r.problem !== undefined
  );
}
