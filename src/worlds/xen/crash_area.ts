/** `crashkernel=` of Xen's command line, and where it puts the area. */
import type { Decision } from "../../machine/mod.ts";
import type { BootPlan } from "./boot_request.ts";
import type { CrashArea } from "./state.ts";
import type { Run } from "./steps.ts";

const UNITS: Readonly<Record<string, bigint>> = {
  B: 1n,
  "": 1n << 10n,
  K: 1n << 10n,
  M: 1n << 20n,
  G: 1n << 30n,
};

// deno-lint-ignore require-yield
export function* placeCrashArea(_run: Run, plan: BootPlan): Decision<CrashArea> {
  const m = /(?:^|\s)crashkernel=(\d+)([BKMG]?)@(\d+)([BKMG]?)(?:\s|$)/.exec(plan.cmdline);
  if (m === null) return { start: 0n, size: 0n };
  const [, size, sizeUnit, start, startUnit] = m;
  return {
    size: BigInt(size!) * UNITS[sizeUnit!]!,
    start: BigInt(start!) * UNITS[startUnit!]!,
  };
}
