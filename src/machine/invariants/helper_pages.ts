/** L4: helper pages of a loaded image lie in none of its destinations. Source pages: see list_form.ts. */
import { bytesOfFrames, overlaps } from "../../memory/mod.ts";
import type { Image } from "../image.ts";
import type { Machine } from "../machine.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

export const helperPages: Invariant = {
  code: "helper-page-in-destination",
  nature: "hazard",
  title: "A helper page lies in a destination",
  explanation:
    "The relocation writes every destination page. A control page, a swap page or an indirection page in one of them is overwritten while it is still needed: the jump then copies garbage or faults.",
  cite: "linux:kimage_alloc_normal_control_pages",
  cites: { xen: "xen:kimage_alloc_normal_control_page" },
  concerns: ["slot-set"],
  check(after, event): Hazard[] {
    if (event.kind !== "slot-set" || event.image === undefined) return [];
    const image = after.images.get(event.image);
    return image === undefined ? [] : helpersInDestinations(this, after, image);
  },
};

function helpersInDestinations(law: Invariant, machine: Machine, image: Image): Hazard[] {
  const helpers: [string, number, number][] = [];
  if (image.controlCodeFrame !== undefined) {
    helpers.push(["control code page", image.controlCodeFrame, image.controlCodeFrame + 1]);
  }
  if (image.swapFrame !== undefined) {
    helpers.push(["swap page", image.swapFrame, image.swapFrame + 1]);
  }
  for (let i = 0; i < image.indirectionFrames.length; i += 2) {
    helpers.push([
      "indirection page",
      image.indirectionFrames[i]!,
      image.indirectionFrames[i + 1]!,
    ]);
  }
  const found: Hazard[] = [];
  for (const segment of image.segments) {
    const dest = { start: segment.dest, end: segment.dest + segment.destSize };
    for (const [what, start, end] of helpers) {
      const bytes = bytesOfFrames({ start, end });
      if (!overlaps(bytes, dest)) continue;
      found.push({
        code: law.code,
        key: `${law.code}:${image.id}:${start}`,
        message: `${what} 0x${
          bytes.start.toString(16)
        } of image ${image.name} lies in the destination of segment ${segment.name}`,
        cite: citeOf(law, machine),
      });
    }
  }
  return found;
}
