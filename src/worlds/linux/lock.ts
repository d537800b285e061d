/** The one lock of kexec, which everybody tries and nobody waits for. [linux:kexec_trylock] */
import type { Decision, Refusal } from "../../machine/mod.ts";
import { KEXEC_LOCK } from "./kernel.ts";
import { type Check, check, emit, type Run } from "./steps.ts";

/** Takes it, or says that it is held. */
export function* takeLock(run: Run): Decision<Check> {
  const held = run.machine.locks.has(KEXEC_LOCK);
  const busy = yield* check(
    run,
    "kexec-busy",
    "linux:kexec_trylock",
    held ? lockHeld() : undefined,
  );
  if (busy === undefined) yield* emit(run, { kind: "lock-taken", lock: KEXEC_LOCK });
  return busy;
}

export function lockHeld(): Refusal {
  return {
    rule: "kexec-busy",
    errno: "EBUSY",
    nature: "state",
    message: "somebody else is inside a kexec call, and its lock is never waited for",
    remedy: "Try again when the other call has returned",
    cite: "linux:kexec_trylock",
  };
}
