/** Every part of this world. Adding one is a line here. */
import { ABI_QUERIES } from "./abi/mod.ts";
import { DOM0_PART } from "./dom0/mod.ts";
import { EXECUTION_PART } from "./execution/mod.ts";
import { OWN_SUB_OPERATIONS } from "./sub_operations.ts";
import type { Part } from "./part.ts";
import { TOOLS_PART } from "./tools/mod.ts";
import { V1_PART } from "./v1/mod.ts";

export const PARTS: readonly Part[] = [
  { subOperations: OWN_SUB_OPERATIONS },
  { queries: ABI_QUERIES },
  DOM0_PART,
  V1_PART,
  TOOLS_PART,
  EXECUTION_PART,
];
