/**
 * The booted system's own view of things, as far as it has one: what a person would look for in its
 * files and logs. A world that has more to show adds a row to `VIEWS`.
 */
import type { Machine } from "../../machine/mod.ts";
import { bytes, hex } from "../numbers.ts";
import type { Scene } from "../scene.ts";
import { type Class, line, padLeft, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";
import { section, windowOf } from "./window.ts";

export const worldPane: PaneView = {
  pane: "world",
  about: ({ machine }) =>
    machine.system === undefined ? "" : `${machine.system.world} ${machine.system.version}`,
  draw: (scene, _width, height, scroll) => windowOf(drawWorld(scene), height, scroll),
};

/** Part of what a system shows of itself: a heading, and its lines at that moment. */
export interface WorldSection {
  readonly title: string;
  lines(machine: Machine, before: Machine): StyledLine[];
}

/** By name of the world. What every system has is in `COMMON`. */
const VIEWS: Readonly<Record<string, readonly WorldSection[]>> = {
  linux: [
    { title: "/sys/kernel", lines: sysfs },
    { title: "sysctl", lines: settings(/^kernel\./) },
    { title: "kernel configuration", lines: settings(/^config\./) },
  ],
};

const COMMON: readonly WorldSection[] = [
  { title: "reservations", lines: reservations },
  { title: "other settings", lines: settings(/^(?!kernel\.|config\.)/) },
  { title: "log", lines: log },
];

function drawWorld({ machine, before }: Scene): StyledLine[] {
  if (machine.name === "") return [line("No machine yet.", "dim")];
  const lines: StyledLine[] = [[
    piece(machine.name, "strong"),
    piece(`  ${machine.arch}, ${machine.cpus} cpu${machine.cpus === 1 ? "" : "s"}  `, "dim"),
    piece(machine.power, machine.power === before.power ? "good" : "changed"),
  ]];
  if (machine.system === undefined) lines.push(line("nothing booted", "dim"));
  else if (machine.system.cmdline !== "") {
    lines.push([piece("command line  ", "dim"), piece(machine.system.cmdline, "string")]);
  }
  if (machine.locks.size > 0) {
    lines.push([piece("locked  ", "dim"), piece([...machine.locks].join(", "), "warn")]);
  }
  const own = machine.system === undefined ? [] : VIEWS[machine.system.world] ?? [];
  for (const { title, lines: of } of [...own, ...COMMON]) {
    section(lines, title, of(machine, before));
  }
  return lines;
}

/** What a person would `cat`. */
function sysfs(machine: Machine, before: Machine): StyledLine[] {
  const rows: readonly (readonly [string, (m: Machine) => string])[] = [
    ["kexec_loaded", (m) => m.slots.default === undefined ? "0" : "1"],
    ["kexec_crash_loaded", (m) => m.slots.crash === undefined ? "0" : "1"],
    ["kexec_crash_size", (m) => {
      const crash = m.reservations.get("crash");
      return crash === undefined ? "0" : String(crash.end - crash.start);
    }],
  ];
  return rows.map(([name, of]) => pair(name, of(machine), of(before), 20));
}

function settings(names: RegExp): WorldSection["lines"] {
  return (machine, before) => {
    const shown = [...machine.settings].filter(([name]) => names.test(name));
    const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
    return shown.map(([name, value]) => {
      const old = before.settings.get(name);
      return pair(name, String(value), old === undefined ? String(value) : String(old), width);
    });
  };
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
