/** Ends of the hypervisor that are no errno: it panics, the machine resets, or it never returns. */
import type { Decision } from "../../machine/mod.ts";
import { xenPanic as crashPath } from "./execution/crash.ts";
import { emit, type Run } from "./steps.ts";

/** What a caller is said to have got that gets no answer. */
export const END = {
  panic: "XEN_PANIC",
  reset: "MACHINE_RESET",
  hang: "HYPERVISOR_HANG",
  /** Not over: the caller makes the call again, and again, until nobody else is inside. */
  retry: "HYPERCALL_RETRIED",
  /** Something else has the machine, or nothing. */
  gone: "XEN_GONE",
} as const;

export interface Panic {
  readonly text: string;
  readonly cite: string;
  /** The processor on which it happens: the caller's unless said otherwise. */
  readonly cpu?: number;
}

/** The crash image runs, if there is one and it is intact. [xen:panic] */
export function* xenPanic(run: Run, { text, cite, cpu = run.cpu }: Panic): Decision<void> {
  yield* tell(run, `Xen panics: ${text}`, cite);
  run.ended = END.panic;
  yield* crashPath(run, text, cpu);
}

/** Nothing is left that could panic. */
export function* machineReset(run: Run, why: string, cite: string): Decision<void> {
  yield* tell(run, why, cite);
  run.ended = END.reset;
  yield* emit(run, { kind: "power-changed", power: "rebooted", why });
}

export function* hypervisorHang(run: Run, why: string, cite: string): Decision<void> {
  yield* tell(run, why, cite);
  run.ended = END.hang;
  yield* emit(run, { kind: "power-changed", power: "halted", why });
}

function* tell(run: Run, message: string, cite: string): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: { code: "hypervisor-dies", message, key: `hypervisor-dies:${message}`, cite },
  });
}
