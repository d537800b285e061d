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
} as const;
