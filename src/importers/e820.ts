/**
 * The e820 map in a boot log of Linux or Xen.
 *
 * A log may hold several maps: what the firmware said, what the kernel made of it (`user:`,
 * `modified:`, `extended:`), the boot of a crash kernel, pieces that someone quoted below. A header
 * begins a map, and so does a line that contradicts the map before it: one map never lists one
 * address twice. The first firmware map under its own header wins; without headers, the longest.
 */
import type { FirmwareRegion } from "../memory/mod.ts";
import { type E820Line, type MapName, readE820Line } from "./e820_line.ts";
import { type Imported, imported, type ImportNote, refused } from "./imported.ts";
import { linesOf, newSide, unquoted } from "./lines.ts";

export interface E820Options {
  /** Which of the maps of one boot to take: the firmware's own, unless said otherwise. */
  readonly map?: MapName;
}

/** A map with more lines than this is not one: Linux holds a few thousand, Xen 1024. */
const MOST_REGIONS = 16384;

const HINT = "Paste the `BIOS-e820: [mem …]` lines of dmesg, or the `RAM map` of Xen";

/** The problem of a text that is something else altogether. */
export const NO_E820 = "No line of an e820 map in this text";

/** A map as it was found: regions sorted by address, none overlapping another. */
interface FoundMap {
  readonly name: MapName;
  /** The line of its header or of its first region. */
  readonly line: number;
  readonly headed: boolean;
  readonly regions: LocatedRegion[];
}

interface LocatedRegion extends FirmwareRegion {
  readonly line: number;
}

export function importE820(text: string, options: E820Options = {}): Imported<FirmwareRegion[]> {
  const lines = linesOf(text);
  if (!lines.ok) return lines;
  const notes: ImportNote[] = [];
  const maps = findMaps(lines.value, notes).filter((map) => map.regions.length > 0);
  if (maps.length === 0) {
    const [bad] = notes;
    return bad === undefined ? refused(1, NO_E820, HINT) : refused(bad.line, bad.message, HINT);
  }
  const wanted = options.map ?? "bios";
  const chosen = choose(maps, wanted);
  if (chosen.name !== wanted) {
    note(notes, chosen.line, `There is no \`${wanted}\` map: the \`${chosen.name}\` map is used`);
  }
  for (const map of maps) {
    if (map === chosen) continue;
    const count = counted(map);
    note(
      notes,
      map.line,
      map.name === chosen.name
        ? `Another map of ${count} begins here: left out`
        : `The \`${map.name}\` map of ${count}: left out, the \`${chosen.name}\` map is used`,
    );
  }
  if (!chosen.regions.some((region) => region.type === "usable")) {
    note(notes, chosen.line, "This map has no usable RAM");
  }
  notes.sort((a, b) => a.line - b.line);
  return imported(chosen.regions.map(({ range, type, label }) => ({ range, type, label })), notes);
}

function choose(maps: readonly FoundMap[], wanted: MapName): FoundMap {
  const named = maps.filter((map) => map.name === wanted);
  const from = named.length > 0 ? named : maps;
  const headed = from.find((map) => map.headed);
  return headed ?? from.reduce((a, b) => b.regions.length > a.regions.length ? b : a);
}

function findMaps(lines: readonly string[], notes: ImportNote[]): FoundMap[] {
  const maps: FoundMap[] = [];
  const current = new Map<MapName, FoundMap>();
  let open: MapName = "bios";
  let changes = 0;
  let firstChange = 0;
  const begin = (name: MapName, line: number, headed: boolean): FoundMap => {
    const map: FoundMap = { name, line, headed, regions: [] };
    maps.push(map);
    current.set(name, map);
    return map;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    const { read, used } = readWrapped(lines, i);
    if (lines[i].includes("-]") && read.kind === "region") {
      note(notes, line, "A word diff: the new side is used");
    }
    if (used > 1) note(notes, line, "A line that was wrapped: joined with the next");
    i += used - 1;
    if (read.kind === "header") {
      open = read.map;
      begin(read.map, line, true);
    } else if (read.kind === "change") {
      if (changes++ === 0) firstChange = line;
    } else if (read.kind === "bad") note(notes, line, read.message);
    else if (read.kind === "partial") {
      note(notes, line, "A region without its range or type: left out");
    } else if (read.kind === "region") {
      const name = read.map ?? open;
      const map = current.get(name) ?? begin(name, line, false);
      if (!read.known) note(notes, line, `Unknown type \`${read.label}\`: kept as it is`);
      const found = {
        range: { start: read.start, end: read.end },
        type: read.type,
        label: read.label,
        line,
      };
      const clash = add(map, found, notes);
      if (clash) add(begin(name, line, false), found, notes);
    }
  }
  if (changes > 0 && maps.some((map) => map.regions.length > 0)) {
    const times = changes === 1 ? "once" : `${changes} times`;
    note(notes, firstChange, `The kernel changed its map later, ${times}: left out`);
  }
  return maps;
}

/** Adds in order of address. True if the region overlaps one that is there, and is not its equal. */
function add(map: FoundMap, found: LocatedRegion, notes: ImportNote[]): boolean {
  const { regions } = map;
  let low = 0;
  let high = regions.length;
  const last = regions[high - 1];
  if (last !== undefined && last.range.start < found.range.start) low = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (regions[middle].range.start < found.range.start) low = middle + 1;
    else high = middle;
  }
  const before = regions[low - 1];
  const behind = regions[low];
  if (
    behind !== undefined && behind.range.start === found.range.start &&
    behind.range.end === found.range.end && behind.type === found.type
  ) {
    note(notes, found.line, `The same region as in line ${behind.line}: merged`);
    return false;
  }
  const other = before !== undefined && before.range.end > found.range.start
    ? before
    : behind !== undefined && behind.range.start < found.range.end
    ? behind
    : undefined;
  if (other !== undefined) {
    note(notes, found.line, `Overlaps the region in line ${other.line}: taken for another map`);
    return true;
  }
  if (regions.length >= MOST_REGIONS) {
    note(notes, found.line, `More than ${MOST_REGIONS} regions: left out`);
  } else regions.splice(low, 0, found);
  return false;
}

/**
 * Mail wraps long lines, and quoted-printable mail ends them in `=`. A line that is cut short is
 * read together with the next one, if that one is nothing by itself.
 */
function readWrapped(
  lines: readonly string[],
  at: number,
): { readonly read: E820Line; readonly used: number } {
  const line = newSide(lines[at]);
  const read = readE820Line(line);
  const next = lines[at + 1];
  const soft = line.endsWith("=");
  const cut = read.kind === "partial" ||
    (soft && (read.kind === "other" || (read.kind === "region" && !read.known)));
  if (next === undefined || !cut) return { read, used: 1 };
  const tail = unquoted(newSide(next));
  if (readE820Line(tail).kind !== "other") return { read, used: 1 };
  const joined = readE820Line(soft ? line.slice(0, -1) + tail : `${line.trimEnd()} ${tail}`);
  return joined.kind === "region" ? { read: joined, used: 2 } : { read, used: 1 };
}

function counted(map: FoundMap): string {
  return map.regions.length === 1 ? "1 region" : `${map.regions.length} regions`;
}

function note(notes: ImportNote[], line: number, message: string): void {
  notes.push({ line, message });
}
