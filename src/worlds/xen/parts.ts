/** Every part of this world. Adding one is a line here. */
import { ABI_QUERIES } from "./abi/mod.ts";
import type { Part } from "./part.ts";
import { SIMPLE_DOM0 } from "./simple_dom0.ts";

export const PARTS: readonly Part[] = [
  { queries: ABI_QUERIES },
  SIMPLE_DOM0,
];
