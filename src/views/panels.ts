/** What a system shows of itself, as text. */
import { logLines, type Machine, type Panel } from "../machine/mod.ts";
import { byteRange, size, table } from "./format.ts";

/** Each panel that has something to show: its title, and its rows below. */
export function renderPanels(machine: Machine, panels: readonly Panel[]): string[] {
  return panels.flatMap((panel) => {
    const rows = panel.rows(machine);
    if (rows.length === 0) return [];
    const width = Math.max(0, ...rows.map((row) => "name" in row ? row.name.length : 0));
    return [
      panel.title,
      ...rows.map((row) =>
        "name" in row ? `  ${row.name.padEnd(width)}  ${row.value}`.trimEnd() : `  ${row.drawn}`
      ),
    ];
  });
}

/** What is set aside, by address, and the log: every system has them. */
export function renderKept(machine: Machine): string[] {
  const kept = [...machine.reservations].sort((a, b) => a[1].start - b[1].start);
  const rows = table(kept.map(([name, r]) => [name, byteRange(r), size(r.end - r.start)]));
  return [...titled("reservations", rows), ...titled("log", logLines(machine))];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`.trimEnd())];
}
