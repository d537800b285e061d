/** Sources on dom0's side of a kexec under Xen, and threads in which it was argued about. */
import type { SourceFile } from "./source_file.ts";

/** Files of Xen that concern dom0 and the first version of the load call. */
export const XEN_V1: readonly SourceFile[] = [
  {
    path: "xen/common/kexec.c",
    version: "stable-4.17; stable-4.3 for the older form",
    symbols: [
      "kexec_load_v1",
      "kexec_segments_from_ind_page",
      "kexec_load_unload_internal",
      "kimage_crash_alloc",
    ],
  },
  { path: "xen/common/kimage.c", version: "stable-4.17", symbols: ["kimage_build_ind"] },
  { path: "xen/include/asm-x86/fixmap.h", version: "stable-4.3", symbols: ["FIX_KEXEC_BASE_0"] },
  {
    path: "xen/arch/x86/machine_kexec.c",
    version: "stable-4.17; stable-4.3 for the older form",
    symbols: ["machine_kexec", "machine_kexec_load"],
  },
  { path: "xen/include/public/kexec.h", version: "c447b730", symbols: ["kexec.h"] },
  { path: "xen/include/public/errno.h", version: "c447b730", symbols: ["errno.h"] },
  {
    path: "xen/common/memory.c",
    version: "c447b730",
    symbols: ["decrease_reservation", "populate_physmap", "memory_exchange"],
  },
  {
    path: "xen/arch/x86/dom0_build.c",
    version: "c447b730",
    symbols: ["parse_dom0_mem", "dom0_compute_nr_pages", "construct_dom0"],
  },
  { path: "xen/arch/x86/pv/dom0_build.c", version: "c447b730", symbols: ["alloc_chunk"] },
];

/** kexec_ops of 2012, as it was shipped. */
export const LINUX_UEK: readonly SourceFile[] = [
  {
    path: "arch/x86/xen/kexec.c",
    version: "oracle/linux-uek",
    symbols: ["xen_kexec_ops", "machine_kexec_unload"],
  },
  {
    path: "arch/x86/xen/machine_kexec_64.c",
    version: "oracle/linux-uek",
    symbols: ["init_pgtable", "machine_kexec_prepare"],
  },
  {
    path: "arch/x86/xen/relocate_kernel_64.S",
    version: "oracle/linux-uek",
    symbols: ["xen_relocate_kernel"],
  },
  {
    path: "arch/x86/xen/mmu.c",
    version: "oracle/linux-uek",
    symbols: ["xen_create_contiguous_region"],
  },
  {
    path: "kernel/kexec.c",
    version: "oracle/linux-uek",
    symbols: ["do_kimage_alloc", "kimage_alloc_pages", "kimage_load_segment", "kimage_add_entry"],
  },
];

export const LINUX_PV: readonly SourceFile[] = [
  { path: "arch/x86/xen/enlighten.c", version: "6.1", symbols: ["xen_machine_power_off"] },
];

export const KEXEC_TOOLS_XEN: readonly SourceFile[] = [
  {
    path: "kexec/kexec-xen.c",
    version: "29898e14",
    symbols: ["xen_kexec_load", "xen_get_kexec_range"],
  },
  { path: "kexec/kexec.c", version: "29898e14", symbols: ["add_segment", "sort_segments"] },
];

export const THREADS: readonly SourceFile[] = [
  {
    path: "kexec list, 11 December 2007",
    version: "[PATCH 1/4 -mm] kexec based hibernation -v7 : kexec jump",
    symbols: ["kexec jump, December 2007"],
  },
  {
    path: "kexec list, 22 February 2013",
    version: "[PATCH 3/8] kexec: add public interface for improved load/unload sub-ops",
    symbols: ["kexec load ABI, February 2013"],
  },
  {
    path: "kexec list, 23 November 2012",
    version: "[PATCH v2 01/11] kexec: introduce kexec_ops struct",
    symbols: ["kexec_ops", "KEXEC_HYPERVISOR"],
  },
];
