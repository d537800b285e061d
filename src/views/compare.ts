/** Two machines, or two timelines with one beginning, laid beside each other. */
import type { Executor } from "../engine/mod.ts";
import { imageIn, logLines, type Machine } from "../machine/mod.ts";
import { describeEvent, settingText } from "./events.ts";
import { address, byteRange, size, table } from "./format.ts";
import { type MapRow, mapRows } from "./memory_map.ts";

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
  found.push(...capped(ownerDifferences(a, b), "extents of owners"));
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

/** Stretches of memory that belong to others: one pass over both maps. */
function ownerDifferences(a: Machine, b: Machine): Difference[] {
  if (a.owners === b.owners && a.free === b.free) return [];
  const left = mapRows(a);
  const right = mapRows(b);
  const edges = [...new Set([...left, ...right].flatMap((r) => [r.start, r.end]))]
    .sort((x, y) => x - y);
  const found: (Difference & { start: number; end: number })[] = [];
  let l = 0;
  let r = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const at = edges[i]!;
    while (l < left.length && left[l]!.end <= at) l++;
    while (r < right.length && right[r]!.end <= at) r++;
    const [one, two] = [labelAt(left[l], at), labelAt(right[r], at)];
    if (one === two) continue;
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

function labelAt(row: MapRow | undefined, at: number): string {
  return row === undefined || row.start > at ? "nobody" : row.label;
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
      ...table([["", a.name, b.name], ...differences.map((d) => [d.what, d.a, d.b])], "  "),
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
