/** Files of kexec-tools that were read for kx. */
import type { SourceFile } from "./source_file.ts";

export const KEXEC_TOOLS: readonly SourceFile[] = [
  {
    path: "kexec/kexec.c",
    version: "2.0.3x, 29898e1",
    symbols: ["locate_hole"],
  },
  {
    path: "kexec/arch/i386/kexec-x86-common.c",
    version: "2.0.3x, 29898e1",
    symbols: ["get_memory_ranges"],
  },
  {
    path: "kexec/arch/x86_64/kexec-bzImage64.c",
    version: "2.0.3x, 29898e1",
    symbols: ["do_bzImage64_load"],
  },
  {
    path: "kexec/arch/i386/kexec-bzImage.c",
    version: "2.0.3x, 29898e1",
    symbols: ["do_bzImage_load"],
  },
  {
    path: "kexec/kexec.c",
    version: "2.0.3x, 29898e1",
    symbols: ["update_purgatory", "sort_segments"],
  },
  { path: "purgatory/purgatory.c", version: "2.0.3x, 29898e1", symbols: ["purgatory"] },
  {
    path: "purgatory/include/purgatory.h",
    version: "2.0.3x, 29898e1",
    symbols: ["SHA256_REGIONS"],
  },
  {
    path: "purgatory/arch/i386/crashdump_backup.c",
    version: "2.0.3x, 29898e1",
    symbols: ["crashdump_backup_memory"],
  },
  {
    path: "purgatory/arch/x86_64/setup-x86_64.S",
    version: "2.0.3x, 29898e1",
    symbols: ["jump_back_entry"],
  },
  {
    path: "purgatory/arch/x86_64/entry64.S",
    version: "2.0.3x, 29898e1",
    symbols: ["entry64_regs"],
  },
  {
    path: "purgatory/arch/i386/entry32.S",
    version: "2.0.3x, 29898e1",
    symbols: ["entry32", "entry32_regs"],
  },
  {
    path: "kexec/arch/i386/crashdump-x86.c",
    version: "2.0.3x, 29898e1",
    symbols: ["get_backup_area", "load_crashdump_segments"],
  },
];
