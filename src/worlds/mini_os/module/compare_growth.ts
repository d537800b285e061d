/** The posted module beside the one that grows, for the module and the kernel that are here. */
import type { Machine, QueryShape } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, pages, span } from "../../../routine/mod.ts";
import { kernelOf } from "../state.ts";
import { planGrowth } from "./grow.ts";
import { moduleOf } from "./view.ts";

/** What a kernel that was built for `wanted` pages would make of the module. */
function compare(machine: Machine, wanted: number): string[] {
  const view = moduleOf(machine);
  if (view === undefined) return ["no module: a kernel would create one of its own size"];
  const { header, range } = view;
  const growth = planGrowth(machine, view, wanted, (start, end) => isFree(machine, start, end));
  const posted = `posted    ${pages(header.pages + 1)} at ${
    span(range.start, range.end)
  }, as it was handed over`;
  switch (growth.kind) {
    case "large-enough":
      return [posted, `growing   the same: ${pages(wanted)} are not more than it has`];
    case "stays":
      return [posted, `growing   the same: ${growth.why}`];
    case "grows":
      return [
        posted,
        `growing   ${pages(wanted)} at ${span(growth.start, range.end)}: ${
          pages(growth.more)
        } join below`,
        `          page 0 becomes page ${growth.more}, the record table moves from ${header.table} to ${growth.table}`,
        `          the last page stays at ${
          hex(range.end - PAGE_SIZE)
        }, and so does every granted page`,
      ];
  }
}

/** In the running kernel: pages that nobody has. */
function isFree(machine: Machine, start: number, end: number): boolean {
  for (let frame = start / PAGE_SIZE; frame < end / PAGE_SIZE; frame++) {
    if (machine.free.get(frame) !== true) return false;
  }
  return true;
}

const MOST_PAGES = 0x10000;

export const GROWTH_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["compare", "growth"],
    summary:
      "what becomes of the module in a kernel built for more pages, as posted and as proposed",
    answer: (machine) => ({
      kind: "text",
      value: `${compare(machine, kernelOf(machine)?.modulePages ?? 0).join("\n")}\n`,
    }),
  },
  {
    pattern: ["compare", "growth", "to", { name: "pages", type: "integer" }],
    summary: "the same for a kernel built for so many pages",
    answer: (machine, args) => {
      const wanted = args.pages as bigint;
      const bounded = wanted < BigInt(MOST_PAGES) ? Number(wanted) : MOST_PAGES;
      return { kind: "text", value: `${compare(machine, bounded).join("\n")}\n` };
    },
  },
];
