/**
 * What kexec() calls before the point of no return, in link order, and in reverse with `undo` when one
 * of them says no. [minios:kexec]
 */
import type { Decision } from "../../../machine/mod.ts";
import { emit, milestone, type Run } from "../steps.ts";

export interface Callback {
  readonly name: string;
  /** What is not 0 ends the kexec. */
  run(run: Run, undo: boolean): Decision<number>;
}

const CITE = "minios:kexec";

/** A callback of which only its answer is known. */
export function stubCallback(name: string, answer: number): Callback {
  return {
    name,
    *run(run, undo) {
      yield* milestone(run, `${name} undo=${undo ? 1 : 0}`, CITE);
      return undo ? 0 : answer;
    },
  };
}

/** The timer's event channel is closed, since the next kernel binds the same VIRQ. */
const TIMER: Callback = {
  name: "timer",
  *run(run, undo) {
    const text = undo ? "VIRQ_TIMER bound again, timer runs" : "VIRQ_TIMER unbound, timer stopped";
    yield* milestone(run, text, CITE);
    return 0;
  },
};

const FILES: Callback = {
  name: "files",
  *run(run, undo) {
    if (undo) {
      yield* emit(run, {
        kind: "hazard-found",
        hazard: {
          code: "closed-files-stay-closed",
          message:
            "files with O_CLOEXEC were closed for a kexec that failed: nothing opens them again",
          key: "closed-files-stay-closed",
          cite: CITE,
        },
      });
    } else yield* milestone(run, "files with O_CLOEXEC closed", CITE);
    return 0;
  },
};

/** The callbacks of a release: the tree before the series has none. */
export function callbacksOf(run: Run, more: readonly Callback[]): readonly Callback[] {
  return run.features.hasModule ? [TIMER, FILES, ...more] : [];
}

/** Runs them all; the first answer that is not 0, after undoing those before it. */
export function* runCallbacks(run: Run, callbacks: readonly Callback[]): Decision<number> {
  for (const [i, callback] of callbacks.entries()) {
    const answer = yield* callback.run(run, false);
    if (answer === 0) continue;
    for (const earlier of callbacks.slice(0, i).reverse()) yield* earlier.run(run, true);
    return answer;
  }
  return 0;
}
