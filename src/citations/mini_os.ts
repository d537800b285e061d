/**
 * Files of Mini-OS and of Xen's tools that were read for kx: the tree before the series at its commit,
 * and the two postings of the series on xen-devel (v1 of 2025-07-02, v2 of 2025-07-15).
 */
import type { SourceFile } from "./source_file.ts";

export const MINI_OS: readonly SourceFile[] = [
  {
    path: "kexec.c",
    version: "2d3b22f8",
    symbols: [
      "kexec.c header",
      "kexec",
      "analyze_kernel",
      "analyze_phdrs",
      "kexec_add_action",
    ],
  },
  {
    path: "arch/x86/kexec.c",
    version: "2d3b22f8",
    symbols: [
      "kexec_final",
      "do_kexec",
      "kexec_chk_arch",
      "read_note_entry",
      "kexec_set_param_loc",
      "kexec_get_entry",
    ],
  },
  {
    path: "arch/x86/mm.c",
    version: "2d3b22f8",
    symbols: [
      "arch_mm_preinit",
      "arch_init_mm",
      "build_pagetable",
      "change_readonly",
      "kexec_move_used_pages",
      "kexec_move_used_pages_undo",
      "need_pgt",
    ],
  },
  {
    path: "mm.c",
    version: "2d3b22f8",
    symbols: [
      "init_mm",
      "init_page_allocator",
      "alloc_pages",
      "free_pages",
      "reserve_memory_below",
      "unreserve_memory_below",
      "free_pages_below",
    ],
  },
  {
    path: "e820.c",
    version: "2d3b22f8",
    symbols: [
      "e820_sanitize",
      "e820_get_current_pages",
      "e820_get_maxpfn",
      "e820_get_reserved_pfns",
    ],
  },
  { path: "arch/x86/time.c", version: "v1 04/19", symbols: ["init_time"] },
  {
    path: "gnttab.c",
    version: "2d3b22f8",
    symbols: ["init_gnttab", "get_free_entry", "gnttab_grant_access", "gnttab_end_access"],
  },
  {
    path: "gnttab.c",
    version: "v1 03/19, v2 12/14",
    symbols: ["init_gnttab keeping live entries", "gnttab_get_addr"],
  },
  {
    path: "arch/x86/mm.c",
    version: "v2 01/14",
    symbols: ["check_memory_range", "check_memory_range_conflict", "pvh_reserve_start_info"],
  },
  { path: "mm.c", version: "v1 07/19", symbols: ["iterate_memory_range"] },
  {
    path: "arch/x86/kexec.c",
    version: "v2 07/14, 08/14",
    symbols: ["kexec_module", "kexec_check_module", "get_mod_addr"],
  },
  { path: "arch/x86/setup.c", version: "v2 07/14", symbols: ["get_module"] },
  { path: "include/mm.h", version: "2d3b22f8", symbols: ["get_order"] },
  { path: "arch/x86/mm.c", version: "v2 07/14", symbols: ["set_reserved_range"] },
  {
    path: "include/kexec.h",
    version: "v2 07/14",
    symbols: ["struct kexec_module", "struct kexec_module_rec", "CONFIG_KEXEC_MODULE_PAGES"],
  },
  {
    path: "kexec.c",
    version: "v2 08/14",
    symbols: [
      "kexec_alloc_mod_pages",
      "kexec_free_mod_pages",
      "kexec_find_mod_record",
      "kexec_add_mod_record",
      "kexec_upd_mod_record",
      "kexec_read_mod_record",
    ],
  },
  {
    path: "9pfront.c",
    version: "v2 13/14",
    symbols: [
      "struct kexec_9pfs_rec",
      "init_9pfront2",
      "read_config_xs",
      "read_config_kexec",
      "kexec_9pfront",
    ],
  },
  {
    path: "include/xen/arch-x86/hvm/start_info.h",
    version: "2d3b22f8",
    symbols: ["struct hvm_start_info", "struct hvm_modlist_entry", "struct hvm_memmap_table_entry"],
  },
  {
    path: "xen-devel, Re: [MINI-OS PATCH 12/19], 2025-07-14",
    version: "",
    symbols: ["thread growing the module"],
  },
];
