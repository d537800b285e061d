/** Maps printed back in the form they came in. */
import type { FirmwareRegion, Resource } from "../memory/mod.ts";

/** One `[mem 0x…-0x…] type` line for each region, ends inclusive. [linux:e820__print_table] */
export function formatE820(regions: readonly FirmwareRegion[]): string {
  const hex = (value: number) => `0x${value.toString(16).padStart(16, "0")}`;
  return regions.map(({ range, label }) =>
    `[mem ${hex(range.start)}-${hex(range.end - 1)}] ${label}\n`
  ).join("");
}

/**
 * As `/proc/iomem` prints it: two blanks for each level, at least eight digits. What is nested deeper
 * than `deepest` looks as if it were at that depth: 5 in Linux up to 6.19, then 8. [linux:r_show]
 */
export function formatIomem(resources: readonly Resource[], deepest = 5): string {
  const hex = (value: number) => value.toString(16).padStart(8, "0");
  const lines: string[] = [];
  const work = resources.map((resource) => ({ resource, depth: 0 })).reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { resource: { range, name, children }, depth } = next;
    const indent = " ".repeat(2 * Math.min(depth, deepest));
    lines.push(`${indent}${hex(range.start)}-${hex(range.end - 1)} : ${name}\n`);
    for (let i = children.length - 1; i >= 0; i--) {
      work.push({ resource: children[i], depth: depth + 1 });
    }
  }
  return lines.join("");
}
