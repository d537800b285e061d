/** Pages of an image of Xen, what each is for, and what is in them now: read from modelled memory. */
import { type Image, type Machine, readMemory, readWord } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";

export interface Table {
  /** 4 is the root. */
  readonly level: number;
  readonly frame: number;
}

/** Pages that map in a row, in frames. */
export interface MappedRun {
  /** Number of the virtual page, of 36 bits. */
  readonly page: number;
  readonly frame: number;
  readonly count: number;
}

const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const ENTRIES = 512;

export interface WalkedTables {
  /** In the order of a walk from the root. */
  readonly tables: readonly Table[];
  readonly mapped: readonly MappedRun[];
}

/** Several fields of one observation are read from the same tables. */
const known = new WeakMap<Machine["contents"], Map<number, WalkedTables>>();

export function walkTables(machine: Machine, root: number): WalkedTables {
  const ofMachine = known.get(machine.contents) ?? new Map<number, WalkedTables>();
  known.set(machine.contents, ofMachine);
  let walked = ofMachine.get(root);
  if (walked === undefined) {
    walked = walk(machine, root);
    ofMachine.set(root, walked);
  }
  return walked;
}

function walk(machine: Machine, root: number): WalkedTables {
  const tables: Table[] = [];
  const mapped: { page: number; frame: number; count: number }[] = [];
  let last = { page: -1, frame: -1, count: 0 };
  const visit = (table: number, level: number, base: number) => {
    tables.push({ level, frame: table });
    const halves = new Uint32Array(readMemory(machine, table * PAGE_SIZE, PAGE_SIZE).buffer);
    for (let i = 0; i < ENTRIES; i++) {
      const low = halves[2 * i]!;
      if ((low & 1) === 0) continue;
      const frame = (halves[2 * i + 1]! & 0xf_ffff) * 2 ** 20 + (low >>> 12);
      const page = base + i * 512 ** (level - 1);
      if (level > 1) visit(frame, level - 1, page);
      else if (last.page + last.count === page && last.frame + last.count === frame) last.count++;
      else mapped.push(last = { page, frame, count: 1 });
    }
  };
  visit(root, 4, 0);
  return { tables, mapped };
}

/** The canonical address of a virtual page. */
export function addressOf(page: number): bigint {
  const vaddr = BigInt(page) << 12n;
  return (vaddr >> 47n) === 0n ? vaddr : vaddr | 0xffff_0000_0000_0000n;
}

/** Whether some run maps a virtual address. */
export function isMapped(mapped: readonly MappedRun[], vaddr: bigint): boolean {
  const page = Number(BigInt.asUintN(48, vaddr) >> 12n);
  return mapped.some((run) => page >= run.page && page < run.page + run.count);
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
  const page = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
  const words = new BigUint64Array(page.buffer);
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
