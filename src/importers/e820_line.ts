/**
 * One line of a log that may belong to an e820 map.
 *
 * Three spellings: `[mem 0x…-0x…] usable` with inclusive ends (Linux since 3.x), `a - b (usable)`
 * half-open (older Linux, older Xen), `[a, b] (usable)` inclusive (Xen since 4.14). Before it there
 * may be anything a log or a mail puts there; what counts is the word right before the range.
 */
import type { RegionType } from "../memory/mod.ts";
import { hexNumber } from "./lines.ts";

/** Which map of a boot a line is of: what the firmware said, or what the kernel made of it. */
export type MapName = "bios" | "user" | "modified" | "extended";

export type E820Line =
  /** `end` is exclusive. `map` is absent where no word says it; `known` is of the type. */
  | {
    readonly kind: "region";
    readonly map?: MapName;
    readonly start: number;
    readonly end: number;
    readonly type: RegionType;
    readonly label: string;
    readonly known: boolean;
  }
  | { readonly kind: "header"; readonly map: MapName }
  /** `e820: update …`, `e820: remove …`: the kernel changed its copy afterwards. */
  | { readonly kind: "change" }
  | { readonly kind: "gap" }
  /** Surely of a map, but it ends too early: mail may have wrapped it. */
  | { readonly kind: "partial" }
  | { readonly kind: "bad"; readonly message: string }
  | { readonly kind: "other" };

const OTHER: E820Line = { kind: "other" };

/** The words right before a range, with the map that they are of. `Xen:` is Linux as a PV guest. */
const PREFIXES: readonly (readonly [string, MapName])[] = [
  ["BIOS-e820:", "bios"],
  ["BIOS-e801:", "bios"],
  ["BIOS-88:", "bios"],
  ["Xen:", "bios"],
  ["user:", "user"],
  ["modified:", "modified"],
  ["extended:", "extended"],
  ["reserve setup_data:", "extended"],
];

/** What map headers say; any other `… RAM map:` is of the firmware, in the words of Xen. */
const HEADERS: readonly (readonly [string, MapName])[] = [
  ["user-defined", "user"],
  ["modified", "modified"],
  ["extended", "extended"],
  ["fixed", "modified"],
];

