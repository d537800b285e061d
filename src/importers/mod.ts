/** Reading of memory maps that people have: boot logs, `/proc/iomem`, and the mails around them. */
import type { FirmwareRegion, Resource } from "../memory/mod.ts";
import { type E820Options, importE820, NO_E820 } from "./e820.ts";
import { type Imported, imported, refused } from "./imported.ts";
import { importIomem, NO_IOMEM } from "./iomem.ts";
import { firmwareMapOfIomem } from "./iomem_regions.ts";

export type { Imported, ImportNote, ImportProblem } from "./imported.ts";
export type { MapName } from "./e820_line.ts";
export { type E820Options, importE820 } from "./e820.ts";
export { importIomem } from "./iomem.ts";
export {
  crashRangesOfIomem,
  firmwareMapOfIomem,
  type KernelRanges,
  kernelRangesOfIomem,
} from "./iomem_regions.ts";
export { formatE820, formatIomem } from "./format.ts";

export type MemoryMap =
  | { readonly kind: "e820"; readonly regions: FirmwareRegion[] }
  | {
    readonly kind: "iomem";
    readonly regions: FirmwareRegion[];
    readonly resources: Resource[];
  };

/** Either kind of map. In a text that holds both, the kind with more entries wins, e820 on a tie. */
export function importMemoryMap(text: string, options: E820Options = {}): Imported<MemoryMap> {
  const e820 = importE820(text, options);
  const iomem = importIomem(text);
  const resources = iomem.ok ? countOf(iomem.value) : 0;
  if (e820.ok && e820.value.length >= resources) {
    const other = resources === 0
      ? []
      : [{ line: 1, message: `${lines(resources)} of /proc/iomem in this text: left out` }];
    return imported({ kind: "e820", regions: e820.value }, [...other, ...e820.notes]);
  }
  if (iomem.ok) {
    const other = e820.ok
      ? [{ line: 1, message: `${lines(e820.value.length)} of an e820 map in this text: left out` }]
      : [];
    const regions = firmwareMapOfIomem(iomem.value);
    return imported({ kind: "iomem", regions, resources: iomem.value }, [...other, ...iomem.notes]);
  }
  if (!e820.ok && e820.problem.message !== NO_E820) return e820;
  if (iomem.problem.message !== NO_IOMEM) return iomem;
  return refused(
    1,
    "This text holds no memory map",
    "Paste the `BIOS-e820` lines of dmesg, the `RAM map` of Xen, or `sudo cat /proc/iomem`",
  );
}

function lines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function countOf(resources: readonly Resource[]): number {
  const work = [...resources];
  let count = 0;
  for (let next = work.pop(); next !== undefined; next = work.pop(), count++) {
    for (const child of next.children) work.push(child);
  }
  return count;
}
