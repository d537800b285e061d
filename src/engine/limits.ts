/** A script cannot hang kx: whatever it says, a run ends. */
export interface Limits {
  /** Steps of the timeline. */
  readonly steps: number;
  /** Executed statements, each turn of a loop counted. */
  readonly statements: number;
  /** Turns of one loop. */
  readonly iterations: number;
  /** How deep calls nest. */
  readonly calls: number;
}

export const DEFAULT_LIMITS: Limits = {
  steps: 4_000_000,
  statements: 250_000,
  iterations: 250_000,
  calls: 100,
};
