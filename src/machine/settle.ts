/** Runs a routine to its end: what the engine does step by step, for callers that want only the result. */
import { apply } from "./apply.ts";
import type { Event } from "./event.ts";
import type { Machine } from "./machine.ts";
import type { Decision } from "./world.ts";

/** `observe` sees each event with the machine after it. */
export function settle<T>(
  machine: Machine,
  decision: Decision<T>,
  observe?: (event: Event, after: Machine) => void,
): { readonly machine: Machine; readonly result: T } {
  let now = machine;
  for (let next = decision.next();; next = decision.next(now)) {
    if (next.done) return { machine: now, result: next.value };
    now = apply(now, next.value);
    observe?.(next.value, now);
  }
}
