/** What a script can ask about an image that Xen keeps as a guest's addresses. */
import { type Machine, ownerOf, type QueryShape, type Slot } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";

export const V1_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["page_list", "of", { name: "slot", type: "word", choices: ["default", "crash"] }],
    summary: "Xen 4.3 and older: helper pages of an image of op 1, and whose they are now",
    answer: (machine, { slot }) => ({
      kind: "text",
      value: pageListText(machine, slot === "crash" ? "crash" : "default"),
    }),
  },
];

/** Words of `page_list` by pairs, as Kiper's series has them; a 32-bit guest has other pages there. */
const NAMES = ["code", "PGD", "PUD 0", "PUD 1", "PMD 0", "PMD 1", "PTE 0", "PTE 1", "identity map"];

function pageListText(machine: Machine, slot: Slot): string {
  const id = machine.slots[slot];
  const image = id === undefined ? undefined : machine.images.get(id);
  if (image?.pageList === undefined) return `no ${slot} image with a page_list is loaded`;
  const list = image.pageList;
  const lines: string[] = [];
  for (let k = 0; k < list.length; k += 2) {
    const address = list[k]!;
    if (address === 0n) continue;
    const name = image.elfMachine === 3 ? "" : `  ${(NAMES[k / 2] ?? "").padEnd(12)}`;
    const owner = ownerOf(machine, Math.floor(Number(address) / PAGE_SIZE));
    const whose = owner === undefined ? "no RAM" : owner === "free" ? "free" : owner.label;
    const reached = k + 1 < list.length ? `reached at ${hex(list[k + 1]!)}` : "not reached by Xen";
    lines.push(`${String(k).padStart(2)}${name}  ${hex(address)}  ${reached}  ${whose}`);
  }
  return lines.join("\n");
}
