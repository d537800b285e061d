/** Every invariant, in the order they are looked at. Adding one is a file and a line here. */
import { crashPlacement } from "./crash_placement.ts";
import { helperPages } from "./helper_pages.ts";
import type { Invariant } from "./invariant.ts";
import { listForm } from "./list_form.ts";
import { loadedUntouched } from "./loaded_untouched.ts";
import { noAllocationPastReturn } from "./no_allocation_past_return.ts";
import { partition } from "./partition.ts";
import { regionInRam } from "./region_in_ram.ts";
import { segmentsForm } from "./segments_form.ts";

export type { Invariant } from "./invariant.ts";

export const invariants: readonly Invariant[] = [
  partition,
  noAllocationPastReturn,
  regionInRam,
  segmentsForm,
  crashPlacement,
  helperPages,
  listForm,
  loadedUntouched,
];
