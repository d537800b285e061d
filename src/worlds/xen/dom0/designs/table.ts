/** Three designs side by side: what was measured, and what follows from the design alone. */
import type { Machine, QueryShape, Slot } from "../../../../machine/mod.ts";
import { hex, pages } from "../../../../routine/mod.ts";
import { type Features } from "../../version.ts";
import { xenFeatures } from "../../state.ts";
import { type Measured, measureDesigns } from "./measure.ts";

export const DESIGN_QUERIES: readonly QueryShape[] = [
  {
    pattern: [
      "compare",
      "designs",
      { name: "slot", type: "word", choices: ["default", "crash"], required: false },
    ],
    summary: "the loaded image by hooks, by flag and by hypercall: who owns, copies, maps what",
    answer: (machine, { slot }) => ({
      kind: "text",
      value: designsText(machine, slot === "crash" ? "crash" : "default"),
    }),
  },
];

type Row = readonly [aspect: string, cell: (m: Measured, features: Features) => string];

const ROWS: readonly Row[] = [
  ["chosen by", ({ design }) => CHOSEN[design]],
  ["answers", ({ ret, loaded }) => loaded ? ret : `${ret}, and nothing is loaded`],
  ["data copied by", (m, f) => unless(m, COPIED[m.design](f))],
  ["data waits", (m) => m.dataAt === undefined ? "-" : `${hex(m.dataAt)}, ${m.dataOwner}`],
  ["pages of dom0", (m) => m.loaded ? pages(m.fromDom0) : "-"],
  ["pages of Xen's heap", (m) => m.loaded ? pages(m.fromHeap) : "-"],
  ["of the crash area", (m) => m.loaded ? pages(m.fromRegion) : "-"],
  ["addresses translated", (m) => m.loaded ? String(m.translated) : "-"],
  ["tables made by", (m, f) => unless(m, m.design === "hooks" && !f.v1Converts ? "dom0" : "Xen")],
  ["tables", (m) => m.loaded ? `${pages(m.tablePages)}, leaves of ${m.leaf / 1024} KiB` : "-"],
  ["mapped to itself", (m) => m.loaded ? size(m.mappedBytes) : "-"],
  ["0 to 1 MiB mapped", (m) => unless(m, m.lowMapped ? "yes" : "no")],
  [
    "relocated by",
    (m, f) => unless(m, m.design === "hooks" && !f.v1Converts ? "dom0's code" : "Xen's code"),
  ],
  ["dom0 says loaded", (m) => m.dom0Loaded ? "yes" : "no"],
  [
    "dom0 must keep its pages",
    (m, f) =>
      unless(m, m.design !== "hooks" ? "no" : f.v1Converts ? "while loading" : "until unload"),
  ],
  ["native kexec beside it", ({ design }) => design === "flag" ? "yes" : "no"],
  ["goes wrong by", (m, f) => WRONG[m.design](f)],
];

const CHOSEN = {
  hooks: "running as dom0",
  flag: "a flag of the call",
  hypercall: "the program",
} as const;

const COPIED: Readonly<Record<Measured["design"], (f: Features) => string>> = {
  hooks: (f) => f.v1Converts ? "dom0, then Xen" : "dom0",
  flag: () => "Xen",
  hypercall: () => "Xen",
};

const WRONG: Readonly<Record<Measured["design"], (f: Features) => string>> = {
  hooks: (f) =>
    f.v1Converts
      ? "an address not translated"
      : f.v1
      ? "an address not translated, a page given away"
      : "op 1 is gone",
  flag: () => "a kernel that knows no flag",
  hypercall: () => "16 segments and more",
};

function unless({ loaded }: Measured, text: string): string {
  return loaded ? text : "-";
}

function size(bytes: number): string {
  return bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${bytes / 1024} KiB`;
}

function designsText(machine: Machine, slot: Slot): string {
  const measured = measureDesigns(machine, slot);
  if (measured === undefined) return `no ${slot} image is loaded: load one by any way first`;
  const features = xenFeatures(machine);
  const cells = [
    ["", ...measured.map((m) => m.design)],
    ...ROWS.map(([aspect, cell]) => [aspect, ...measured.map((m) => cell(m, features))]),
  ];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd())
    .join("\n");
}
