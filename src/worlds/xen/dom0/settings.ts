import type { Machine, Slot } from "../../../machine/mod.ts";

/** Settings of dom0, beside its width. */
export const DOM0 = {
  /** Name and release. */
  kernel: "dom0.kernel",
  /** How many pages it was built with: none has a higher number. */
  pages: "dom0.pages",
  /** `__XEN_INTERFACE_VERSION__` of the header that dom0's own code was built with. */
  interface: "dom0.interface",
  draft: "dom0.header.draft",
  /** Whether its kexec_load goes to Xen. */
  hooks: "dom0.hooks",
  /** Whether its kexec_load knows KEXEC_HYPERVISOR. */
  flag: "dom0.flag",
  /** Release of kexec-tools in dom0. */
  tools: "dom0.tools",
  /** A translation or a call that its hooks leave out. */
  forgets: (what: Forgotten) => `dom0.forgets.${what}`,
  /** Number of the image that dom0's own kexec has in a slot. */
  image: (slot: Slot) => `dom0.kexec_image.${slot}`,
} as const;

/** `sources`, `links`, `page_list`: these addresses are dom0's own instead of the machine's. */
export const FORGOTTEN = ["sources", "links", "page_list", "unload"] as const;
export type Forgotten = typeof FORGOTTEN[number];

export function forgets(machine: Machine, what: Forgotten): boolean {
  return machine.settings.get(DOM0.forgets(what)) === true;
}
