/** How the fields of a Xen recording of hypercalls and replacements are compared. */
import type { FieldRule } from "./fields.ts";

export const XEN_HYPERCALL_RULES: readonly FieldRule[] = [
  {
    field: "hypercall.ret",
    how: "exactly",
    why: "0, an errno name, a number, or what became of the hypervisor",
  },
  { field: "hypercall.status", how: "exactly", why: "what the status call says of each type" },
  {
    field: "hypercall.loaded",
    how: "exactly",
    why: "whether the active slot of each type holds an image",
  },
  {
    field: "hypercall.kexec_flags",
    how: "exactly",
    why: "Xen's own word; the bit of the call itself is masked, as it is clear between calls",
  },
  {
    field: "hypercall.out",
    how: "as an invariant",
    why:
      "start and size exactly; but where notes and vmcoreinfo lie is up to the heap and the build: that they lie somewhere",
  },
];
