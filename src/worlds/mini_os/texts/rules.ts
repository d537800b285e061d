/** The tests of a module that is handed over, and what an operation needs. */
import type { RuleText } from "../../../machine/mod.ts";
import { dying, example, NEXT } from "./example.ts";

const CHECK = "minios:kexec_check_module";

export const RULES: readonly RuleText[] = [
  {
    rule: "module-at-zero",
    title: "The first module of the start info has an address",
    explanation:
      "An address of 0 means that there is no module. The second one of the list is not looked at. The posted v1 hands a module on with this address, which is how the third kernel loses it.",
    example: example("v2", "module_pages 4; module at 0 size 16KiB"),
    cite: "minios:get_module",
  },
  {
    rule: "module-size-unaligned",
    title: "A module is whole pages",
    explanation:
      "A size that is no multiple of 4096 is not a kexec module, but an initrd or something of the kind. The real code says nothing: a new module is created.",
    example: dying("v2", "module_pages 4; module at 64MiB size 5000"),
    cite: CHECK,
  },
  {
    rule: "module-eye-catcher",
    title: "The last page begins with `KexecMem`",
    explanation:
      "The eight bytes tell a kexec module from any other. A module without them is not taken, silently: its pages stay out of the page allocator, and a new module is created beside it.",
    example: example("v2", "module_pages 4; module at 64MiB size 16KiB"),
    cite: CHECK,
  },
  {
    rule: "module-page-count",
    title: "The header counts the pages that the size gives",
    explanation:
      "n_pages is the size in pages without the last one. A size of 0 passes every test before this one, and the page below the module has been read by then.",
    example: example(
      "v2",
      "module_pages 4",
      NEXT,
      "kexec b until final",
      "final_stage",
      "# The entry of the module in the start info: a page more below.",
      'dma at 0x11_0068 hex "00b0ff07 00000000 00500000 00000000"',
      "start_next",
    ),
    cite: CHECK,
  },
  {
    rule: "module-contents",
    title: "What the last page says is consistent",
    explanation:
      "Asked by `fixed` alone. No posted release looks at the number of slots, the offset of the table, the owners of pages or the place of data, so a damaged page is taken and believed.",
    example: example(
      "fixed",
      "module_pages 4",
      'dma at 0x7fff00c hex "ff0f"',
      NEXT,
      "kexec b",
    ),
    cite: "minios:struct kexec_module",
  },
  {
    rule: "no-module-records",
    title: "The release has records in its module",
    explanation:
      "The tree before the series has no module. The patch of v1 with the functions for pages and records is in no store, so kx has them from v2 on.",
    example: example("v1", "module_pages 4", "module_find type 1 fails ENOSYS"),
    cite: "minios:struct kexec_module_rec",
  },
  {
    rule: "ring-full",
    title: "The ring has room",
    explanation:
      "Each ring has half of the shared pages. Frontend and backend wait until the other side has read; in a script the other side has to be told to.",
    example: example(
      "v2",
      "module_pages 18",
      "attach ninepfs ring_order 1",
      "backend writes size 4000 fill 1",
      "backend writes size 100 fill 2 fails EAGAIN",
    ),
    cite: "minios:init_9pfront2",
  },
  {
    rule: "not-attached",
    title: "The device was attached",
    explanation: "`attach ninepfs` starts the frontend and connects the backend.",
    example: example("v2", "module_pages 18", "backend pauses fails ENODEV"),
    cite: "minios:init_9pfront2",
  },
];
