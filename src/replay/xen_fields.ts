/** How the fields of a Xen recording of hypercalls and replacements are compared. */
import type { FieldRule } from "./fields.ts";

export const XEN_RULES: readonly FieldRule[] = [
  { field: "status", how: "exactly", why: "what the status call says of each type" },
  { field: "loaded", how: "exactly", why: "whether the active slot of each type holds an image" },
  {
    field: "kexec_flags",
    how: "exactly",
    why: "Xen's own word; the bit of the call itself is masked, as it is clear between calls",
  },
  {
    field: "out",
    how: "as an invariant",
    why:
      "start and size exactly; but where notes and vmcoreinfo lie is up to the heap and the build: that they lie somewhere",
  },
];
