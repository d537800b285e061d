/** What can be asked of a loaded image beyond what every world answers. */
import type { QueryShape } from "../../machine/mod.ts";
import { identityRanges, IMAGE_QUERIES as COMMON, ofImage, SLOT } from "../../execution/mod.ts";
import { answer } from "../../routine/mod.ts";

export const IMAGE_QUERIES: readonly QueryShape[] = [
  ...COMMON,
  ofImage(
    ["head", "of", SLOT],
    "address of the first indirection page",
    (_, image) => answer.hex(image.head),
  ),
  ofImage(
    ["arch", "of", SLOT],
    "ELF machine: 62 x86-64, 3 i386",
    (_, image) => answer.integer(image.elfMachine ?? 0),
  ),
  ofImage(
    ["page", "table", "root", "of", SLOT],
    "the root of the tables",
    (_, image) => answer.frameAddress(image.pageTableRoot),
  ),
  ofImage(["page", "tables", "of", SLOT], "pages of the tables, in the order of allocation", (
    _,
    image,
  ) => answer.ranges(image.pageTableFrames)),
  ofImage(
    ["mapped", "by", SLOT],
    "ranges that the tables map to themselves",
    (machine, image) => identityRanges(machine, image, 4),
  ),
];
