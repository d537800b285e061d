/**
 * What an image finds mapped when it gets control: read back from the page tables in memory, laid
 * beside what the firmware's map says is there. And what other policies would cost: everything in
 * large pages, as Linux maps, against only what the jump touches, in 4 KiB pages, as Xen does.
 */
import {
  type Image,
  imageIn,
  type Machine,
  mappedRanges,
  type Mapping,
  type Slot,
} from "../machine/mod.ts";
import { normalize, PAGE_SIZE, type Range, sizeOf, subtract } from "../memory/mod.ts";
import { address, byteRange, pages, size, table } from "./format.ts";

/** Names of the flag bits of an entry, lowest first, as processors' manuals call them. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x1, "P"],
  [0x2, "RW"],
  [0x4, "US"],
  [0x8, "PWT"],
  [0x10, "PCD"],
  [0x20, "A"],
  [0x40, "D"],
  [0x80, "PS"],
  [0x100, "G"],
];

const PAGE_NAMES: Readonly<Record<number, string>> = {
  [2 ** 12]: "4 KiB",
  [2 ** 21]: "2 MiB",
  [2 ** 30]: "1 GiB",
};

/** The identity map of the image in `slot`, then what of the address space below 4 GiB it leaves out. */
export function renderIdentityMap(machine: Machine, slot: Slot): string[] {
  const image = imageIn(machine, slot);
  if (image?.pageTableRoot === undefined) return [`the ${slot} slot has no identity map`];
  const mapped = mappedRanges(machine, image.pageTableRoot, levelsOf(machine));
  const rows = mapped.map((m) => [
    `${address(m.start)} .. ${address(m.end)}`,
    m.start === BigInt(m.maddr) ? "1:1" : `to ${address(m.maddr)}`,
    PAGE_NAMES[m.pageSize] ?? size(m.pageSize),
    flagText(m),
  ]);
  const top = Math.max(2 ** 32, ...machine.firmware.map((r) => r.range.end));
  const unmapped = subtract({ start: 0, end: top }, identity(mapped));
  const holes = unmapped.map((r) => [byteRange(r), size(sizeOf(r)), whatIsThere(machine, r)]);
  return [
    ...table(rows),
    `${pages(tablePages(image))} of tables`,
    ...(holes.length === 0 ? [] : ["not mapped:", ...table(holes, "  ")]),
  ];
}

/** Policies side by side, each with its cost in pages of tables. */
export function renderMapCosts(machine: Machine, slot: Slot): string[] {
  const image = imageIn(machine, slot);
  if (image === undefined) return [`the ${slot} slot is empty`];
  const levels = levelsOf(machine);
  const ofType = (...types: readonly string[]) =>
    machine.firmware.filter((r) => types.includes(r.type)).map((r) => r.range);
  const ram = ofType("usable");
  const lowMegabyte = { start: 0, end: 2 ** 20 };
  const tables = ofType("acpi-data", "acpi-nvs");
  const everything = normalize([lowMegabyte, ...ram, ...segments(image), ...tables]);
  const touched = normalize([...segments(image), ...helpers(image), ...sources(machine, image)]);
  const policies: [string, readonly Range[], number][] = [
    ["all RAM, 1 GiB and 2 MiB pages", everything, 2 ** 30],
    ["all RAM, 2 MiB pages", everything, 2 ** 21],
    ["all RAM, 4 KiB pages", everything, 2 ** 12],
    ["only what the jump touches, 4 KiB", touched, 2 ** 12],
    ["the same and the first MiB, 4 KiB", normalize([lowMegabyte, ...touched]), 2 ** 12],
  ];
  const parts: LeftOut[] = [["the first MiB", [lowMegabyte]], ["ACPI tables", tables]];
  return table(policies.map(([name, ranges, largest]) => [
    name,
    pages(tablesFor(ranges, largest, levels)),
    size(tablesFor(ranges, largest, levels) * PAGE_SIZE),
    `covers ${size(total(ranges))}`,
    leftOut(ranges, ram, parts),
  ]));
}

/** Something that a purgatory or a kernel may touch, and where it is. */
type LeftOut = readonly [name: string, ranges: readonly Range[]];

/** What of RAM and of `parts` lies outside the ranges. */
function leftOut(
  ranges: readonly Range[],
  ram: readonly Range[],
  parts: readonly LeftOut[],
): string {
  const missing = (wanted: readonly Range[]) => total(wanted.flatMap((r) => subtract(r, ranges)));
  const texts = parts.filter(([, wanted]) => missing(wanted) > 0).map(([name]) => name);
  const ramLeft = missing(ram);
  if (ramLeft > 0) texts.push(`${size(ramLeft)} of RAM`);
  return texts.length === 0 ? "leaves out holes only" : `leaves out ${texts.join(", ")}`;
}

