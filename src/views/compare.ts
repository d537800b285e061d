/** Two machines, or two timelines with one beginning, laid beside each other. */
import type { Executor } from "../engine/mod.ts";
import { type Content, describeRecipe, imageIn, logLines, type Machine } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { describeEvent, settingText } from "./events.ts";
import { address, byteRange, size, table } from "./format.ts";
import { mapRows } from "./memory_map.ts";
import { registerValues } from "./processors.ts";

/** Lines of one kind of difference after which the rest is counted. */
const MOST = 12;

interface Difference {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** What differs, a line for each: what it is, how it is in `a`, how in `b`. */
export function machineDifferences(a: Machine, b: Machine): Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, left: string, right: string): void => {
    if (left !== right) found.push({ what, a: left, b: right });
  };
  compare("machine", a.name || "none", b.name || "none");
  compare("system", systemText(a), systemText(b));
  compare("power", a.power, b.power);
  compare(
    "fault",
    a.fault === undefined ? "none" : "faulted",
    b.fault === undefined ? "none" : "faulted",
  );
  for (const slot of ["default", "crash"] as const) {
    compare(`${slot} slot`, slotText(a, slot), slotText(b, slot));
  }
  compareMaps(found, "reservation", a.reservations, b.reservations, (r) => byteRange(r));
  compareMaps(found, "setting", a.settings, b.settings, settingText);
  compare("locks", [...a.locks].join(", ") || "none", [...b.locks].join(", ") || "none");
  found.push(...capped(registerDifferences(a, b), "registers"));
  found.push(...capped(ownerDifferences(a, b), "extents of owners"));
  found.push(...capped(contentDifferences(a, b), "extents of content"));
  found.push(...capped(logDifferences(a, b), "lines of the log"));
  return found;
}

function systemText({ system }: Machine): string {
  return system === undefined ? "none" : `${system.world} ${system.version}`;
}

function slotText(machine: Machine, slot: "default" | "crash"): string {
  const image = imageIn(machine, slot);
  return image === undefined
    ? "empty"
    : `${image.name}#${image.id}, entry ${address(image.entryPoint)}`;
}

function compareMaps<T>(
  found: Difference[],
  what: string,
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  text: (value: T) => string,
): void {
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [left, right] = [a.get(name), b.get(name)].map((v) =>
      v === undefined ? "none" : text(v)
    ) as [string, string];
    if (left !== right) found.push({ what: `${what} ${name}`, a: left, b: right });
  }
}

/** Of the first processor, which is the one that jumps. */
function registerDifferences(a: Machine, b: Machine): Difference[] {
  const [left, right] = [a.processors[0], b.processors[0]];
  if (left === right || left === undefined || right === undefined) return [];
  const other = new Map(registerValues(right));
  return registerValues(left).flatMap(([name, value]) =>
    other.get(name) === value ? [] : [{ what: `cpu 0 ${name}`, a: value, b: other.get(name)! }]
  );
}

/** Stretches of memory that belong to others. */
function ownerDifferences(a: Machine, b: Machine): Difference[] {
  if (a.owners === b.owners && a.free === b.free) return [];
  const rows = (machine: Machine): Labelled[] =>
    mapRows(machine).map(({ start, end, label }) => ({ start, end, label: `owner ${label}` }));
  return labelDifferences(rows(a), rows(b), "owner nobody");
}

/** Stretches that hold something else. The same bytes written at another step are the same. */
function contentDifferences(a: Machine, b: Machine): Difference[] {
  if (a.contents === b.contents) return [];
  const labels = new Map<Content, string>();
  const rows = (machine: Machine): Labelled[] =>
    [...machine.contents.from()].map(({ start, end, value, shift }) => {
      const label = labels.get(value) ?? `holds ${value.what}, ${describeRecipe(value.recipe)}`;
      labels.set(value, label);
      // Moved pages of one recipe are alike only where they hold the same part of it.
      return {
        start: start * PAGE_SIZE,
        end: end * PAGE_SIZE,
        label: value.recipe.kind === "zeros" ? "holds zeros" : label,
        shift,
      };
    });
  return labelDifferences(rows(a), rows(b), "holds nothing yet");
}

interface Labelled {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly shift?: number;
}

