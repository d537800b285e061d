/** ENOMEM, with what there was no room for and where room would have been. */
import type { Refusal, Slot } from "../../machine/mod.ts";
import type { ControlArea } from "./control_pages.ts";
import { hex } from "../../routine/mod.ts";

export function outOfMemory(slot: Slot, what: string, area?: ControlArea): Refusal {
  if (slot === "default") {
    return {
      rule: "no-memory",
      errno: "ENOMEM",
      nature: "resources",
      message: `the page allocator had no memory for ${what}`,
      remedy: "Free memory, or load less",
      cite: "linux:kimage_alloc_normal_control_pages",
    };
  }
  const from = area === undefined ? "" : ` from ${hex(area.cursor)} on`;
  return {
    rule: "no-hole-for-control-pages",
    errno: "ENOMEM",
    nature: "resources",
    message: `no hole in the crash region${from} for ${what}`,
    remedy: "Leave more pages of the crash region free, best all in one place at its start",
    cite: "linux:kimage_alloc_crash_control_pages",
  };
}
