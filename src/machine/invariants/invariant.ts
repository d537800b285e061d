/** What an invariant is: a property that must hold in every state, looked at where it may have changed. */
import type { Event, EventKind } from "../event.ts";
import type { Hazard } from "../refusal.ts";
import type { Machine } from "../machine.ts";

export interface Invariant {
  /** Key in the hazard catalogue. */
  readonly code: string;
  /**
   * `bug`: it can break only if kx itself is inconsistent, and the run stops. `hazard`: the
   * modelled system lets it break.
   */
  readonly nature: "bug" | "hazard";
  readonly title: string;
  readonly explanation: string;
  /** Key into citations/. */
  readonly cite: string;
  /** Where else the property comes from, by the name of the world whose system runs. */
  readonly cites?: Readonly<Record<string, string>>;
  /** Events after which it is looked at; others cannot break it. */
  readonly concerns: readonly EventKind[];
  /** What is broken in `after`; must cost no more than what `event` changed. */
  check(after: Machine, event: Event): readonly Hazard[];
}

/** Where the running system has the property from. */
export function citeOf({ cite, cites }: Invariant, { system }: Machine): string {
  return cites?.[system?.world ?? ""] ?? cite;
}
