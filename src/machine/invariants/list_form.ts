/** L4, L5: the list of a loaded default image can be followed to its end, and no copy spoils a later one. */
import { has, PAGE_SIZE } from "../../memory/mod.ts";
import type { Image } from "../image.ts";
import { type Machine, readMemory } from "../machine.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

const WORDS_IN_PAGE = PAGE_SIZE / 8;
/** Xen's entry for a page that is cleared and needs no source. */
const CLEAR = 0x10;

export const listForm: Invariant = {
  code: "list-malformed",
  nature: "hazard",
  title: "The indirection list is malformed",
  explanation:
    "The list of a default image begins with a link to an indirection page, has one source entry (or, in Xen's, one that clears it) for each destination page, links to the next page only in the last slot of a page, and ends with a done entry. A source page that lies in a destination is its own destination, so that pages can be copied in any order. The relocation follows whatever is there: a broken list copies wrong pages or never ends.",
  cite: "linux:kimage_add_entry",
  cites: { xen: "xen:kimage_add_entry" },
  concerns: ["slot-set"],
  check(after, event): Hazard[] {
    if (event.kind !== "slot-set" || event.image === undefined) return [];
    const image = after.images.get(event.image);
    if (image === undefined || image.listWords === 0) return [];
    const wrong = follow(after, image);
    if (wrong === undefined) return [];
    return [{
      code: this.code,
      key: `${this.code}:${image.id}`,
      message: `the list of image ${image.name}: ${wrong}`,
      cite: citeOf(this, after),
    }];
  },
};

/** Follows the list page by page; says what is wrong. Words are read as two halves: BigInts are slow. */
function follow(machine: Machine, image: Image): string | undefined {
  const data = image.segments.filter((s) => s.mapOnly !== true);
  const wanted = data.reduce((sum, s) => sum + s.destSize / PAGE_SIZE, 0);
  // Xen keeps the first page's bare address.
  if ((image.head & 2n) === 0n && (image.head & 0xfffn) !== 0n) return "its head is no link";
  let page = Number(image.head & ~0xfffn);
  let sources = 0;
  let dest = 0;
  const places = data.filter((s) => s.destSize > 0)
    .map((s) => ({ start: s.dest, end: s.dest + s.destSize }));
  const pages = Math.ceil((wanted + image.segments.length) / (WORDS_IN_PAGE - 1)) + 1;
  for (let count = 0; count <= pages; count++) {
    const bytes = readMemory(machine, page, PAGE_SIZE);
    const words = new DataView(bytes.buffer, bytes.byteOffset, PAGE_SIZE);
    let next: number | undefined;
    for (let slot = 0; slot < WORDS_IN_PAGE; slot++) {
      const low = words.getUint32(slot * 8, true);
      const address = words.getUint32(slot * 8 + 4, true) * 2 ** 32 + ((low & ~0xfff) >>> 0);
      if ((low & 1) !== 0) {
        dest = address;
        continue;
      }
      if ((low & 2) !== 0) {
        next = address;
        if (slot !== WORDS_IN_PAGE - 1) {
          return `a link in slot ${slot} of page 0x${page.toString(16)}`;
        }
        break;
      }
      if ((low & 4) !== 0) {
        return sources === wanted
          ? undefined
          : `${sources} source entries for ${wanted} destination pages`;
      }
      if ((low & 8) === 0) {
        if ((low & CLEAR) !== 0) sources++;
        continue;
      }
      if (address === 0) {
        return `the source of page 0x${dest.toString(16)} is page 0, which nobody gives`;
      }
      if (address !== dest && places.some((place) => has(place, address))) {
        return `source page 0x${address.toString(16)} waits in another page's destination`;
      }
      sources++;
      dest += PAGE_SIZE;
    }
    if (next === undefined) return `page 0x${page.toString(16)} ends without a link`;
    page = next;
  }
  return "no done entry";
}
