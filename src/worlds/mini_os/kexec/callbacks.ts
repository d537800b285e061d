/**
 * What kexec() calls before the point of no return, in link order, and in reverse with `undo` when one
 * of them says no. [minios:kexec]
 */
import type { Decision } from "../../../machine/mod.ts";
import { unbindTimer } from "../grants/mod.ts";
import { milestone, type Run, tell } from "../steps.ts";

export interface Callback {
  readonly name: string;
  /** What it gives back: 0, or a number that kexec() hands on as it is. */
  run(run: Run, undo: boolean): Decision<number>;
}

const CITE = "minios:kexec";

/** A callback of which only the name and the answer are known. */
export function stubCallback(name: string, answer: number): Callback {
  return {
    name,
    *run(run, undo) {
      yield* milestone(run, `${name} undo=${undo ? 1 : 0}`, CITE);
      return undo ? 0 : answer;
    },
  };
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
    if (!undo) yield* milestone(run, "files with O_CLOEXEC are closed", CITE);
    else {
      const message = "files that were closed for a kexec that failed stay closed";
      yield* tell(run, "closed-files-stay-closed", message, CITE);
    }
    return 0;
  },
};

/** The callbacks of a release; `more` are those of devices, which are linked last. */
export function callbacksOf(run: Run, more: readonly Callback[]): readonly Callback[] {
  return run.features.unbindsTimer ? [TIMER, FILES, ...more] : [FILES];
}

/** The callback that did not agree. */
export interface Answered {
  readonly name: string;
  readonly answer: number;
}

/** Runs them all; the first answer that is not 0, after undoing those before it. */
export function* runCallbacks(
  run: Run,
  callbacks: readonly Callback[],
): Decision<Answered | undefined> {
  for (const [i, callback] of callbacks.entries()) {
    const answer = yield* callback.run(run, false);
    if (answer === 0) continue;
    for (const earlier of callbacks.slice(0, i).reverse()) yield* earlier.run(run, true);
    return { name: callback.name, answer };
  }
  return undefined;
}
