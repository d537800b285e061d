/** The image that was selected before the jump, and its tables after it, against the model's. */
import { type Image, isRam, type Machine, walk } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { integerOf, isObject, isObjects, type JsonObject, type JsonValue, show } from "./format.ts";
import {
  hex,
  readXenList,
  tablePages,
  type XenList,
  type XenMapping,
  xenMappings,
} from "./xen_list.ts";
import type { Findings } from "./xen_reader.ts";

interface Subject {
  readonly machine: Machine;
  readonly image: Image;
  readonly findings: Findings;
}

/** Fields of the dump one by one; what is exact for a crash image only is a page of RAM otherwise. */
export function compareXenImage(subject: Subject, slot: number, dump: JsonObject): void {
  const { machine, image, findings } = subject;
  const crash = image.slot === "crash";
  const list = readXenList(machine, image.head);
  const exact: Readonly<Record<string, JsonValue>> = {
    slot,
    type: crash ? 1 : 0,
    arch: image.elfMachine ?? 62,
    entry: hex(image.entryPoint),
    nr_segments: image.segments.length,
    next_crash_page: hex(crash ? image.controlCursor ?? 0 : areaStart(machine)),
  };
  const placed: Readonly<Record<string, number>> = {
    head: Number(image.head),
    entry_page: (image.listEnd?.frame ?? -1) * PAGE_SIZE,
    control_code_page: (image.controlCodeFrame ?? -1) * PAGE_SIZE,
    aux_page_l4: (image.pageTableRoot ?? -1) * PAGE_SIZE,
  };
  for (const [field, wanted] of Object.entries(dump)) {
    const name = `image_before.${field}`;
    if (!findings.meet(name)) continue;
    if (field in exact) findings.expect(name, wanted, exact[field]);
    else if (field in placed) compareAddress(subject, name, wanted, placed[field]!);
    else if (field === "segments") compareSegments(subject, wanted);
    else if (field === "next_entry") {
      const inPlay = isObject(dump.indirection) ? swapped(dump.indirection) : false;
      if (!inPlay) findings.expect(name, wanted, image.listEnd?.word);
    } else if (field === "indirection") compareList(subject, list, wanted);
    else if (field === "pagetables") comparePageTables(subject, name, wanted, dump);
  }
}

function areaStart(machine: Machine): bigint {
  const start = machine.settings.get("kexec_crash_area.start");
  return typeof start === "bigint" ? start : 0n;
}

/** Exact for a crash image; else here as there a page of RAM that is in no destination. */
function compareAddress(
  { machine, image, findings }: Subject,
  name: string,
  wanted: JsonValue | undefined,
  modelled: number,
): void {
  if (image.slot === "crash") return findings.expect(name, wanted, hex(modelled));
  const isFit = (at: number) =>
    at > 0 && at % PAGE_SIZE === 0 && isRam(machine, at / PAGE_SIZE) &&
    !image.segments.some((s) => at + PAGE_SIZE > s.dest && at < s.dest + s.destSize);
  const recorded = Number(integerOf(wanted) ?? 0n);
  findings.expect(name, isFit(recorded), isFit(modelled) || hex(modelled));
}

function compareSegments({ image, findings }: Subject, wanted: JsonValue | undefined): void {
  const strip = (value: JsonValue | undefined) =>
    isObjects(value)
      ? value.map((s) => [s.buf_size, s.dest, s.dest_size] as JsonValue)
      : show(value);
  const modelled = image.segments.map((
    s,
  ): JsonValue => [s.sourceSize, hex(s.dest), s.destSize]);
  findings.expect("image_before.segments", strip(wanted), modelled);
}

/** Whether the heap handed out destinations: then what is where is its choice. */
function swapped(recorded: JsonObject): boolean {
  const parts = isObjects(recorded.by_dest) ? recorded.by_dest : [];
  return parts.some((p) => p.self !== 0 || p.src_zero_mfn !== 0);
}

