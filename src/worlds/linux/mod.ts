/**
 * The Linux world: kexec of a bare-metal x86_64 kernel, from the system call to the point of no
 * return.
 */
import type { World } from "../../machine/mod.ts";
import { PURGATORY_HAZARDS, PURGATORY_QUERIES } from "../../purgatory/mod.ts";
import { boot } from "./boot.ts";
import { BOOT_CLAUSES } from "./boot_vocabulary.ts";
import { decide } from "./decide.ts";
import { EXECUTION_QUERIES } from "./execution/queries.ts";
import { EXECUTION_HAZARDS, EXECUTION_RULES } from "./execution/texts.ts";
import {
  EXECUTION_BOOT_CLAUSES,
  EXECUTION_OPERATIONS,
  IMAGE_FLAGS,
} from "./execution/vocabulary.ts";
import { PANELS } from "./panels.ts";
import { QUERIES } from "./queries.ts";
import { HAZARDS, RULES } from "./texts/mod.ts";
import { OPERATIONS } from "./vocabulary.ts";

export const linux: World = {
  name: "linux",
  title: "Linux",
  versions: ["4.18", "5.15", "6.1", "6.6", "6.12", "6.14", "6.16", "6.18", "7.0"],
  bootClauses: [...BOOT_CLAUSES, ...EXECUTION_BOOT_CLAUSES],
  operations: [...OPERATIONS, ...EXECUTION_OPERATIONS],
  imageFlags: IMAGE_FLAGS,
  loader: { purgatories: ["kexec_tools", "in_kernel"], coreHeader: true },
  queries: [...QUERIES, ...EXECUTION_QUERIES, ...PURGATORY_QUERIES],
  rules: [...RULES, ...EXECUTION_RULES],
  hazards: [...HAZARDS, ...EXECUTION_HAZARDS, ...PURGATORY_HAZARDS],
  panels: PANELS,
  boot,
  decide,
};

export { HAZARDS } from "./texts/mod.ts";
export { probe, type SetupHeader, syntheticBzImage } from "./bzimage.ts";
export { type DecodedList, decodeList } from "../../execution/mod.ts";
export { crashLowRegion, crashRegion, crashSize, kernelFeatures } from "./kernel.ts";
export { iomemLines, iomemText } from "./iomem.ts";
export { featuresOf } from "./version.ts";
