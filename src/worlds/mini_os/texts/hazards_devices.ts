/** What goes wrong between kernels, grants, event channels and a backend that never stops. */
import type { HazardText } from "../../../machine/mod.ts";
import { BEFORE, example, NEXT } from "./example.ts";

const RECORD = "minios:struct kexec_9pfs_rec";

export const DEVICE_HAZARDS: readonly HazardText[] = [
  {
    code: "start-info-handed-out",
    title: "The page allocator has the start info",
    explanation:
      "Before the series free memory begins behind the kernel's image, and the start info lies there: whoever allocates a page first may get it.",
    example: example(BEFORE, "module_pages 0"),
    cite: "minios:arch_init_mm",
  },
  {
    code: "page-lost-to-lapic",
    title: "The page of the local APIC costs a page of RAM",
    explanation:
      "A kernel puts this page into its memory map after it has counted what is reserved. The next one finds it there, counts it as memory that the domain was given, and uses one page of RAM less; from then on nothing changes.",
    example: example(BEFORE, "module_pages 0", NEXT, "kexec b"),
    cite: "minios:e820_get_current_pages",
  },
  {
    code: "scratch-passed-on",
    title: "Scratch addresses become reserved memory of the next kernel",
    explanation:
      "Addresses for mappings of foreign pages are an entry of the memory map. Before the series they had the type of reserved memory and were passed on as such.",
    example: example(BEFORE, "module_pages 0", "scratch 4"),
    cite: "minios:e820_get_reserved_pfns",
  },
  {
    code: "live-grant-unused",
    title: "A live grant is on the list of unused ones",
    explanation:
      "Before the series every reference was put on the list at boot, also those whose entries a backend uses since the kernel before.",
    example: example(BEFORE, "module_pages 0", "attach ninepfs plain", NEXT, "kexec b"),
    cite: "minios:init_gnttab",
  },
  {
    code: "live-grant-reused",
    title: "A live grant is overwritten with another page",
    explanation:
      "The reference came from the list of unused ones. The backend still has the old page mapped and writes into it, whoever has it now.",
    example: example(
      BEFORE,
      "module_pages 0",
      "attach ninepfs plain",
      NEXT,
      "kexec b",
      "attach ninepfs plain",
    ),
    cite: "minios:gnttab_grant_access",
  },
  {
    code: "grant-changed",
    title: "A grant is no longer of the frame that the backend mapped",
    explanation:
      "Grants and frames must be the same before and after a kexec, since the device stays open.",
    example: example(
      BEFORE,
      "module_pages 0",
      "attach ninepfs plain",
      NEXT,
      "kexec b",
      "attach ninepfs plain ring_order 0",
    ),
    cite: RECORD,
  },
  {
    code: "timer-still-bound",
    title: "The timer is bound since the kernel before",
    explanation: "Nothing unbound it before the series, and a virtual interrupt can be bound once.",
    example: example(BEFORE, "module_pages 0", NEXT, "kexec b"),
    cite: "minios:init_time",
  },
  {
    code: "event-channel-lost",
    title: "The port of the 9pfs record is bound to nobody",
    explanation: "The frontend waits for events on it for ever.",
    example: example(
      "v2",
      "module_pages 18",
      "attach ninepfs",
      'module_update 0 type 1 hex "ff070000 63000000 00000000 00000000"',
      "attach ninepfs again",
    ),
    cite: "minios:read_config_kexec",
  },
  {
    code: "granted-page-not-kept",
    title: "The backend has pages that the record does not",
    explanation:
      "Every page that 9pfs granted must be a page of the module and belong to its record, or the next kernel uses it for something else.",
    example: example(
      "v2",
      "module_pages 18",
      "attach ninepfs",
      "module_free 1 record 0 at 0x7fee000",
      "attach ninepfs again",
    ),
    cite: RECORD,
  },
  {
    code: "record-page-unreachable",
    title: "A page belongs to the record and nothing leads there",
    explanation:
      "A record finds its pages through its own payload. A page that it cannot reach is lost.",
    example: example(
      "v2",
      "module_pages 18",
      "attach ninepfs ring_order 3",
      "module_free 9 record 0 at 0x7fee000",
      "module_alloc 17 record 0",
      "attach ninepfs again",
    ),
    cite: RECORD,
  },
  {
    code: "shared-page-in-ring",
    title: "The shared page is also a ring page",
    explanation:
      "With rings of one page 9pfs asks the module twice for one page. As posted, both times it gets the first one: the first answer of the backend overwrites the indices.",
    example: example("v2", "module_pages 18", "attach ninepfs ring_order 0"),
    cite: "minios:kexec_alloc_mod_pages",
  },
  {
    code: "ring-not-contiguous",
    title: "Ring pages do not follow each other",
    explanation:
      "After a kexec the frontend takes the address of the first ring page and goes on from there. Nothing in the shared page promises that the others follow.",
    cite: "minios:read_config_kexec",
  },
  {
    code: "ring-bytes-lost",
    title: "The ring does not hold what the backend wrote",
    explanation: "Something else was written to a page that the backend has mapped.",
    example: example(
      "v2",
      "module_pages 18",
      "attach ninepfs",
      'backend writes text "answer"',
      'dma at 0x7fef000 text "x"',
      "attach ninepfs again",
    ),
    cite: "minios:read_config_kexec",
  },
  {
    code: "backend-writes-foreign-page",
    title: "The backend writes into a page that is no longer 9pfs's",
    explanation:
      "The backend knows frames, not kernels. A page outside of the module is free or somebody else's after a kexec, and is written all the same.",
    example: example(
      BEFORE,
      "module_pages 0",
      "attach ninepfs plain",
      NEXT,
      "kexec b",
      'backend writes text "answer"',
    ),
    cite: "minios:kexec.c header",
  },
];
