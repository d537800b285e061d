/** What may stand in `boot xen … { }`. Data only; the folders of this world add theirs. */
import type { ClauseShape } from "../../machine/mod.ts";

export const BOOT_CLAUSES: readonly ClauseShape[] = [
  {
    head: "cmdline",
    summary: "Xen's command line; `crashkernel=` in it reserves the crash region",
    positional: [{ name: "text", type: "text", required: true }],
    once: true,
  },
  {
    head: "xen",
    summary: "where Xen itself lies: below the top of RAM unless said",
    positional: [{ name: "range", type: "range", required: true }],
    once: true,
  },
  {
    head: "modules",
    summary:
      "memory of dom0's kernel and initrd as the boot loader left them: below Xen unless said",
    labels: [{ name: "size", type: "size", required: true }, { name: "at", type: "address" }],
    once: true,
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
    head: "crash_area",
    summary: "start and size of the crash area as Xen keeps them, in place of `crashkernel=`",
    labels: [
      { name: "start", type: "address", required: true },
      { name: "size", type: "size", required: true },
    ],
    once: true,
  },
  {
    head: "heap",
    summary: "how many pages the heap has at most: memory for images ends there",
    positional: [{ name: "pages", type: "integer", required: true }],
    once: true,
  },
];
