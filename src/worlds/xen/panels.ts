/** What Xen keeps of kexec, by its own names, and what it knows of dom0. */
import {
  type Machine,
  type Panel,
  type PanelRow,
  type PhysicalRun,
  physicalRuns,
  readMemory,
  type Slot,
} from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { hex, pages, span } from "../../routine/mod.ts";
import { DOM0 } from "./dom0/settings.ts";
import { notesOf } from "./execution/notes.ts";
import { RUNNING } from "./execution/start.ts";
import {
  baseOf,
  crashArea,
  FLAG,
  flagsOf,
  numberSetting,
  positionOf,
  SETTING,
  type Type,
  typeOf,
} from "./state.ts";

export const PANELS: readonly Panel[] = [
  { title: "kexec", rows: kexec, tells: /^(kexec_|running image$|crashing_cpu$)/ },
  { title: "crash notes", rows: crashNotes },
  { title: "dom0", rows: dom0, tells: /^dom0\./ },
];

const FLAGS: readonly (readonly [bigint, string])[] = [
  [1n, "slot 0"],
  [2n, "slot 1"],
  [4n, "slot 2"],
  [8n, "slot 3"],
  [FLAG.defaultPosition, "default at 1"],
  [FLAG.crashPosition, "crash at 3"],
  [FLAG.inProgress, "in progress"],
  [FLAG.inHypercall, "in hypercall"],
];

function kexec(machine: Machine): PanelRow[] {
  const flags = flagsOf(machine);
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0n).map(([, name]) => name);
  const area = crashArea(machine);
  const running = machine.settings.get(RUNNING);
  return [
    ...SLOTS.flatMap((slot) => imageSlots(machine, slot)),
    { name: "kexec_flags", value: [hex(flags), names.join(", ")].join(" ").trimEnd() },
    {
      name: "kexec_crash_area",
      value: area.size === 0n ? "none" : span(area.start, area.start + area.size),
    },
    ...(typeof running === "string" ? [{ name: "running image", value: running }] : []),
  ];
}

const SLOTS: readonly Slot[] = ["default", "crash"];

/** Two places for each type: the position says which of them is the one that would run. */
function imageSlots(machine: Machine, slot: Slot): PanelRow[] {
  const type: Type = typeOf(slot);
  const base = baseOf(type);
  const position = base + positionOf(machine, type);
  return [base, base + 1].map((at): PanelRow => {
    const id = Number(numberSetting(machine, SETTING.image(at)));
    const image = machine.images.get(id);
    const holds = id === 0
      ? "NULL"
      : image === undefined
      ? `image #${id}, which is gone`
      : `${image.name}#${id} at ${hex(image.entryPoint)}`;
    const clear = id !== 0 && (flagsOf(machine) & (1n << BigInt(at))) === 0n;
    return {
      name: `kexec_image[${at}]${at === position ? " <" : ""}`,
      value: `${holds}${clear ? ", bit clear" : ""}`,
    };
  });
}

/** Processors whose notes are told; the rest look alike. */
const MOST_CPUS = 8;
/** Of the saved registers in a note: behind its header and name, then the body's own fields. */
const REGISTERS_AT = 20 + 112;
const RIP_AT = 16 * 8;

function crashNotes(machine: Machine): PanelRow[] {
  const rows: PanelRow[] = [];
  for (let cpu = 0; cpu < Math.min(machine.cpus, MOST_CPUS); cpu++) {
    const range = notesOf(machine, cpu);
    if (range === undefined) return rows;
    const bytes = readMemory(machine, range.start + REGISTERS_AT, RIP_AT + 8);
    const rip = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(RIP_AT, true);
    const saved = bytes.some((byte) => byte !== 0);
    rows.push({
      name: `cpu ${cpu}`,
      value: `${hex(range.start)} ${saved ? `registers saved, rip ${hex(rip)}` : "empty"}`,
    });
  }
  const more = machine.cpus - MOST_CPUS;
  if (more > 0) rows.push({ drawn: `and ${more} more processors` });
  return rows;
}

/** Runs of dom0's memory that are told. */
const MOST_RUNS = 6;

function dom0(machine: Machine): PanelRow[] {
  const kernel = machine.settings.get(DOM0.kernel);
  if (typeof kernel !== "string") return [];
  const width = numberSetting(machine, SETTING.dom0Width);
  const built = Number(numberSetting(machine, DOM0.pages));
  let now = 0;
  let runs = 0;
  const told: PhysicalRun[] = [];
  for (const run of physicalRuns(machine.p2m)) {
    now += run.count;
    if (runs++ < MOST_RUNS) told.push(run);
  }
  const own = SLOTS.flatMap((slot): PanelRow[] => {
    const id = Number(numberSetting(machine, DOM0.image(slot)));
    return id === 0
      ? []
      : [{ name: `its own ${slot} image`, value: machine.images.get(id)?.name ?? `#${id}` }];
  });
  return [
    { name: "kernel", value: `${kernel}, ${width} bits` },
    { name: "tools", value: String(machine.settings.get(DOM0.tools) ?? "none") },
    ...(machine.settings.get(DOM0.hooks) === true
      ? [{ name: "patched", value: "its kexec_load goes to Xen" }]
      : []),
    ...own,
    { name: "pages", value: built === now ? `${now}` : `${now} of ${built}` },
    ...told.map(({ pfn, frame, count }): PanelRow => ({
      name: `p2m ${hex(pfn * PAGE_SIZE)}`,
      value: `-> ${hex(frame * PAGE_SIZE)}, ${pages(count)}`,
    })),
    ...(runs > MOST_RUNS ? [{ drawn: `and ${runs - MOST_RUNS} more runs: show p2m` }] : []),
  ];
}
