/** KX061x: limits of a run. */
import type { CatalogueSection } from "./catalogue_entry.ts";

export const run: CatalogueSection = {
  KX0610: {
    title: "Limit of a run",
    explanation:
      "A script cannot hang kx: steps, executed statements, turns of a loop and nested calls have limits. Nothing after the statement that reached one is run.",
    example: "def again() { again() }\nagain()",
  },
};
