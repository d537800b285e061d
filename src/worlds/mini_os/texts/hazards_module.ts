/** What the posted patches let happen to the module. */
import type { HazardText } from "../../../machine/mod.ts";
import { damaged, dying, example, NEXT } from "./example.ts";

const FORM = "minios:struct kexec_module";
const CHECK = "minios:kexec_check_module";
const CREATE = "minios:kexec_module";
const ADD = "minios:kexec_add_mod_record";

export const MODULE_HAZARDS: readonly HazardText[] = [
  {
    code: "no-module-dereferenced",
    title: "A kernel without a module reads one through a null pointer",
    explanation:
      "With CONFIG_KEXEC_MODULE_PAGES of 0 and no module handed over, v2 still looks for its record table: it reads address 0xc and faults at boot.",
    example: dying("v2", "module_pages 0"),
    cite: CREATE,
  },
  {
    code: "module-start-forgotten",
    title: "The kernel does not remember where the module begins that it found",
    explanation:
      "The posted v1 takes the module but leaves its start at 0. This kernel can use it, the next one is told that there is none: from A to B all is well, from B to C everything is lost.",
    example: example("v1", "module_pages 4", NEXT, "kexec b"),
    cite: CHECK,
  },
  {
    code: "module-lost",
    title: "What the kernel before handed over is not taken",
    explanation:
      "Whatever fails in the test of a module, the answer is the same: it is none, and a new one is created if pages are configured. Pages that a backend has mapped are then nobody's.",
    example: damaged(0, "00"),
    cite: CHECK,
  },
  {
    code: "module-page-count-ignored",
    title: "The kernel's own page count does not matter",
    explanation:
      "CONFIG_KEXEC_MODULE_PAGES is only for a kernel that creates its module. One that is handed a module goes on with its size, smaller or larger.",
    example: example(
      "v2",
      "module_pages 4",
      NEXT.replace("entry", "module_pages 6; entry"),
      "kexec b",
    ),
    cite: "minios:CONFIG_KEXEC_MODULE_PAGES",
  },
  {
    code: "module-cannot-grow",
    title: "A module that should grow stays as it is",
    explanation:
      "In the proposal a larger page count takes pages below the module. They must be free, and the last page must have room for the longer map: else the module is used as it is.",
    example: example(
      "growing",
      "module_pages 4000",
      'module_add type 2 size 4 hex "01020304"',
      NEXT.replace("entry", "module_pages 4019; entry"),
      "kexec b",
    ),
    cite: "minios:thread growing the module",
  },
  {
    code: "module-inside-kernel",
    title: "The module lies over the kernel",
    explanation:
      "Where memory ends below the first free page, the length of what is left wraps to nearly 2^64 and seems large enough: the module is put at the end of memory, which is in the kernel's own image.",
    example: example("v2", "module_pages 4; reservation 352; page_allocator off"),
    cite: "minios:get_mod_addr",
  },
  {
    code: "module-page-count-cut",
    title: "More pages than the header can count",
    explanation: "The page count of the header has 16 bits: 65537 pages and more are cut.",
    example:
      "machine stubdom { memory 0 .. 1GiB }\nboot mini_os v2 on stubdom { module_pages 65537 }",
    cite: CREATE,
  },
  {
    code: "record-table-odd",
    title: "The record table begins at an odd offset",
    explanation:
      "v1 counts the last page in its formula and not in its rounding, so the offset is odd for every page count: 33 for the 18 pages of a Xenstore domain, 32 since v2.",
    example: example("v1", "module_pages 18"),
    cite: CREATE,
  },
  {
    code: "record-table-leaves-page",
    title: "The record table reaches beyond the last page",
    explanation:
      "Nobody limits the page count. From 4020 pages on the map of pages leaves no room for 16 slots: the table goes on behind the module, in memory that is somebody else's or none.",
    example: dying("v2", "module_pages 4020"),
    cite: CREATE,
  },
  {
    code: "no-room-for-records",
    title: "The record table fills the last page",
    explanation:
      "With 4018 or 4019 pages the table ends where the page ends: no record can have data.",
    example: example("v2", "module_pages 4018"),
    cite: CREATE,
  },
  {
    code: "module-form",
    title: "The module is not whole pages of memory",
    explanation:
      "Only the size is looked at, not the address: a module that begins inside a page is taken if its header stands where the last 4096 bytes begin. The page allocator then faults on the odd piece that is left below it.",
    example: example(
      "v2",
      "module_pages 4",
      NEXT,
      "kexec b until final",
      "final_stage",
      'dma at 0x7ff_e800 hex "4b657865634d656d 0300 1000 1200 ffffff"',
      'dma at 0x11_0068 hex "00b8ff07 00000000 00400000 00000000"',
      "start_next fails FAULT",
    ),
    cite: FORM,
  },
  {
    code: "module-above-4g",
    title: "The module lies above 4 GiB",
    explanation:
      "A module is created below 4 GiB; one that is handed over is taken wherever it is. The final stage and the start info of a kexec have 32 bits.",
    cite: FORM,
  },
  {
    code: "module-not-ram",
    title: "Pages of the module are no RAM",
    explanation:
      "Only the last page is read when a module is looked at. Where the others lie is not asked.",
    cite: FORM,
  },
  {
    code: "module-page-free",
    title: "The page allocator has pages of the module",
    explanation:
      "All modules of the start info are kept from the page allocator since the series. A module whose header counts more pages than its entry says has some of them handed out.",
    cite: "minios:check_memory_range_conflict",
  },
  {
    code: "record-table-over-map",
    title: "The record table lies in the map of pages",
    explanation:
      "The offset in the header is believed. A record that is added changes the owners of pages.",
    example: damaged(12, "0e00"),
    cite: FORM,
  },
  {
    code: "too-many-records",
    title: "The record table has more than 255 slots",
    explanation:
      "The owner of a page is one byte, and 255 means nobody. The number of slots is not checked.",
    example: damaged(10, "0001"),
    cite: FORM,
  },
  {
    code: "page-owner-unknown",
    title: "A page belongs to a record that does not exist",
    explanation: "It can neither be found through a record nor be allocated: it is lost for good.",
    example: damaged(14, "07"),
    cite: FORM,
  },
  {
    code: "record-data-outside",
    title: "The data of a record is not behind the table in the last page",
    explanation:
      "Offset and size are believed. Reading such a record reads the header, the table or what lies behind the module; the next record is added behind it.",
    example: damaged(18, "ffff0104"),
    cite: "minios:kexec_read_mod_record",
  },
  {
    code: "record-data-overlaps",
    title: "Two records share bytes",
    explanation: "Updating one changes the other.",
    example: damaged(18, "60000210 60000310".replace(" ", "")),
    cite: "minios:kexec_upd_mod_record",
  },
  {
    code: "record-size-wrong",
    title: "A 9pfs record does not have 16 bytes",
    explanation: "The frontend takes any other size for a BUG.",
    example: example("v2", "module_pages 4", 'module_add type 1 hex "00"', NEXT, "kexec b"),
    cite: "minios:struct kexec_9pfs_rec",
  },
  {
    code: "record-without-type",
    title: "A record of type 0",
    explanation:
      "Type 0 marks a free slot. The record is stored, its slot is given to the next one, and after a kexec its data is overwritten.",
    example: example("v2", "module_pages 4", 'module_add type 256 hex "00"'),
    cite: ADD,
  },
  {
    code: "record-size-cut",
    title: "A record larger than 255 bytes",
    explanation:
      "The slot keeps the size in one byte, the data is stored whole. It cannot be read back, and the next kernel lays other data over its end.",
    example: example("v2", "module_pages 4", "module_add type 2 size 256 fill 0xaa"),
    cite: ADD,
  },
  {
    code: "module-page-given-twice",
    title: "A page of the module that is used is given out again",
    explanation:
      "As posted, the window is taken as soon as it is long enough and before its last page is looked at: one page is always the first one. Harmless where 9pfs takes 1 and then 16 of an empty module; with rings of a single page its shared page becomes its own ring.",
    example: example("v2", "module_pages 4", "module_alloc 1 record 0", "module_alloc 1 record 1"),
    cite: "minios:kexec_alloc_mod_pages",
  },
];
