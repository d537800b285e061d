/** What `kx explain` says of the module and of what lies around it. */
import type { HazardText } from "../../../machine/mod.ts";
import { DEVICE_HAZARDS } from "./hazards_devices.ts";
import { MEMORY_HAZARDS } from "./hazards_memory.ts";
import { MODULE_HAZARDS } from "./hazards_module.ts";

export const HAZARDS: readonly HazardText[] = [
  ...MODULE_HAZARDS,
  ...MEMORY_HAZARDS,
  ...DEVICE_HAZARDS,
];
export { RULES } from "./rules.ts";
