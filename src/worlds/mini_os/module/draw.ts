/** The module drawn: the picture that the reviewer of the series asked for. */
import type { Machine } from "../../../machine/mod.ts";
import { PAGE_SIZE, subtract } from "../../../memory/mod.ts";
import { kernelOf, modulePointersOf } from "../state.ts";
import { HEADER_SIZE, PAGE_FREE, RECORD, RECORD_SIZE } from "./layout.ts";
import { moduleOf, type ModuleView } from "./view.ts";

/** A run of pages with one owner, or a part of the last page. */
export interface Part {
  /** Bytes; of memory for pages, of the last page for its parts. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** Pages that follow each other and have the same owner are one part. */
export function pageParts({ owners, range }: ModuleView): Part[] {
  const parts: Part[] = [];
  for (const [i, owner] of owners.entries()) {
    const start = range.start + i * PAGE_SIZE;
    const label = owner === PAGE_FREE ? "free" : `record ${owner}`;
    const last = parts.at(-1);
    if (last?.label === label) parts[parts.length - 1] = { ...last, end: start + PAGE_SIZE };
    else parts.push({ start, end: start + PAGE_SIZE, label });
  }
  return parts;
}

/** What stands where in the last page, gaps included; parts beyond its end are told too. */
export function adminParts({ header, records, pointers }: ModuleView): Part[] {
  const slots = header.table + header.records * RECORD_SIZE;
  const used = records.map((record, index) => ({ record, index }))
    .filter(({ record }) => record.type !== RECORD.none);
  const parts: Part[] = [
    { start: 0, end: HEADER_SIZE, label: "header" },
    { start: HEADER_SIZE, end: HEADER_SIZE + header.pages, label: "map of pages" },
    {
      start: header.table,
      end: slots,
      label: `record table, ${used.length} of ${header.records} used`,
    },
    ...used.map(({ record: { offset, size, type }, index }) => ({
      start: offset,
      end: offset + size,
      label: `data of record ${index}: ${type === RECORD.ninepfs ? "9pfs" : `type ${type}`}`,
    })),
  ].filter((part) => part.end > part.start);
  const dataEnd = pointers.dataEnd - pointers.admin;
  for (const gap of subtract({ start: slots, end: dataEnd }, parts)) {
    parts.push({ ...gap, label: "data that no slot tells of" });
  }
  const end = Math.max(slots, dataEnd, ...parts.map((p) => p.end));
  if (end < PAGE_SIZE) parts.push({ start: end, end: PAGE_SIZE, label: "room for data" });
  return parts.sort((a, b) => a.start - b.start);
}

/** All parts by their addresses: pages first, then the parts of the last page. */
export function layoutOf(machine: Machine): Part[] {
  const view = moduleOf(machine);
  if (view === undefined) return [];
  const { admin } = view.pointers;
  const inside = adminParts(view).map(({ start, end, label }) => ({
    start: admin + start,
    end: admin + end,
    label,
  }));
  return [...pageParts(view), ...inside];
}

export function drawModule(machine: Machine): string[] {
  const view = moduleOf(machine);
  if (view === undefined) {
    const kernel = kernelOf(machine);
    return [kernel === undefined ? "no Mini-OS runs" : "no module"];
  }
  const { range, header, pointers, eyeCatcher } = view;
  const forgotten = modulePointersOf(machine).start === range.start
    ? ""
    : `, though the kernel thinks that it begins at ${hex(pointers.start)}`;
  const pages = pageParts(view).map((part) => {
    const count = (part.end - part.start) / PAGE_SIZE;
    return [`${hex(part.start)} .. ${hex(part.end)}`, plural(count), part.label];
  });
  const admin = [
    `${hex(pointers.admin)} .. ${hex(pointers.admin + PAGE_SIZE)}`,
    "1 page",
    "last page:",
  ];
  const parts = adminParts(view).map((part) => [
    `  +${part.start} .. +${part.end}`,
    `${part.end - part.start} bytes`,
    part.end > PAGE_SIZE ? `${part.label}, beyond the page` : part.label,
  ]);
  return [
    `module of ${plural(header.pages + 1)}, ${header.pages} of them for records${
      eyeCatcher ? "" : ", without its eye catcher"
    }${forgotten}`,
    ...columns([...bounded(pages), admin, ...bounded(parts)]),
  ];
}

/** A damaged header can count thousands of records: nobody reads them. */
const MOST_ROWS = 40;

function bounded(rows: readonly (readonly string[])[]): (readonly string[])[] {
  if (rows.length <= MOST_ROWS) return [...rows];
  return [...rows.slice(0, MOST_ROWS), ["…", "", `${rows.length - MOST_ROWS} more`]];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map(([where, size, label]) =>
    `${where!.padEnd(widths[0]!)}  ${size!.padStart(widths[1]!)}  ${label}`
  );
}

function plural(count: number): string {
  return `${count} page${count === 1 ? "" : "s"}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