function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, r) => sum + sizeOf(r), 0);
}

/**
 * Tables that map `ranges` with pages of at most `largest` bytes, the root counted. A page of 1 GiB
 * is used where a whole one is wanted; ends are rounded out to 2 MiB where that is allowed, as Linux
 * does. Costs a step for each range and level.
 */
export function tablesFor(ranges: readonly Range[], largest: number, levels: number): number {
  let count = 1;
  let wanted = normalize(ranges);
  for (let level = levels - 1; level >= 1; level--) {
    // What one table of this level maps, and so what an entry of the level above stands for.
    const span = 2 ** (12 + 9 * level);
    if (span <= largest) {
      wanted = span === 2 ** 21 ? [] : normalize(wanted.flatMap((r) => partsBelow(r, span)));
    }
    count += blocksTouched(wanted, span);
  }
  return count;
}

/** How many aligned blocks of `span` bytes the ranges touch; they are ascending and disjoint. */
function blocksTouched(ranges: readonly Range[], span: number): number {
  let count = 0;
  let behind = 0;
  for (const r of ranges) {
    const first = Math.max(Math.floor(r.start / span), behind);
    const last = Math.ceil(r.end / span);
    count += Math.max(0, last - first);
    behind = Math.max(behind, last);
  }
  return count;
}

/** What of a range is not made of whole aligned pieces of `unit` bytes. */
function partsBelow(r: Range, unit: number): Range[] {
  const start = Math.ceil(r.start / unit) * unit;
  const end = Math.floor(r.end / unit) * unit;
  return start >= end ? [r] : subtract(r, [{ start, end }]);
}

/** Levels of the maps that kernels make for images. */
export function levelsOf(machine: Machine): 4 | 5 {
  return String(machine.settings.get("cpu.la57") ?? "false") === "true" ? 5 : 4;
}

function flagText(m: Mapping): string {
  const cache = (m.flags & 0x10) === 0 ? "WB" : "UC";
  return `${
    FLAGS.filter(([bit]) => (m.flags & bit) !== 0).map(([, name]) => name).join(" ")
  } ${cache}`;
}

/** Ranges that are mapped to themselves, bytes; the upper half of the address space is none. */
function identity(mapped: readonly Mapping[]): Range[] {
  return mapped.filter((m) => m.start === BigInt(m.maddr))
    .map((m) => ({ start: Number(m.start), end: Number(m.end) }));
}

/** What the firmware's map says of a range that is not mapped, and how it would have to be mapped. */
function whatIsThere(machine: Machine, r: Range): string {
  const labels = new Set(
    machine.firmware.filter((f) => f.range.start < r.end && f.range.end > r.start).map((f) =>
      f.label
    ),
  );
  return labels.size === 0
    ? "hole: devices, if anything; would need UC"
    : `${[...labels].join(", ")}; the rest would need UC`;
}

function tablePages(image: Image): number {
  let count = 0;
  for (let i = 0; i < image.pageTableFrames.length; i += 2) {
    count += image.pageTableFrames[i + 1]! - image.pageTableFrames[i]!;
  }
  return count;
}

function segments(image: Image): Range[] {
  return image.segments.filter((s) => s.destSize > 0)
    .map((s) => ({ start: s.dest, end: s.dest + s.destSize }));
}

/** Where its pages wait: the copying reads them. */
function sources(machine: Machine, image: Image): Range[] {
  const found: Range[] = [];
  for (const { start, end, value } of machine.owners.from()) {
    if (value.kind === "source" && value.image === image.id) {
      found.push({ start: start * PAGE_SIZE, end: end * PAGE_SIZE });
    }
  }
  return found;
}

function helpers(image: Image): Range[] {
  const frames = [image.controlCodeFrame, image.swapFrame, image.vmcoreinfoFrame]
    .filter((f) => f !== undefined)
    .map((f) => ({ start: f * PAGE_SIZE, end: (f + 1) * PAGE_SIZE }));
  for (let i = 0; i < image.indirectionFrames.length; i += 2) {
    frames.push({
      start: image.indirectionFrames[i]! * PAGE_SIZE,
      end: image.indirectionFrames[i + 1]! * PAGE_SIZE,
    });
  }
  return frames;
}
