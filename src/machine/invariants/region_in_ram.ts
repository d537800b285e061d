/** L9: the crash region is RAM. */
import { framesTouched, PAGE_SIZE, subtract } from "../../memory/mod.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

export const regionInRam: Invariant = {
  code: "crash-region-outside-ram",
  nature: "hazard",
  title: "The crash region is not all RAM",
  explanation:
    "A crash region is set aside from usable RAM. If a part of it is not RAM by the firmware map, what is loaded there cannot be read back.",
  cite: "linux:reserve_crashkernel_generic",
  cites: { xen: "xen:kexec_reserve_area" },
  concerns: ["reservation-set"],
  check(after, event): Hazard[] {
    if (event.kind !== "reservation-set" || event.range === undefined) return [];
    if (event.name !== "crash" && event.name !== "crash low") return [];
    const [missing] = subtract(framesTouched(event.range), after.ram);
    if (missing === undefined) return [];
    return [{
      code: this.code,
      key: `${this.code}:${event.name}`,
      message: `${event.name}: no usable RAM at 0x${(missing.start * PAGE_SIZE).toString(16)}`,
      cite: citeOf(this, after),
    }];
  },
};
