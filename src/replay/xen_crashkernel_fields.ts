/** How each field of a recording of Xen's `crashkernel=` is compared. */
import type { FieldRule } from "./fields.ts";

export const XEN_CRASHKERNEL_RULES: readonly FieldRule[] = [
  {
    field: "crashkernel.range_crash",
    how: "exactly",
    why:
      "result, start and size of get_range; an automatic place given the size of the boot modules, which no recording tells: one size has to explain every automatic place of the file, to within 16 pages",
  },
  {
    field: "crashkernel.range_cpu0",
    how: "as an invariant",
    why:
      "result and size exactly; where the heap puts the note depends on everything that was allocated before",
  },
  {
    field: "crashkernel.range_xen",
    how: "exactly",
    why: "where Xen moved itself; the size is that of the build",
  },
  {
    field: "crashkernel.log",
    how: "exactly",
    why:
      "lines after the serial console is up, in order; those before are in no recording and are not compared",
  },
];
