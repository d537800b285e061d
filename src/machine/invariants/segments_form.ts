/** L1: the segments of a loaded image are what the checks promise: aligned, disjoint, filled by what is theirs. */
import { PAGE_SIZE } from "../../memory/mod.ts";
import type { Image } from "../image.ts";
import type { Hazard } from "../refusal.ts";
import { citeOf, type Invariant } from "./invariant.ts";

/** Linux's and Xen's own limit for a load from user space. */
const MOST_SEGMENTS = 16;

export const segmentsForm: Invariant = {
  code: "segments-malformed",
  nature: "hazard",
  title: "A loaded image has impossible segments",
  explanation:
    "Every check of a load exists so that this holds: segments begin and end on pages, do not overlap, are not smaller than what fills them, and are sixteen at most. If one of a loaded image breaks it, a check was passed that should not have been.",
  cite: "linux:sanity_check_segment_list",
  cites: { xen: "xen:do_kimage_alloc" },
  concerns: ["slot-set"],
  check(after, event): Hazard[] {
    if (event.kind !== "slot-set" || event.image === undefined) return [];
    const image = after.images.get(event.image);
    const wrong = image && firstWrong(image);
    if (image === undefined || wrong === undefined) return [];
    return [{
      code: this.code,
      key: `${this.code}:${image.id}`,
      message: `image ${image.name}: ${wrong}`,
      cite: citeOf(this, after),
    }];
  },
};

function firstWrong(image: Image): string | undefined {
  const { segments } = image;
  // Only a load from files may have more: its segments are the kernel's own.
  if (segments.length > MOST_SEGMENTS && !image.fileMode) return `${segments.length} segments`;
  for (const s of segments) {
    if (s.dest % PAGE_SIZE !== 0 || s.destSize % PAGE_SIZE !== 0) {
      return `segment ${s.name} is not whole pages`;
    }
    if (s.sourceSize > s.destSize) return `segment ${s.name} is smaller than its buffer`;
  }
  const sorted = segments.filter((s) => s.destSize > 0).sort((a, b) => a.dest - b.dest);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    if (before.dest + before.destSize > sorted[i]!.dest) {
      return `segments ${before.name} and ${sorted[i]!.name} overlap`;
    }
  }
  return undefined;
}
