/** What a script can ask once Xen runs. */
import { logLines, type QueryShape } from "../../machine/mod.ts";
import { answer } from "../../routine/mod.ts";
import { IMAGE_QUERIES } from "./image_queries.ts";
import { crashArea, crashRegion, flagsOf } from "./state.ts";

export const QUERIES: readonly QueryShape[] = [
  {
    pattern: ["kexec_flags"],
    summary:
      "Xen's own word: slots in bits 0 to 3, positions in 4 and 5, in progress 6, in hypercall 7",
    answer: (machine) => answer.hex(flagsOf(machine)),
  },
  {
    pattern: ["crash", "region"],
    summary: "where crash images are loaded",
    answer: (machine) => answer.range(crashRegion(machine)),
  },
  {
    pattern: ["crash", "area", "start"],
    summary: "start of the crash area as Xen keeps it, also where its size is 0",
    answer: (machine) => answer.hex(crashArea(machine).start),
  },
  {
    pattern: ["crash", "area", "size"],
    summary: "size of the crash area as Xen keeps it, also where its start is 0",
    answer: (machine) => answer.integer(crashArea(machine).size),
  },
  {
    pattern: ["log"],
    summary: "Xen's log, one line after the other",
    answer: (machine) => ({ kind: "text", value: logLines(machine).join("\n") }),
  },
  ...IMAGE_QUERIES,
];
