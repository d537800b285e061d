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
    head: "module",
    summary: "what the boot loader brought, the kernel of dom0 first: Xen moves it below itself",
    positional: [{ name: "name", type: "name", required: true }],
    labels: [
      { name: "size", type: "size", required: true },
      { name: "headroom", type: "size", summary: "bytes before it, to be unpacked into" },
    ],
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
