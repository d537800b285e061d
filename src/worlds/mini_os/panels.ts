/** What Mini-OS has: its module drawn, what Xen holds for it, and the kexec that it prepares. */
import type { Machine, Panel, PanelRow } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { hex, pages, span } from "../../routine/mod.ts";
import { MAX_ACTIONS, NO_ENTRY } from "./elf/mod.ts";
import { channelsOf, endangered, type Grant, grantsOf, handlersOf } from "./grants/mod.ts";
import { actionLine } from "./kexec/queries.ts";
import { kexecOf } from "./kexec/mod.ts";
import { freePages } from "./memory/mod.ts";
import { drawModule } from "./module/draw.ts";
import { brokenLaws } from "./module/laws.ts";
import { moduleOf } from "./module/view.ts";
import { backendOf, frontendOf } from "./ninepfs/state.ts";
import { kernelOf } from "./state.ts";

export const PANELS: readonly Panel[] = [
  { title: "kernel", rows: kernel },
  { title: "module", rows: module },
  { title: "grants", rows: grants },
  { title: "event channels", rows: channels },
  { title: "9pfs", rows: ninepfs },
  { title: "kexec in preparation", rows: kexec },
];

function kernel(machine: Machine): PanelRow[] {
  const k = kernelOf(machine);
  if (k === undefined) return [];
  return [
    { name: "generation", value: String(k.generation) },
    { name: "module_pages", value: String(k.modulePages) },
    { name: "start info", value: hex(k.startInfo) },
    { name: "first free pfn", value: hex(k.firstFreePfn) },
    { name: "start pfn", value: hex(k.startPfn) },
    { name: "max pfn", value: hex(k.maxPfn) },
    { name: "free pages", value: String(freePages(machine)) },
  ];
}

function module(machine: Machine): PanelRow[] {
  if (kernelOf(machine) === undefined) return [];
  const broken = moduleOf(machine) === undefined ? [] : brokenLaws(machine);
  return [
    ...drawModule(machine).map((drawn) => ({ drawn })),
    ...broken.map(({ code }) => ({ name: "broken", value: code })),
  ];
}

/** Runs of grants that are told. */
const MOST_GRANTS = 24;

interface GrantRun {
  readonly reference: number;
  readonly domain: number;
  readonly frame: number;
  /** How references and frames go on: one up or one down, the same for all of the run. */
  readonly step: readonly [number, number] | undefined;
  readonly count: number;
}

/** References with adjoining frames are one row. */
function grants(machine: Machine): PanelRow[] {
  const runs = grantRuns([...grantsOf(machine)]);
  const lost = endangered(machine);
  const rows = runs.slice(0, MOST_GRANTS).map((run): PanelRow => {
    const last = run.reference + (run.step?.[0] ?? 0) * (run.count - 1);
    const end = run.frame + (run.step?.[1] ?? 0) * (run.count - 1);
    const first = Math.min(run.frame, end) * PAGE_SIZE;
    const many = `${span(first, first + run.count * PAGE_SIZE)}, ${pages(run.count)}`;
    return {
      name: run.count === 1 ? `${run.reference}` : `${run.reference} … ${last}`,
      value: `domain ${run.domain} may map ${many}`,
    };
  });
  if (runs.length > MOST_GRANTS) rows.push({ drawn: `and ${runs.length - MOST_GRANTS} more` });
  if (lost.length > 0) {
    rows.push({ name: "in danger", value: `${lost.length}: the kernel takes them for unused` });
  }
  return rows;
}

function grantRuns(entries: readonly (readonly [number, Grant])[]): GrantRun[] {
  const runs: GrantRun[] = [];
  for (const [reference, { domain, frame }] of entries) {
    const run = runs.at(-1);
    if (run !== undefined && run.domain === domain) {
      const { step = adjoining(reference - run.reference, frame - run.frame), count } = run;
      if (
        step !== undefined && reference === run.reference + step[0] * count &&
        frame === run.frame + step[1] * count
      ) {
        runs[runs.length - 1] = { ...run, step, count: count + 1 };
        continue;
      }
    }
    runs.push({ reference, domain, frame, step: undefined, count: 1 });
  }
  return runs;
}

function adjoining(references: number, frames: number): readonly [number, number] | undefined {
  return Math.abs(references) === 1 && Math.abs(frames) === 1 ? [references, frames] : undefined;
}

function channels(machine: Machine): PanelRow[] {
  const handlers = handlersOf(machine);
  return [...channelsOf(machine)].map(([port, to]): PanelRow => {
    const leads = handlers.get(port);
    return {
      name: `port ${port}`,
      value: leads === undefined
        ? `to ${to}, no handler`
        : `to ${to}, handler ${leads.handler}${leads.masked ? ", masked" : ""}`,
    };
  });
}

function ninepfs(machine: Machine): PanelRow[] {
  const frontend = frontendOf(machine);
  const backend = backendOf(machine);
  const rows: PanelRow[] = [];
  if (frontend !== undefined) {
    const { record, port, order, shared, rings } = frontend;
    rows.push(
      { name: "record", value: record < 0 ? "none: ordinary pages" : String(record) },
      { name: "shared page", value: `${hex(shared)}, port ${port}` },
      { name: "ring", value: span(rings, rings + (PAGE_SIZE << order)) },
      { name: "indices", value: `out ${frontend.prodOut} written, in ${frontend.consIn} read` },
    );
  }
  if (backend !== undefined) {
    const { domain, references, inProd } = backend;
    rows.push({
      name: "backend",
      value: `domain ${domain}, ${references.length} ring pages mapped, ${inProd} bytes written`,
    });
  }
  return rows;
}

function kexec(machine: Machine): PanelRow[] {
  const state = kexecOf(machine);
  if (state.entry === NO_ENTRY && state.actions.length === 0) return [];
  return [
    ...(state.entry === NO_ENTRY ? [] : [{ name: "entry", value: hex(state.entry) }]),
    { name: "end", value: hex(state.lastAddr) },
    ...(state.paramSize === 0 ? [] : [{
      name: "its start info",
      value: span(state.paramPa, state.paramPa + BigInt(state.paramSize)),
    }]),
    ...(state.pagePfn === undefined
      ? []
      : [{ name: "final stage", value: hex(state.pagePfn * PAGE_SIZE) }]),
    { name: "actions", value: `${state.actions.length} of ${MAX_ACTIONS}` },
    ...state.actions.map((action) => ({ drawn: `  ${actionLine(action)}` })),
  ];
}
