/** An image as the kernel holds it: segments, helper pages, counts. */
import type { Image, Machine, Segment, Slot } from "../machine/mod.ts";
import { imageIn } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { address, frameList, pages, size, table } from "./format.ts";

export function renderSlots(machine: Machine): string[] {
  return table((["default", "crash"] as const).map((slot) => {
    const image = imageIn(machine, slot);
    if (image === undefined) return [slot, "empty"];
    const bytes = image.segments.reduce((sum, s) => sum + s.destSize, 0);
    return [
      slot,
      `${image.name}#${image.id}: ${image.segments.length} segments, ${size(bytes)}, entry ${
        address(image.entryPoint)
      }`,
    ];
  }));
}

export function renderImage(image: Image | undefined, slot: Slot): string[] {
  if (image === undefined) return [`the ${slot} slot is empty`];
  const flags = [
    image.preserveContext ? "preserve" : "",
    image.fileMode ? "file" : "",
    image.purgatory === undefined ? "" : `purgatory ${image.purgatory.kind}`,
  ].filter((flag) => flag !== "");
  const rows = image.segments.map((s) => [
    s.name,
    `${address(s.dest)} .. ${address(s.dest + s.destSize)}`,
    size(s.destSize),
    s.mapOnly === true
      ? "only mapped"
      : s.sourceSize < s.destSize
      ? `${s.buffer.label}, ${size(s.sourceSize)}, then zeros`
      : s.buffer.label,
    growth(s, image.segments),
  ]);
  return [
    `image ${image.name}#${image.id} in the ${slot} slot${
      flags.length > 0 ? ` (${flags.join(", ")})` : ""
    }, entry ${address(image.entryPoint)}`,
    ...table(rows, "  "),
    ...helperPages(image),
  ];
}

/** How far a segment writes once it runs, and how much room is left before the next one. */
function growth(s: Segment, all: readonly Segment[]): string {
  if (s.runsTo === undefined || s.runsTo <= s.destSize) return "";
  const end = s.dest + s.runsTo;
  const [next] = all.filter((v) => v !== s && v.destSize > 0 && v.dest >= s.dest)
    .toSorted((a, b) => a.dest - b.dest);
  const gap = next === undefined
    ? ""
    : next.dest < end
    ? `, over ${next.name}`
    : `, ${size(next.dest - end)} before ${next.name}`;
  return `runs to ${address(end)}${gap}`;
}

function helperPages(image: Image): string[] {
  const page = (frame: number): string => address(frame * PAGE_SIZE);
  const rows: string[][] = [];
  if (image.controlCodeFrame !== undefined) {
    rows.push(["control code page", page(image.controlCodeFrame)]);
  }
  if (image.swapFrame !== undefined) rows.push(["swap page", page(image.swapFrame)]);
  if (image.vmcoreinfoFrame !== undefined) {
    rows.push(["vmcoreinfo copy", page(image.vmcoreinfoFrame)]);
  }
  if (image.pageTableRoot !== undefined) rows.push(["page table root", page(image.pageTableRoot)]);
  if (image.pageTableFrames.length > 0) {
    rows.push(["page tables", frameList(ascending(image.pageTableFrames))]);
  }
  if (image.indirectionFrames.length > 0) {
    rows.push(["indirection pages", frameList(ascending(image.indirectionFrames))]);
  }
  rows.push(["list head", address(image.head)]);
  if (image.listWords > 0) {
    rows.push([
      "list",
      `${image.listWords} words, ${
        pages(image.sourcePages)
      } of source, ${image.sourcesInPlace} in place already`,
    ]);
  }
  return table(rows, "  ");
}

function ascending(frames: readonly number[]): number[] {
  const runs: [number, number][] = [];
  for (let i = 0; i < frames.length; i += 2) runs.push([frames[i]!, frames[i + 1]!]);
  return runs.sort((a, b) => a[0] - b[0]).flat();
}
