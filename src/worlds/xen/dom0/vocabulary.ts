/** Sentences about dom0's memory and about other domains. Data only. */
import type { ClauseShape } from "../../../machine/mod.ts";

export const DOM0_OPERATIONS: readonly ClauseShape[] = [
  {
    head: "balloon",
    summary: "dom0 gives pages back to Xen, or gets some: `balloon out 64MiB`",
    positional: [
      { name: "direction", type: "word", choices: ["out", "in"], required: true },
      { name: "size", type: "size", required: true },
    ],
    labels: [{
      name: "at",
      type: "address",
      summary: "dom0's own address: these pages, whatever it uses them for; else unused ones",
    }],
  },
  {
    head: "exchange",
    summary: "dom0's pages become adjoining frames: xen_create_contiguous_region",
    positional: [{ name: "size", type: "size", required: true }],
    labels: [
      { name: "at", type: "address", required: true, summary: "dom0's own address" },
      { name: "below", type: "address", summary: "machine address that the frames must be below" },
    ],
  },
  {
    head: "domain",
    summary: "Xen starts another domain: its builder takes free frames and writes them",
    positional: [{ name: "name", type: "name", required: true }],
    labels: [{ name: "memory", type: "size", required: true }],
  },
];
