/** What can be asked of 9pfs, its grants and its backend. */
import type { QueryShape } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { answer } from "../../../routine/mod.ts";
import { channelsOf, grantsOf } from "../grants/mod.ts";
import { lostWrite } from "./backend.ts";
import { grantsUnchanged, ninepfsFaults } from "./laws.ts";
import { backendOf, frontendOf } from "./state.ts";

export const NINEPFS_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["grants", "unchanged"],
    summary: "whether all that the backend mapped is still granted to it, frame by frame",
    answer: (machine) => ({ kind: "boolean", value: grantsUnchanged(machine) }),
  },
  {
    pattern: ["grants"],
    summary: "how many grants are live",
    answer: (machine) => answer.integer(grantsOf(machine).size),
  },
  {
    pattern: ["grant", { name: "reference", type: "integer" }],
    summary: "the address of the page that a reference grants",
    answer: (machine, args) =>
      answer.frameAddress(grantsOf(machine).get(Number(args.reference))?.frame),
  },
  {
    pattern: ["event", "channels"],
    summary: "how many ports are bound",
    answer: (machine) => answer.integer(channelsOf(machine).size),
  },
  {
    pattern: ["ninepfs", "rings"],
    summary: "the ring pages as the frontend has them",
    answer: (machine) => {
      const frontend = frontendOf(machine);
      if (frontend === undefined) return answer.NOTHING;
      const { rings, order } = frontend;
      return answer.range({ start: rings, end: rings + 2 ** order * PAGE_SIZE });
    },
  },
  {
    pattern: ["ninepfs", "faults"],
    summary: "which laws between module, grants and backend are broken, by their names",
    answer: (machine) => ({
      kind: "list",
      items: ninepfsFaults(machine).map(({ code }) => ({ kind: "text", value: code })),
    }),
  },
  {
    pattern: ["ring", "intact"],
    summary: "whether memory holds all that the backend wrote last",
    answer: (machine) => ({
      kind: "boolean",
      value: backendOf(machine) !== undefined && lostWrite(machine) === undefined,
    }),
  },
];
