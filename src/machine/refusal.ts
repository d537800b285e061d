/** How a modelled system says no, and what kx has to say about its quirks. */

/** Placement can be mended by other addresses; policy only by other rights or settings. */
export type RefusalNature = "policy" | "arguments" | "placement" | "resources" | "state";

/** The modelled system refused. Not a failure of kx: an event. */
export interface Refusal {
  /** Name of the rule, unique within its world: `segments-overlap`. Explained by `kx explain`. */
  readonly rule: string;
  /** What the caller sees: an errno name, or a number where the real call returns one. */
  readonly errno: string;
  readonly nature: RefusalNature;
  /** What broke, with the numbers. */
  readonly message: string;
  /** The smallest change that would pass this rule, when there is one. */
  readonly remedy?: string;
  /** Segment indices (0-based) that the message is about. */
  readonly segments?: readonly number[];
  /** Key into citations/. */
  readonly cite: string;
}

/** Something that the modelled system lets happen though it should not. */
export interface Hazard {
  /** Key of the hazard catalogue: `segment-outside-ram`. */
  readonly code: string;
  readonly message: string;
  /** Two findings with one key are the same hazard and are told once. */
  readonly key: string;
  readonly cite: string;
}
