/** What `show` prints: a topic drawn, or a value written out. */
import {
  type Executor,
  show,
  type Shown,
  standingHazards,
  type StatementRecord,
} from "../engine/mod.ts";
import { imageIn, logLines, type Machine, type Slot } from "../machine/mod.ts";
import { settingText } from "./events.ts";
import { size, table } from "./format.ts";
import { renderIdentityMap, renderMapCosts } from "./identity_map.ts";
import { renderImage, renderSlots } from "./image.ts";
import { renderList } from "./list.ts";
import { renderMap } from "./memory_map.ts";
import { renderPage } from "./page.ts";

/** A list that would be longer than this is told in lines. */
const LONGEST_LINE = 80;

/** A topic's lines, none longer than it must be. */
export function renderShown(
  shown: Shown,
  machine: Machine,
  executor: Executor,
  record: StatementRecord,
): string[] {
  if (shown.kind === "value") {
    const { value } = shown;
    // A text of several lines is a tool's own output: printed as the tool would.
    if (value.kind === "text" && value.value.includes("\n")) {
      return value.value.trimEnd().split("\n");
    }
    const line = `${shown.of} is ${show(value)}`;
    if (value.kind === "list" && line.length > LONGEST_LINE) {
      return [`${shown.of} is`, ...value.items.map((item) => `  ${show(item)}`)];
    }
    return [line];
  }
  switch (shown.topic) {
    case "map":
      return renderMap(machine);
    case "image":
      return renderImage(imageIn(machine, shown.args.slot as Slot), shown.args.slot as Slot);
    case "map identity of":
      return renderIdentityMap(machine, shown.args.slot as Slot);
    case "map costs of":
      return renderMapCosts(machine, shown.args.slot as Slot);
    case "slots":
      return renderSlots(machine);
    case "list":
      return renderList(machine, shown.args.slot as Slot);
    case "page":
      return renderPage(machine, shown.args.address as bigint);
    case "machine":
      return renderMachine(machine);
    case "log":
      return logLines(machine);
    case "hazards":
      return hazardLines(executor, record.to);
    case "settings":
      return table([...machine.settings].map(([name, value]) => [name, settingText(value)]));
    default:
      return [`nothing to show of ${shown.topic}`];
  }
}

/** The firmware's map, and what was booted. */
export function renderMachine(machine: Machine): string[] {
  const rows = machine.firmware.map((r) => [
    `0x${r.range.start.toString(16).padStart(12, "0")} .. 0x${
      r.range.end.toString(16).padStart(12, "0")
    }`,
    size(r.range.end - r.range.start),
    r.label,
  ]);
  const system = machine.system === undefined
    ? "nothing booted"
    : `${machine.system.world} ${machine.system.version}, command line ${
      JSON.stringify(machine.system.cmdline)
    }`;
  const cpus = `${machine.cpus} cpu${machine.cpus === 1 ? "" : "s"}`;
  return [`${machine.name}: ${machine.arch}, ${cpus}, ${system}`, ...table(rows)];
}

function hazardLines(executor: Executor, to: number): string[] {
  const { timeline } = executor;
  const lines = standingHazards(timeline, to).steps.flatMap((step) => {
    const event = timeline.eventAt(step);
    if (event.kind !== "hazard-found") return [];
    const { code, message, cite } = event.hazard;
    return [`step ${step}  ${code}: ${message}  (${cite})`];
  });
  return lines.length === 0 ? ["no hazard found"] : lines;
}
