/** Owners that more than one routine of Xen names. */
import type { Owner } from "../../machine/mod.ts";

export const CRASH_REGION_OWNER: Owner = { kind: "crash-region", label: "Crash kernel" };

/** Pages of the crash area that a walk through a list has freed: the heap counts them as its own. */
export const CRASH_REGION_IN_HEAP: Owner = {
  kind: "crash-region",
  label: "Crash kernel, and on the heap's list of free pages",
};
