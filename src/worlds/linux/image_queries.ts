/** What can be asked of a loaded image beyond what every world answers. */
import {
  type Answer,
  type Image,
  type Machine,
  mappedRanges,
  type QueryShape,
} from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { answer } from "../../routine/mod.ts";
import {
  type DecodedList,
  decodeList,
  identityRanges,
  IMAGE_QUERIES as COMMON,
  ofImage,
  ofList,
  SLOT,
} from "../../execution/mod.ts";
import { hasCpu, kernelFeatures } from "./kernel.ts";

export const IMAGE_QUERIES: readonly QueryShape[] = [
  ...COMMON,
  ofImage(
    ["head", "of", SLOT],
    "the first word of the indirection list",
    (_, image) => answer.hex(image.head),
  ),
  ofImage(
    ["control", "block", "of", SLOT],
    "what was allocated for the control code: up to 6.13 the root of the map lies in it too",
    (
      machine,
      image,
    ) => {
      const code = image.controlCodeFrame;
      if (code === undefined) return answer.NOTHING;
      const start = kernelFeatures(machine).separateRoot ? code : code - 1;
      return answer.range({ start: start * PAGE_SIZE, end: (code + 1) * PAGE_SIZE });
    },
  ),
  ofImage(
    ["swap", "page", "of", SLOT],
    "the scratch page of the copying",
    (_, image) => answer.frameAddress(image.swapFrame),
  ),
  ofImage(
    ["vmcoreinfo", "page", "of", SLOT],
    "the safe copy of vmcoreinfo",
    (_, image) => answer.frameAddress(image.vmcoreinfoFrame),
  ),
  ofImage(
    ["page", "table", "root", "of", SLOT],
    "the root of the identity map",
    (_, image) => answer.frameAddress(image.pageTableRoot),
  ),
  ofImage(
    ["page", "tables", "of", SLOT],
    "pages of the identity map, in control pages",
    (_, image) => answer.ranges(image.pageTableFrames),
  ),
  ofImage(["transition", "tables", "of", SLOT], "tables to the control code, in ordinary memory", (
    _,
    image,
  ) => answer.ranges(image.transitionFrames ?? [])),
  ofImage(["flags", "of", SLOT], "crash, preserve, file, hotplug: what the image is marked with", (
    _,
    image,
  ) => ({ kind: "list", items: imageFlags(image).map((value) => ({ kind: "word", value })) })),
  ofImage(
    ["mappings", "of", SLOT],
    "the identity map, read from its tables: start, end, physical address, page size, flags",
    mappings,
  ),
  ofImage(
    ["mapped", "by", SLOT],
    "ranges that the identity map maps to themselves",
    (machine, image) => identityRanges(machine, image, levels(machine)),
  ),
  ofList(
    ["words", "of", SLOT],
    "words of the indirection list, links and the end included",
    (list) => answer.integer(list.words),
  ),
  ofImage(
    ["misplaced", "sources", "of", SLOT],
    "source pages that lie in the destination of another page: never any",
    (
      machine,
      image,
    ) => answer.frames(misplacedSources(decodeList(machine, image.head), image)),
  ),
  ofList(
    ["destinations", "of", SLOT],
    "each destination of the list, and how many sources come before it",
    (
      list,
    ) => ({
      kind: "list",
      items: list.destinations.map(({ dest, firstSource }) => ({
        kind: "list",
        items: [answer.hex(BigInt(dest)), answer.integer(firstSource)],
      })),
    }),
  ),
];

function imageFlags(image: Image): string[] {
  const flags: string[] = [];
  if (image.slot === "crash") flags.push("crash");
  if (image.preserveContext) flags.push("preserve");
  if (image.fileMode) flags.push("file");
  if (image.hotplugSupport) flags.push("hotplug");
  return flags;
}

/** A copy of these would destroy what another still needs. */
function misplacedSources(list: DecodedList, image: Image): number[] {
  const misplaced: number[] = [];
  const destinations = image.segments.map((s) => ({
    start: s.dest / PAGE_SIZE,
    end: (s.dest + s.destSize) / PAGE_SIZE,
  }));
  let next = 0;
  let dest = 0;
  for (const [i, source] of list.sources.entries()) {
    for (; list.destinations[next]?.firstSource === i; next++) {
      dest = list.destinations[next]!.dest / PAGE_SIZE;
    }
    if (source !== dest && destinations.some((d) => source >= d.start && source < d.end)) {
      misplaced.push(source);
    }
    dest++;
  }
  return misplaced;
}

function levels(machine: Machine): number {
  return hasCpu(machine.settings, "la57") ? 5 : 4;
}

function mappings(machine: Machine, image: Image): Answer {
  if (image.pageTableRoot === undefined) return answer.NOTHING;
  const items = mappedRanges(machine, image.pageTableRoot, levels(machine)).map((m): Answer => ({
    kind: "list",
    items: [
      answer.hex(m.start),
      answer.hex(m.end),
      answer.hex(BigInt(m.maddr)),
      answer.hex(BigInt(m.pageSize)),
      answer.hex(BigInt(m.flags)),
    ],
  }));
  return { kind: "list", items };
}
