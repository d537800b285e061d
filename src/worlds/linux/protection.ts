/**
 * The kernel's own mapping of the crash region becomes read-only once an image is in it, all but the
 * page of the control code, which a crash still has to write. [linux:arch_kexec_protect_crashkres]
 */
import { type Decision, imageIn } from "../../machine/mod.ts";
import { PAGE_SIZE, type Range, subtract } from "../../memory/mod.ts";
import { crashLowRegion, crashRegion } from "./kernel.ts";
import { emit, type Run } from "./steps.ts";

export function* protectCrashRegion(run: Run): Decision<void> {
  yield* setProtection(run, false);
}

export function* unprotectCrashRegion(run: Run): Decision<void> {
  yield* setProtection(run, true);
}

function* setProtection(run: Run, writable: boolean): Decision<void> {
  const code = imageIn(run.machine, "crash")?.controlCodeFrame;
  const holes: Range[] = code === undefined
    ? []
    : [{ start: code * PAGE_SIZE, end: (code + 1) * PAGE_SIZE }];
  const low = crashLowRegion(run.machine);
  const main = crashRegion(run.machine);
  const ranges = [
    ...(low === undefined ? [] : [low]),
    ...(main === undefined ? [] : subtract(main, holes)),
  ];
  if (ranges.length > 0) yield* emit(run, { kind: "protection-set", ranges, writable });
}
