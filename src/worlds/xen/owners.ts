/** Owners that more than one routine of Xen names. */
import type { Owner } from "../../machine/mod.ts";

export const CRASH_REGION_OWNER: Owner = { kind: "crash-region", label: "Crash kernel" };
