/**
 * Every diagnostic that kx can give: the only list of codes. `kx explain` and the documentation
 * print it. A pass takes the next free number of its hundred and adds its entry here.
 *
 * - KX00xx text and syntax
 * - KX01xx names: unknown, defined twice, used too early
 * - KX02xx vocabulary: which words a sentence may have
 * - KX03xx layout of the machine
 * - KX04xx values and expressions
 * - KX05xx files
 * - KX06xx limits
 */
import { limits } from "./catalogue_limits.ts";
import { names } from "./catalogue_names.ts";
import { run } from "./catalogue_run.ts";
import { syntax } from "./catalogue_syntax.ts";
import { values } from "./catalogue_values.ts";
import { vocabulary } from "./catalogue_vocabulary.ts";
import type { CatalogueEntry } from "./catalogue_entry.ts";

export type { CatalogueEntry } from "./catalogue_entry.ts";

/** By code, in the order of the codes. */
export const catalogue: Readonly<Record<string, CatalogueEntry>> = {
  ...syntax,
  ...names,
  ...vocabulary,
  ...values,
  ...limits,
  ...run,
};

/** Whether `kx explain` knows it. */
export function isCode(text: string): boolean {
  return Object.hasOwn(catalogue, text);
}
