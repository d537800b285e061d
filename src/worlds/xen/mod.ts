/** The Xen world: the kexec hypercall, its images, and the domain that makes the call. */
import type { World } from "../../machine/mod.ts";
import { PURGATORY_HAZARDS, PURGATORY_QUERIES } from "../../purgatory/mod.ts";
import { boot } from "./boot.ts";
import { BOOT_CLAUSES } from "./boot_vocabulary.ts";
import { decide } from "./decide.ts";
import { PANELS } from "./panels.ts";
import { PARTS } from "./parts.ts";
import { QUERIES } from "./queries.ts";
import { HAZARDS, RULES } from "./texts/mod.ts";
import { operations } from "./vocabulary.ts";

const ROUTES = PARTS.flatMap((part) => part.routes ?? []).map((route) => route.word);

export const xen: World = {
  name: "xen",
  title: "Xen",
  versions: ["4.2", "4.3", "4.4.0", "4.4", "4.6", "4.8", "4.9", "4.17", "4.22", "4.23"],
  bootClauses: [...BOOT_CLAUSES, ...PARTS.flatMap((part) => part.bootClauses ?? [])],
  operations: [...operations(ROUTES), ...PARTS.flatMap((part) => part.operations ?? [])],
  imageFlags: [{ name: "i386", summary: "32-bit code: Xen enters it in protected mode" }],
  loader: { purgatories: ["kexec_tools"], coreHeader: false },
  queries: [...QUERIES, ...PURGATORY_QUERIES, ...PARTS.flatMap((part) => part.queries ?? [])],
  rules: [...RULES, ...PARTS.flatMap((part) => part.rules ?? [])],
  hazards: [...HAZARDS, ...PURGATORY_HAZARDS, ...PARTS.flatMap((part) => part.hazards ?? [])],
  panels: PANELS,
  boot,
  decide,
};
