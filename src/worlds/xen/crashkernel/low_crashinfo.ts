/**
 * `low_crashinfo=` and `crashinfo_maxaddr=`: where a 32-bit crash kernel can read it, Xen keeps the
 * notes of its processors side by side below a power of two. [xen:kexec_early_calculations]
 */
import type { Version } from "../../../machine/mod.ts";
import { readSize } from "./numbers.ts";
import { optionsOf } from "./parse.ts";
import { crashkernelRules } from "./rules.ts";

export type LowCrashinfo = "none" | "min" | "all";

export interface CrashinfoRequest {
  /** `all` keeps more of Xen low than notes, which is not modelled: for notes it is as `min`. */
  readonly mode: LowCrashinfo;
  /** Bytes; a power of two. No limit where the mode is `none`. */
  readonly below: number;
  /** Lines for the ring buffer. */
  readonly log: readonly string[];
}

/** What is not said and what is not understood counts as 4 GiB. */
const DEFAULT = 4n << 30n;

/** Options are read in their order; each alone switches it on. */
export function crashinfoRequest(cmdline: string, version: Version): CrashinfoRequest {
  const rules = crashkernelRules(version);
  const log: string[] = [];
  let mode: LowCrashinfo | undefined;
  let limit = DEFAULT;
  for (const { key, value } of optionsOf(cmdline, rules)) {
    if (key === "low_crashinfo") {
      const known = value === "none" || value === "min" || value === "all";
      if (!known && value !== "") {
        log.push(`Unknown low_crashinfo parameter '${value}'.  Defaulting to min.`);
      }
      mode = known ? value : "min";
    } else if (key === "crashinfo_maxaddr") {
      mode ??= "min";
      const read = readSize(value, 0, rules).value;
      if (read !== 0n) limit = read;
      else {
        const text = limit.toString(16).padStart(16, "0");
        log.push(`Unable to parse crashinfo_maxaddr. Defaulting to ${text}`);
      }
    }
  }
  mode ??= "none";
  const below = mode === "none" ? Infinity : 2 ** (limit.toString(2).length - 1);
  return { mode, below, log };
}