const MEM = /\[(mem|gap)[ \t]{0,8}0x([0-9a-f]{1,32})[ ]?-[ ]?0x([0-9a-f]{1,32})\]/iy;
const XEN_CLOSED = /\[([0-9a-f]{8,32}), ([0-9a-f]{8,32})\][ \t]{0,8}\(/iy;
const HALF_OPEN = /(?:0x)?([0-9a-f]{1,32}) - (?:0x)?([0-9a-f]{1,32})[ \t]{1,8}\(/iy;

export function readE820Line(line: string): E820Line {
  const header = line.indexOf("RAM map:");
  if (header >= 0) {
    const before = line.slice(0, header);
    return { kind: "header", map: HEADERS.find(([word]) => before.includes(word))?.[1] ?? "bios" };
  }
  for (let at = line.indexOf("["); at >= 0; at = line.indexOf("[", at + 1)) {
    const mem = matchAt(MEM, line, at);
    if (mem !== null) return readMem(line, at, mem);
    const closed = matchAt(XEN_CLOSED, line, at);
    if (closed !== null) return readParenthesized(line, at, closed, true);
  }
  for (let dash = line.indexOf(" - "); dash >= 0; dash = line.indexOf(" - ", dash + 1)) {
    const open = matchAt(HALF_OPEN, line, hexRunBefore(line, dash));
    if (open !== null) return readParenthesized(line, open.index, open, false);
  }
  return endsWithPrefix(line) ? { kind: "partial" } : OTHER;
}

function readMem(line: string, at: number, [range, what, first, last]: RegExpExecArray): E820Line {
  const before = line.slice(0, at).trimEnd();
  const map = PREFIXES.find(([word]) => before.endsWith(word))?.[1];
  if (map === undefined) {
    if (before.endsWith("e820: update") || before.endsWith("e820: remove")) {
      return { kind: "change" };
    }
    if (!mayStandBare(before)) return OTHER;
  }
  if (what.toLowerCase() === "gap") return { kind: "gap" };
  const rest = line.slice(at + range.length).trim();
  const type = readType(rest);
  if (type === "cut" || (rest === "" && (map !== undefined || before === ""))) {
    return { kind: "partial" };
  }
  if (type === undefined && (map === undefined || rest === "")) return OTHER;
  return region(map, first, last, true, type ?? unknownType(rest), type !== undefined);
}

function readParenthesized(
  line: string,
  at: number,
  [range, first, last]: RegExpExecArray,
  inclusive: boolean,
): E820Line {
  const before = line.slice(0, at).trimEnd();
  const map = PREFIXES.find(([word]) => before.endsWith(word))?.[1];
  const inside = line.slice(at + range.length).replace(/\)[ \t]{0,64}$/, "");
  const type = readType(inside);
  if (type === undefined || type === "cut") {
    return map === undefined && !before.endsWith("(XEN)") ? OTHER : { kind: "partial" };
  }
  return region(map, first, last, inclusive, type, true);
}

function region(
  map: MapName | undefined,
  first: string,
  last: string,
  inclusive: boolean,
  { type, label }: NamedType,
  known: boolean,
): E820Line {
  const start = hexNumber(first);
  const shown = hexNumber(last);
  if (start === undefined || shown === undefined) {
    return { kind: "bad", message: "Address at or above 2^53: left out" };
  }
  const end = inclusive ? shown + 1 : shown;
  if (end <= start) return { kind: "bad", message: "Region ends before it starts: left out" };
  return { kind: "region", start, end, type, label, known, ...(map === undefined ? {} : { map }) };
}

interface NamedType {
  readonly type: RegionType;
  readonly label: string;
}

/** Spellings from Linux 2.6 to 7.x and of Xen, longest first where one begins like another. */
const TYPES: readonly (readonly [string, RegionType])[] = [
  ["usable", "usable"],
  ["System RAM", "usable"],
  ["device reserved", "reserved"],
  ["reserved", "reserved"],
  ["ACPI data", "acpi-data"],
  ["ACPI tables", "acpi-data"],
  ["ACPI NVS", "acpi-nvs"],
  ["unusable", "unusable"],
  ["soft reserved", "soft-reserved"],
];

const PERSISTENT = /^persistent(?: RAM| memory)?(?: \((?:type \d{1,10}|legacy)\))?/i;
const NUMBERED = /^type \d{1,10}/i;

/** The type at the start of `text`; "cut" if the text ends within one. */
export function readType(text: string): NamedType | "cut" | undefined {
  for (const [word, type] of TYPES) {
    const label = text.slice(0, word.length);
    if (label.toLowerCase() !== word.toLowerCase()) continue;
    if (/^[a-z0-9]/i.test(text.slice(word.length, word.length + 1))) continue;
    return { type, label };
  }
  const persistent = PERSISTENT.exec(text);
  if (persistent !== null) return { type: "persistent", label: persistent[0] };
  const numbered = NUMBERED.exec(text);
  if (numbered !== null) return { type: "other", label: numbered[0] };
  const whole = text.toLowerCase();
  const begun = [...TYPES.map(([word]) => word), "type "];
  return whole !== "" && begun.some((word) => word.toLowerCase().startsWith(`${whole} `))
    ? "cut"
    : undefined;
}

function unknownType(rest: string): NamedType {
  return { type: "other", label: rest.slice(0, 40).trim() };
}

/** A range without a word of its own is of a map if nothing but marks and stamps is before it. */
function mayStandBare(before: string): boolean {
  return !/[a-z0-9]$/i.test(before);
}

function endsWithPrefix(line: string): boolean {
  const text = line.trimEnd();
  const open = text.endsWith("[mem") ? text.slice(0, -"[mem".length).trimEnd() : text;
  return PREFIXES.some(([word]) => open.endsWith(word));
}

function hexRunBefore(line: string, end: number): number {
  let at = end;
  while (at > 0 && /[0-9a-fx]/i.test(line[at - 1])) at--;
  return at;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