/** Where two maps say different things: one pass over both. */
function labelDifferences(
  left: readonly Labelled[],
  right: readonly Labelled[],
  nothing: string,
): Difference[] {
  const edges = [...new Set([...left, ...right].flatMap((r) => [r.start, r.end]))]
    .sort((x, y) => x - y);
  const found: (Difference & { start: number; end: number })[] = [];
  let l = 0;
  let r = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const at = edges[i]!;
    while (l < left.length && left[l]!.end <= at) l++;
    while (r < right.length && right[r]!.end <= at) r++;
    const [one, two] = [labelAt(left[l], at, nothing), labelAt(right[r], at, nothing)];
    if (one === two && shiftAt(left[l], at) === shiftAt(right[r], at)) continue;
    const last = found.at(-1);
    if (last !== undefined && last.end === at && last.a === one && last.b === two) {
      found[found.length - 1] = { ...last, end: edges[i + 1]! };
    } else found.push({ what: "", a: one, b: two, start: at, end: edges[i + 1]! });
  }
  return found.map(({ a, b, start, end }) => ({
    what: `${byteRange({ start, end })} (${size(end - start)})`,
    a,
    b,
  }));
}

function labelAt(row: Labelled | undefined, at: number, nothing: string): string {
  return row === undefined || row.start > at ? nothing : row.label;
}

function shiftAt(row: Labelled | undefined, at: number): number {
  return row === undefined || row.start > at ? 0 : row.shift ?? 0;
}

function logDifferences(a: Machine, b: Machine): Difference[] {
  if (a.log === b.log) return [];
  const left = logLines(a);
  const right = logLines(b);
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  return [
    ...left.slice(same).map((line) => ({ what: "log", a: line, b: "" })),
    ...right.slice(same).map((line) => ({ what: "log", a: "", b: line })),
  ];
}

function capped(differences: Difference[], of: string): Difference[] {
  const left = differences.length - MOST;
  return left <= 1
    ? differences
    : [...differences.slice(0, MOST), { what: `… ${left} more ${of}`, a: "", b: "" }];
}

/** One side of a comparison: a timeline up to a step, by a name. */
export interface Side {
  readonly name: string;
  readonly executor: Executor;
  readonly step: number;
}

/** What happened on each side after their common step, and how the machines differ at the ends. */
export function renderComparison(a: Side, b: Side, common: number): string[] {
  const differences = machineDifferences(
    a.executor.timeline.stateAt(a.step),
    b.executor.timeline.stateAt(b.step),
  );
  return [
    `${a.name} at step ${a.step} and ${b.name} at step ${b.step}, alike up to step ${common}`,
    ...eventLines(a, common),
    ...eventLines(b, common),
    ...(differences.length === 0 ? ["the machines are alike"] : [
      "the machines differ:",
      ...differenceLines(differences, a.name, b.name),
    ]),
  ];
}

/** Columns of a value that stands beside another one; a longer one gets a line. */
const NARROW = 30;

function differenceLines(differences: readonly Difference[], a: string, b: string): string[] {
  // Lines of a log stay together, in their order.
  const isNarrow = (d: Difference): boolean =>
    d.what !== "log" && Math.max(d.a.length, d.b.length) <= NARROW;
  const narrow = differences.filter(isNarrow);
  const wide = differences.filter((d) => !isNarrow(d));
  const width = Math.max(a.length, b.length);
  return [
    ...(narrow.length === 0
      ? []
      : table([["", a, b], ...narrow.map((d) => [d.what, d.a, d.b])], "  ")),
    ...wide.flatMap((d, i) => [
      ...(wide[i - 1]?.what === d.what ? [] : [`  ${d.what}`]),
      ...(d.a === "" ? [] : [`    ${a.padEnd(width)}  ${d.a}`]),
      ...(d.b === "" ? [] : [`    ${b.padEnd(width)}  ${d.b}`]),
    ]),
  ];
}

function eventLines({ name, executor, step }: Side, common: number): string[] {
  const { timeline } = executor;
  const lines: string[] = [];
  let events = 0;
  let statement = -1;
  for (let at = common + 1; at <= step; at++) {
    const index = timeline.statementAt(at);
    const record = executor.records[index];
    if (index !== statement && record !== undefined) {
      statement = index;
      lines.push(`  ${executor.textOf(record.span).slice(record.span).split("\n", 1)[0]!.trim()}`);
    }
    events++;
    const told = describeEvent(timeline.eventAt(at));
    if (told?.important) {
      lines.push(`  ${String(at).padStart(6)}  ${told.verb.padEnd(12)}${told.detail}`);
    }
  }
  const rest = lines.length - 3 * MOST;
  const shown = rest > 1 ? [...lines.slice(0, 3 * MOST), `  … ${rest} lines more`] : lines;
  return [`only on ${name}: ${events} event${events === 1 ? "" : "s"}`, ...shown];
}
