/** Past the point of no return no kernel is left that could hand out memory or take it back. */
import type { Hazard } from "../refusal.ts";
import type { Invariant } from "./invariant.ts";

export const noAllocationPastReturn: Invariant = {
  code: "allocation-past-return",
  nature: "bug",
  title: "Memory changed hands past the point of no return",
  explanation:
    "From the moment when the running system has given up its interrupts and its other processors, until the image has control or has come back, everything must be there already: the relocation code, its tables, its stack and its list. A world that allocates or frees there models no real system: a bug of kx.",
  cite: "linux:machine_kexec",
  concerns: ["frames-allocated", "frames-freed", "frames-reassigned", "allocation-failed"],
  check(after, event): Hazard[] {
    if (after.power !== "jumping") return [];
    return [{
      code: this.code,
      key: `${this.code}:${after.steps}`,
      message: `${event.kind} past the point of no return`,
      cite: this.cite,
    }];
  },
};
