/** One file of a source tree, the version in which it was read, and what of it kx cites. */
export interface SourceFile {
  readonly path: string;
  readonly version: string;
  readonly symbols: readonly string[];
}