function compareList(
  { image, findings }: Subject,
  list: XenList,
  wanted: JsonValue | undefined,
): void {
  const name = "image_before.indirection";
  if (!isObject(wanted)) return findings.differ(name, show(wanted), "a list");
  const parts = isObjects(wanted.by_dest) ? wanted.by_dest : [];
  const recorded = parts.map((p): JsonValue => [p.dest!, p.src_pages!, p.zero!]);
  const modelled = list.parts.map((p): JsonValue => [hex(p.dest), p.sources.length, p.zeros]);
  findings.expect(name, recorded, modelled);
  findings.expect(name, wanted.last, list.last);
  const inPlay = swapped(wanted);
  if (!inPlay) findings.expect(name, wanted.entries, list.words);
  const bad = parts.some((p) => Number(p.src_zero_mfn) > 0);
  findings.expect(name, bad, list.parts.some((p) => p.sources.includes(0)));
  if (image.slot === "crash") findings.expect(name, wanted.pages, list.pages.map(hex));
}

/** `dump` tells whether the heap's choices were in play. */
export function comparePageTables(
  { machine, image, findings }: Subject,
  name: string,
  wanted: JsonValue | undefined,
  dump: JsonObject | undefined,
): void {
  if (!isObject(wanted)) return findings.differ(name, show(wanted), "page tables");
  const root = (image.pageTableRoot ?? 0) * PAGE_SIZE;
  const mappings = xenMappings(machine, root);
  const recorded = isObjects(wanted.mappings) ? wanted.mappings : [];
  if (wanted.maps_own_tables !== undefined) {
    const tables = tablePages(machine, root).map(([, at]) => at);
    const own = tables.filter((at) => coversIdentity(mappings, at, PAGE_SIZE));
    findings.expect(name, wanted.maps_own_tables, own);
  }
  if (image.slot === "crash" && !usesHeap(image)) {
    findings.expect(name, wanted.mappings, mappings as unknown as JsonValue);
    findings.expect(name, wanted.table_pages, tablePages(machine, root));
    return;
  }
  for (const segment of image.segments) {
    if (segment.destSize === 0) continue;
    const both = [recorded as unknown as readonly XenMapping[], mappings].map((m) =>
      coversIdentity(m, hex(segment.dest), segment.destSize)
    );
    findings.expect(name, both[0], both[1]);
  }
  const high = (m: { va?: JsonValue }) => (integerOf(m.va) ?? 0n) >= 1n << 47n;
  const highRecorded = recorded.filter(high).map((m): JsonValue => [m.va!, m.len!, m.flags!]);
  const highModelled = mappings.filter(high).map((m): JsonValue => [m.va!, m.len!, m.flags!]);
  findings.expect(name, highRecorded, highModelled);
  const inPlay = dump !== undefined && isObject(dump.indirection) && swapped(dump.indirection);
  if (!inPlay && dump !== undefined) {
    findings.expect(name, pagesOf(recorded as unknown as XenMapping[]), pagesOf(mappings));
  }
}

/** A v1 image waits in pages of the heap even where it is a crash image. */
function usesHeap(image: Image): boolean {
  return image.sourcePages > 0;
}

function pagesOf(mappings: readonly XenMapping[]): number {
  return mappings.reduce((sum, m) => sum + Number(m.len) / PAGE_SIZE, 0);
}

/** Whether `size` bytes from `at` on are mapped to themselves. */
function coversIdentity(mappings: readonly XenMapping[], at: string, size: number): boolean {
  let from = Number(at);
  const end = from + size;
  for (const m of mappings) {
    if (m.va !== m.pa || Number(m.va) > from) continue;
    from = Math.max(from, Math.min(end, Number(m.va) + Number(m.len)));
  }
  return from >= end;
}

/** Accessed and dirty bits of leaves, where the page is one of the image's own destinations. */
export function compareBits(
  { machine, image, findings }: Subject,
  wanted: JsonValue | undefined,
): void {
  const name = "live_pagetables.accessed_dirty";
  if (!Array.isArray(wanted)) return findings.differ(name, show(wanted), "a list");
  for (const pair of wanted) {
    if (!Array.isArray(pair)) continue;
    const [at, bits] = pair;
    const vaddr = integerOf(at) ?? 0n;
    const own = image.slot === "crash" || vaddr >= 1n << 47n ||
      image.segments.some((s) => vaddr >= BigInt(s.dest) && vaddr < BigInt(s.dest + s.destSize));
    if (!own) continue;
    const root = (image.pageTableRoot ?? 0) * PAGE_SIZE;
    const found = walk(machine, root, vaddr, "read", { levels: 4, writeProtect: false });
    findings.expect(name, [at!, bits!], [at!, found.ok ? hex(found.flags & 0x60n) : "not mapped"]);
  }
}
