/** What goes wrong with the memory that a kernel takes for itself at boot. */
import type { HazardText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

const ALLOCATOR = "minios:init_page_allocator";

export const MEMORY_HAZARDS: readonly HazardText[] = [
  {
    code: "boot-over-module",
    title: "The kernel's own page tables or bitmap lie over a module",
    explanation:
      "Since the series the pages of modules are kept out of the page allocator. What comes before it is not: page tables for memory above the first GiB and the bitmap of the page allocator are put on the first pages behind the image and the start info, whatever lies there.",
    example: example("v2", "module_pages 1; module at 0x17_1000 size 4KiB"),
    cite: ALLOCATOR,
  },
  {
    code: "bitmap-too-short",
    title: "The last pages have no bit in the bitmap",
    explanation:
      "The bitmap's size is rounded down to whole bytes before it is rounded up to whole pages. With one to seven pages more than a multiple of 32768 (128 MiB) their bits are in the first page behind the bitmap, which is handed out: bits that are set there break a list, and a page that is freed is joined with one that does not exist. kx has the second, mostly a fault; of the first it says no more than this.",
    example: [
      "machine stubdom { memory 0 .. 0x800_4000 }",
      "boot mini_os v2 on stubdom { module_pages 4 }",
    ].join("\n"),
    cite: ALLOCATOR,
  },
  {
    code: "high-memory-mapped-wrong",
    title: "Everything above the first GiB is mapped to the same 2 MiB",
    explanation:
      "The loop that adds page tables counts addresses on, but not the frame that it maps: each entry that it writes leads to the first 2 MiB behind the kernel. kx says so and maps memory to itself, as the authors meant and as the recordings have it, which were made without paging.",
    example: [
      "machine stubdom { memory 0 .. 2GiB }",
      "boot mini_os v2 on stubdom { module_pages 4 }",
    ].join("\n"),
    cite: "minios:build_pagetable",
  },
];
