/** Laws of kx itself: they come from nowhere else. */
import type { SourceFile } from "./source_file.ts";

export const KX: readonly SourceFile[] = [
  { path: "src/machine/invariants/partition.ts", version: "", symbols: ["partition"] },
  { path: "src/machine/program.ts", version: "", symbols: ["programs"] },
];
