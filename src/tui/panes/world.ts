/** The booted system's own view of things: what its world shows of it, then what all machines have. */
import type { Machine, Panel, PanelRow } from "../../machine/mod.ts";
import { panelsOf } from "../../session/mod.ts";
import { wrapWords } from "../../text/mod.ts";
import { bytes, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { type Class, line, padLeft, piece, type StyledLine } from "../styled.ts";
import { noMachine } from "./no_machine.ts";
import type { PaneView } from "./pane.ts";
import { section, windowOf } from "./window.ts";

export const worldPane: PaneView = {
  pane: "world",
  about: ({ machine }) =>
    machine.system === undefined ? "" : `${machine.system.world} ${machine.system.version}`,
  draw: (scene, width, height, scroll) => windowOf(drawWorld(scene, width), height, scroll),
};

function drawWorld(scene: Scene, width: number): StyledLine[] {
  const { session, machine, before } = scene;
  if (machine.name === "") return noMachine(scene, width);
  const lines: StyledLine[] = [[
    piece(machine.name, "strong"),
    piece(`  ${machine.arch}, ${machine.cpus} cpu${machine.cpus === 1 ? "" : "s"}  `, "dim"),
    piece(machine.power, machine.power === before.power ? "good" : "changed"),
  ]];
  if (machine.system === undefined) lines.push(line("nothing booted", "dim"));
  if (machine.locks.size > 0) {
    lines.push([piece("locked  ", "dim"), piece([...machine.locks].join(", "), "warn")]);
  }
  const panels = panelsOf(session, machine);
  for (const panel of panels) {
    section(lines, panel.title, panelLines(panel, machine, before, width));
  }
  const cmdline = machine.system?.cmdline ?? "";
  if (cmdline !== "") {
    section(
      lines,
      "command line",
      wrapWords(cmdline, width - 2).map((l) => line(`  ${l}`, "string")),
    );
  }
  section(lines, "reservations", reservations(machine, before));
  section(lines, "other settings", settings(machine, before, panels));
  section(lines, "log", log(machine, before));
  return lines;
}

/** Settings that no panel of the system has told. */
function settings(machine: Machine, before: Machine, panels: readonly Panel[]): StyledLine[] {
  const shown = [...machine.settings].filter(([name]) =>
    !panels.some(({ tells }) => tells?.test(name))
  );
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => {
    const old = before.settings.get(name);
    return pair(name, String(value), old === undefined ? String(value) : String(old), width);
  });
}

/** Rows that the last event changed stand out. */
function panelLines(
  panel: Panel,
  machine: Machine,
  before: Machine,
  columns: number,
): StyledLine[] {
  const rows = panel.rows(machine);
  const old = machine === before || before.system?.world !== machine.system?.world
    ? rows
    : panel.rows(before);
  const was = new Set(old.map(keyOf));
  const width = Math.max(0, ...rows.map((row) => "name" in row ? row.name.length : 0)) + 2;
  const room = Math.max(16, columns - width - 2);
  return rows.flatMap((row) => {
    const changed = !was.has(keyOf(row));
    if (!("name" in row)) return [line(`  ${row.drawn}`, changed ? "changed" : "plain")];
    return wrapWords(row.value, room).map((part, i) =>
      pair(i === 0 ? row.name : "", part, changed ? "" : part, width)
    );
  });
}

function keyOf(row: PanelRow): string {
  return "name" in row ? `${row.name}=${row.value}` : row.drawn;
}

function pair(name: string, value: string, old: string, width: number): StyledLine {
  const as: Class = value !== old
    ? "changed"
    : value === "false" || value === "0"
    ? "dim"
    : "number";
  return [piece(`  ${name.padEnd(width)}`), piece(value, as)];
}

function reservations(machine: Machine, before: Machine): StyledLine[] {
  const shown = [...machine.reservations].sort((a, b) => a[1].start - b[1].start);
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, range]) => [
    piece(`  ${name.padEnd(width)}`, before.reservations.has(name) ? "plain" : "changed"),
    piece(`${hex(range.start, 8)} .. ${hex(range.end, 8)}`, "address"),
    piece(padLeft(bytes(range.end - range.start), 9), "number"),
  ]);
}

/** Lines of the log that are shown, the newest. */
const LOG_LINES = 24;

function log(machine: Machine, before: Machine): StyledLine[] {
  const lines: StyledLine[] = [];
  let at = machine.log;
  let isNew = at !== before.log;
  for (; at !== undefined && lines.length < LOG_LINES; at = at.before) {
    if (at === before.log) isNew = false;
    lines.push(line(`  ${at.text}`, isNew ? "changed" : "plain"));
  }
  if (at !== undefined) lines.push(line("  …", "dim"));
  return lines.reverse();
}
