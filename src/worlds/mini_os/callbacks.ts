/**
 * What kexec() calls before the point of no return, in the order in which the linker puts it; with
 * `undo` in reverse when one of them or something after them fails. [minios:kexec]
 */
import type { Decision } from "../../machine/mod.ts";
import { unbindTimer } from "./grants/mod.ts";
import { milestone, type Run } from "./steps.ts";
import type { Features } from "./version.ts";

export interface Callback {
  readonly name: string;
  /** What it gives back: 0, or a number that kexec() hands on as it is. */
  run(run: Run, undo: boolean): Decision<number>;
}

export function callbacksOf(features: Features): Callback[] {
  return features.unbindsTimer ? [TIMER, FILES] : [FILES];
}

const TIMER: Callback = {
  name: "timer",
  *run(run, undo) {
    yield* unbindTimer(run, undo);
    return 0;
  },
};

const FILES: Callback = {
  name: "files",
  *run(run, undo) {
    const what = undo
      ? "files that were closed for the kexec stay closed"
      : "files that are not to be kept are closed";
    yield* milestone(run, what, "minios:kexec");
    return 0;
  },
};
