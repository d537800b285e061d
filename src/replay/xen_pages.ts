/** Pages of an image of Xen, what each is for, and what is in them now: read from modelled memory. */
import { type Image, type Machine, readMemory, readWord } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

export interface Table {
  /** 4 is the root. */
  readonly level: number;
  readonly frame: number;
}

export interface Mapped {
  readonly va: bigint;
  readonly pa: bigint;
}

const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const ENTRIES = 512;

/** Tables in the order of a walk from the root, and every page that they map, by address. */
export function walkTables(
  machine: Machine,
  root: number,
): { tables: Table[]; mapped: Mapped[] } {
  const tables: Table[] = [];
  const mapped: Mapped[] = [];
  const visit = (frame: number, level: number, base: bigint) => {
    tables.push({ level, frame });
    const words = wordsOf(machine, frame);
    for (let i = 0; i < ENTRIES; i++) {
      const entry = words[i]!;
      if ((entry & 1n) === 0n) continue;
      const va = base + (BigInt(i) << BigInt(12 + 9 * (level - 1)));
      const pa = entry & ADDRESS_BITS;
      if (level === 1) mapped.push({ va: canonical(va), pa });
      else visit(Number(pa) / PAGE_SIZE, level - 1, va);
    }
  };
  visit(root, 4, 0n);
  return { tables, mapped };
}

function canonical(va: bigint): bigint {
  return (va >> 47n) === 0n ? va : va | 0xffff_0000_0000_0000n;
}

function wordsOf(machine: Machine, frame: number): BigUint64Array {
  return new BigUint64Array(readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE).buffer);
}

/** Runs of pages that map in a row. */
export function mappedRuns(mapped: readonly Mapped[]): { va: bigint; pa: bigint; len: bigint }[] {
  const runs: { va: bigint; pa: bigint; len: bigint }[] = [];
  for (const { va, pa } of mapped) {
    const last = runs.at(-1);
    if (last !== undefined && last.va + last.len === va && last.pa + last.len === pa) {
      last.len += 4096n;
    } else runs.push({ va, pa, len: 4096n });
  }
  return runs;
}

/** What each page of an image is for, by frame: `control_code`, `pt_L4`, `indirection`, `seg0`. */
export function labelsOf(machine: Machine, image: Image): Map<number, string> {
  const labels = new Map<number, string>();
  const once = (frame: number, label: string) => {
    if (!labels.has(frame)) labels.set(frame, label);
  };
  if (image.controlCodeFrame !== undefined) once(image.controlCodeFrame, "control_code");
  if (image.head !== 0n) once(Number(image.head >> 12n), "indirection");
  if (image.pageTableRoot !== undefined) {
    for (const { level, frame } of walkTables(machine, image.pageTableRoot).tables) {
      once(frame, `pt_L${level}`);
    }
  }
  for (const [i, s] of image.segments.entries()) {
    if (s.mapOnly === true) continue;
    const first = s.dest / PAGE_SIZE;
    for (let frame = first; frame < first + s.destSize / PAGE_SIZE; frame++) {
      once(frame, `seg${i}`);
    }
  }
  return new Map([...labels].sort(([a], [b]) => a - b));
}

export type LabelRun = readonly [first: string, last: string, pages: number, label: string];

/** Frames with one label in a row, as recordings write them. */
export function labelRuns(labels: Iterable<readonly [number, string]>): LabelRun[] {
  const runs: { start: number; end: number; label: string }[] = [];
  for (const [frame, label] of labels) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === frame && last.label === label) last.end++;
    else runs.push({ start: frame, end: frame + 1, label });
  }
  return runs.map(({ start, end, label }) => [
    hexAddress(start),
    `0x${(end * PAGE_SIZE - 1).toString(16)}`,
    end - start,
    label,
  ]);
}

export function hexAddress(frame: number): string {
  return `0x${(frame * PAGE_SIZE).toString(16)}`;
}

/** `zero`, `pattern A1 off 0x1000`, `11 nonzero qwords, first 0x8002063`. */
export function contentText(machine: Machine, frame: number): string {
  const words = wordsOf(machine, frame);
  const first = words[0]!;
  const counts = words.every((word, i) => word === first + BigInt(i) * 8n);
  const tag = first >> 56n;
  if (counts && tag !== 0n) {
    const offset = first & 0xff_ffff_ffff_ffffn;
    return `pattern ${tag.toString(16).toUpperCase()} off 0x${offset.toString(16)}`;
  }
  const nonzero = words.filter((word) => word !== 0n);
  return nonzero.length === 0
    ? "zero"
    : `${nonzero.length} nonzero qwords, first 0x${nonzero[0]!.toString(16)}`;
}

/** Words of the list from its head on, as recordings write them. */
export function listEntries(machine: Machine, head: bigint): [string, string][] {
  const entries: [string, string][] = [];
  let at = Number(head);
  for (let count = 0; count < ENTRIES; count++) {
    const word = readWord(machine, at);
    const [kind] = KINDS.find(([, bit]) => (word & bit) !== 0n) ?? [`?0x${word.toString(16)}`];
    entries.push([kind, `0x${(word & ADDRESS_BITS).toString(16)}`]);
    if (kind === "done" || kind.startsWith("?")) break;
    at = kind === "indirection" ? Number(word & ADDRESS_BITS) : at + 8;
  }
  return entries;
}

const KINDS: readonly (readonly [string, bigint])[] = [
  ["destination", 1n],
  ["indirection", 2n],
  ["done", 4n],
  ["source", 8n],
  ["zero", 16n],
];
