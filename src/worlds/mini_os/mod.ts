/** The Mini-OS world: a PVH guest of Xen that replaces itself, and what it hands over. */
import type { World } from "../../machine/mod.ts";
import { boot } from "./boot.ts";
import { BOOT_CLAUSES } from "./boot_request.ts";
import { decide, OPERATIONS } from "./decide.ts";
import { IMAGE_CLAUSES, KEXEC_HAZARDS, KEXEC_QUERIES, KEXEC_RULES } from "./kexec/mod.ts";
import { KHO_QUERIES } from "./kho/compare.ts";
import { GROWTH_QUERIES } from "./module/compare_growth.ts";
import { MODULE_QUERIES } from "./module/queries.ts";
import { NINEPFS_QUERIES } from "./ninepfs/mod.ts";
import { PANELS } from "./panels.ts";
import { HAZARDS, RULES } from "./texts/mod.ts";
import { RELEASES } from "./version.ts";

export const miniOs: World = {
  name: "mini_os",
  title: "Mini-OS",
  versions: RELEASES,
  versionsAreNames: true,
  bootClauses: BOOT_CLAUSES,
  operations: OPERATIONS.map(({ shape }) => shape),
  imageFlags: [{ name: "mini_os", summary: "a kernel of Mini-OS, with what `kexec` hands over" }],
  keepsNoImage: true,
  imageClauses: IMAGE_CLAUSES,
  queries: [
    ...MODULE_QUERIES,
    ...NINEPFS_QUERIES,
    ...GROWTH_QUERIES,
    ...KHO_QUERIES,
    ...KEXEC_QUERIES,
  ],
  rules: [...RULES, ...KEXEC_RULES],
  hazards: [...HAZARDS, ...KEXEC_HAZARDS],
  panels: PANELS,
  boot,
  decide,
};
