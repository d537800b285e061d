/** dom0: the domain that makes the calls, with a physical memory of its own. */
import type { Part } from "../part.ts";
import { balloon, createDomain, exchange } from "./balloon.ts";
import { bootDom0, DOM0_CLAUSE } from "./boot.ts";
import { DESIGN_QUERIES } from "./designs/table.ts";
import { KERNEL_ROUTES } from "./kimage/routes.ts";
import { DOM0_QUERIES } from "./queries.ts";
import { DOM0_HAZARDS, DOM0_RULES } from "./texts.ts";
import { DOM0_OPERATIONS } from "./vocabulary.ts";

export const DOM0_PART: Part = {
  bootClauses: [DOM0_CLAUSE],
  boot: bootDom0,
  operations: DOM0_OPERATIONS,
  routines: {
    balloon,
    exchange,
    domain: createDomain,
  },
  routes: KERNEL_ROUTES,
  rules: DOM0_RULES,
  hazards: DOM0_HAZARDS,
  queries: [...DOM0_QUERIES, ...DESIGN_QUERIES],
};
