/** What is said of one code. */
export interface CatalogueEntry {
  /** The message without its particulars. */
  readonly title: string;
  /** What it means, why kx minds, and what to write instead. */
  readonly explanation: string;
  /**
   * A tiny text that gives the diagnostic, with escapes for characters that hide; empty where it
   * would not be tiny.
   */
  readonly example: string;
}

/** The entries of one range of codes. */
export type CatalogueSection = Readonly<Record<`KX${number}`, CatalogueEntry>>;
