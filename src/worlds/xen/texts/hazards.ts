/** What Xen accepts though it should not, or though it will most likely not work. */
import type { HazardText } from "../../../machine/mod.ts";
import { CRASH, example } from "./example.ts";

const TWO = [
  "image old : crash { segment text at 0x0810_0000 size 4KiB fill 1 }",
  "image new : crash { segment text at 0x0800_0000 size 64KiB fill 8 }",
] as const;

export const HAZARDS: readonly HazardText[] = [
  {
    code: "status-is-parity",
    title: "Status says the opposite",
    explanation:
      "Op 6 tells the position bit, which every load and every unload that succeeds flips, and not whether an image is loaded. After two loads it says 0. Exec looks at the image itself.",
    example: example(CRASH, "load c", "load c", "status crash"),
    cite: "xen:kexec_status",
  },
  {
    code: "unload-of-nothing",
    title: "Unload succeeds though nothing is loaded",
    explanation: "It answers 0 and flips the position, so that status is wrong from then on.",
    example: example("unload crash", "status crash"),
    cite: "xen:kexec_swap_images",
  },
  {
    code: "unknown-op-succeeds",
    title: "An op that means nothing answers 0",
    explanation:
      "Up to 4.21. A tool that asks a hypervisor of before 4.9 for the status, or one of before 4.4 for the second version of load, is told that all is well.",
    example: example("hypercall number nr 9"),
    cite: "xen:do_kexec_op",
  },
  {
    code: "calls-side-by-side",
    title: "Two processors are inside the call at once",
    explanation:
      "Up to 4.8 only the swap of the images is under a lock. Two loads of crash images at the same time take the same control pages, and whichever is swapped in last runs on the other's. Since 4.9 the second call is made again until the first is over.",
    example: example("hold kexec_op").replace("4.17", "4.8"),
    cite: "xen:do_kexec_op",
  },
  {
    code: "copy-error-swallowed",
    title: "Reading the data failed, and the load succeeded",
    explanation:
      "The result of copying a segment is overwritten by that of mapping its pages. The image is loaded in place of the old one, with a list that ends early, or with a segment of which the rest is what lay there before.",
    example: example(
      "image c : crash { segment text at 0x0810_0000 size 8KiB fill 1 readable 4KiB }",
      "load c",
    ),
    cite: "xen:kimage_load_segment",
  },
  {
    code: "entry-at-area-end",
    title: "The entry point is the first byte behind the crash area",
    explanation: "The comparison takes the end as inside. Nothing is mapped there.",
    example: example(
      "image c : crash { segment text at 0x0810_0000 size 4KiB fill 1; entry 0x0c00_0000 }",
      "load c",
    ),
    cite: "xen:kimage_crash_alloc",
  },
  {
    code: "entry-not-mapped",
    title: "The entry point lies in no segment",
    explanation:
      "The tables of an image map its segments and what the jump itself needs, nothing else. A jump elsewhere is a page fault without a handler: the machine resets.",
    example: example(
      "image a : default { segment text at 256MiB size 4KiB fill 1; entry 512MiB }",
      "load a",
    ),
    cite: "xen:kimage_alloc",
  },
  {
    code: "entry-without-data",
    title: "The entry point lies in a range that is only mapped",
    explanation: "Whatever is in memory there is run: nobody put it there for this image.",
    example: example(
      "image a : default { segment text at 256MiB size 4KiB fill 1; map low at 0 size 1MiB; entry 0x7c00 }",
      "load a",
    ),
    cite: "xen:kimage_alloc",
  },
  {
    code: "entry-cut",
    title: "The entry point of a 32-bit image is above 4 GiB",
    explanation: "The last jump has 32 bits: the upper half of the address is lost without a word.",
    example: example(
      "image a : default i386 { segment text at 256MiB size 4KiB fill 1; entry 0x1_1000_0000 }",
      "load a",
    ),
    cite: "xen:kexec_reloc",
  },
  {
    code: "segment-wraps",
    title: "A segment wraps around the end of memory",
    explanation:
      "Nothing asks whether an end is above its beginning, and a wrapped one is below every limit. Data of a crash image is then written upwards from its beginning until there is no RAM, which is a page fault in Xen, or until Xen itself is gone.",
    example: example(
      "hypercall load fails MACHINE_RESET { type 1; entry 0x0810_0000; segment bufsz 4096 dest 0x0810_0000 size 0xffff_ffff_ffff_f000 fill 1 }",
    ),
    cite: "xen:kimage_crash_alloc",
  },
  {
    code: "segment-outside-ram",
    title: "A destination is not RAM",
    explanation: "Nothing compares the destinations of a default image with the memory map.",
    example: example("image a : default { segment text at 3GiB size 4KiB fill 1 }", "load a"),
    cite: "xen:do_kimage_alloc",
  },
  {
    code: "segment-in-crash-region",
    title: "A default image will be copied over the crash area",
    explanation: "From the first page on there is no crash image to fall back to.",
    example: example(
      "image a : default { segment text at 0x0810_0000 size 4KiB fill 1 }",
      "load a",
    ),
    cite: "xen:do_kimage_alloc",
  },
  {
    code: "segment-over-xen",
    title: "A default image will be copied over Xen",
    explanation:
      "That works, since code, tables and list of the jump lie elsewhere; there is no way back.",
    example: example(
      "image a : default { segment text at 0x3fc0_0000 size 4KiB fill 1 }",
      "load a",
    ),
    cite: "xen:do_kimage_alloc",
  },
  {
    code: "loaded-image-corrupt",
    title: "A failed load has spoilt the crash image that is loaded",
    explanation:
      "Control pages and data are written into the crash area before the last checks, and nothing of it is undone. The old image still counts as loaded, and a crash will jump into what is left of it.",
    example: example(
      CRASH,
      "load c",
      "hypercall load fails EINVAL { type 1; arch 9; entry 0x0810_0000 }",
    ),
    cite: "xen:kexec_load",
  },
  {
    code: "hypervisor-dies",
    title: "A call ends the hypervisor",
    explanation:
      "No errno: Xen panics, the machine resets, or the call never returns. A panic runs the crash image, if there is one. The best known way: the list of a crash image is walked when it is freed, but lies in the crash area, where the next image's data may be by then.",
    example: example(...TWO, "load old", "load new fails XEN_PANIC"),
    cite: "xen:kimage_free",
  },
  {
    code: "foreign-page-freed",
    title: "Freeing an image gave back a page of another",
    explanation:
      "The walk that frees a list follows the words as they are. If they were overwritten with those of another image, its pages go back to the heap while it still needs them. A page of the crash area goes there too, though it never was the heap's: nobody owns it, so nothing is found wrong; it is wiped, and may be given to anybody.",
    example: example(
      "image old : crash { segment text at 0x0810_0000 size 4KiB fill 1 }",
      "image new : crash { segment data at 0x0800_0000 size 4KiB; segment text at 0x0810_0000 size 4KiB fill 2 }",
      "load old",
      "load new",
    ),
    cite: "xen:kimage_free",
  },
  {
    code: "handed-over-image-freed",
    title: "An image is freed between exec and its start",
    explanation:
      "Exec hands the image to processor 0 and leaves the hypercall before that processor has begun. Until it says that it is in progress, another processor of dom0 can unload or replace the image: its pages are given back, and are run all the same.",
    example: example(
      "image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
      "load a",
      "at every step of exec default {",
      "  if kexec_flags == 18 {",
      "    unload default",
      '    if hazard "handed-over-image-freed" { expect hazard "handed-over-image-freed" }',
      "  }",
      "}",
    ),
    cite: "xen:kexec_reboot",
  },
  {
    code: "moved-source-lost",
    title: "A source page was moved, and the list says page 0",
    explanation:
      "The heap gave a page that is the destination of data which waits elsewhere. The data is moved there, but the new word of the list is made from the wrong bits of the address: page 0 is copied to that destination. Whether it happens depends on where the heap's free pages are.",
    example: `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB; allocator lowest }
boot xen 4.17 on m { cmdline "dom0_mem=256M" }
image a : default { segment data at 2MiB size 32MiB fill 1 }
load a`,
    cite: "xen:kimage_alloc_page",
  },
  {
    code: "control-pages-outside-region",
    title: "Control pages are taken where nobody reserved memory",
    explanation:
      "If `below=` leaves no room, the crash area keeps its size with a start of 0. get_range tells that there is none, but loads into it are accepted, and control pages are written from page 0 on.",
    example: `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.17 on m { cmdline "dom0_mem=256M crashkernel=64M,below=32M" }
image c : crash { segment text at 2MiB size 4KiB fill 1 }
load c`,
    cite: "xen:kimage_alloc_crash_control_page",
  },
];
