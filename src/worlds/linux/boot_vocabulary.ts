/** What may stand in `boot linux … { }`. Data only. */
import type { ClauseShape, Param } from "../../machine/mod.ts";

const RANGE: Param = { name: "range", type: "range", required: true };

export const BOOT_CLAUSES: readonly ClauseShape[] = [
  {
    head: "cmdline",
    summary: "the kernel's command line; `crashkernel=` in it reserves the crash region",
    positional: [{ name: "text", type: "text", required: true }],
    once: true,
  },
  {
    head: "initrd",
    summary: "memory of the initrd: at the top of low RAM unless `at` says where",
    labels: [{ name: "size", type: "size", required: true }, { name: "at", type: "address" }],
    once: true,
  },
  {
    head: "kernel",
    summary: "where a part of the running kernel lies; without any: a usual kernel at 16 MiB",
    positional: [RANGE],
    labels: [{ name: "named", type: "text", summary: "`Kernel code`, `Kernel bss`, …" }],
  },
  {
    head: "reserve",
    summary: "memory that something else took before",
    positional: [{ name: "name", type: "name", required: true }],
    labels: [
      { name: "at", type: "address", required: true },
      { name: "size", type: "size", required: true },
    ],
  },
  {
    head: "crash_region",
    summary: "the crash region, in place of what `crashkernel=` would give",
    positional: [RANGE],
    once: true,
  },
  {
    head: "crash_low_region",
    summary: "the low crash region beside one above 4 GiB",
    positional: [RANGE],
    once: true,
  },
  {
    head: "total_ram_pages",
    summary: "pages that the page allocator manages; else an estimate within 1 %",
    positional: [{ name: "count", type: "integer", required: true }],
    once: true,
  },
  {
    head: "config",
    summary: "an option that the kernel was built with, or without: `config KEXEC_JUMP on`",
    positional: [
      {
        name: "name",
        type: "word",
        required: true,
        choices: [
          "KEXEC",
          "KEXEC_FILE",
          "KEXEC_JUMP",
          "KEXEC_SIG",
          "KEXEC_SIG_FORCE",
          "CRASH_DUMP",
          "CRASH_HOTPLUG",
        ],
      },
      { name: "state", type: "word", choices: ["on", "off"], required: true },
    ],
  },
  {
    head: "lockdown",
    summary: "kernel lockdown: both levels refuse unsigned images",
    positional: [{
      name: "level",
      type: "word",
      choices: ["none", "integrity", "confidentiality"],
      required: true,
    }],
    once: true,
  },
  {
    head: "uefi_secure_boot",
    summary: "firmware verified the kernel: locks it down, as distributions do",
    once: true,
  },
  {
    head: "cpu",
    summary: "features of the processors: `la57` (5-level paging is on), `gbpages`",
    positional: [{ name: "features", type: "rest" }],
  },
  {
    head: "fragmented",
    summary: "the kernel keeps every so many-th page of a range for good",
    labels: [
      { name: "every", type: "integer", required: true, summary: "pages" },
      { name: "over", type: "range", required: true },
    ],
  },
  {
    head: "sysctl",
    summary: "value of a sysctl from boot on: `sysctl kexec_load_disabled = 1`",
    positional: [
      { name: "name", type: "name", required: true },
      { name: "value", type: "text", required: true },
    ],
  },
];
