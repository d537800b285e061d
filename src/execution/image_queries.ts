/** What can be asked of a loaded image in every world: read from memory as it is now. */
import {
  type Answer,
  type ArgValue,
  type Image,
  imageIn,
  type Machine,
  mappedRanges,
  type Param,
  type QueryShape,
  type Slot,
} from "../machine/mod.ts";
import { answer } from "../routine/mod.ts";
import { type DecodedList, decodeList, listWords } from "./indirection.ts";

/** The slot that a question about an image names. */
export const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"] };

export const IMAGE_QUERIES: readonly QueryShape[] = [
  ofImage(
    ["control", "code", "of", SLOT],
    "the page of the relocation code",
    (_, image) => answer.frameAddress(image.controlCodeFrame),
  ),
  ofImage(["next", "control", "page", "of", SLOT], "where the next hole would be looked for", (
    _,
    image,
  ) =>
    image.controlCursor === undefined ? answer.NOTHING : answer.hex(BigInt(image.controlCursor))),
  ofImage(
    ["entries", "of", SLOT],
    "the words of the indirection list as they are in memory, its head first",
    (machine, image) => ({ kind: "list", items: listWords(machine, image.head).map(answer.hex) }),
  ),
  ofList(
    ["sources", "of", SLOT],
    "source pages, in the order of the list",
    (list) => answer.frames(list.sources),
  ),
  ofList(
    ["source", "pages", "of", SLOT],
    "how many source pages the list has",
    (list) => answer.integer(list.sources.length),
  ),
  ofList(
    ["sources", "in", "place", "of", SLOT],
    "source pages that are their own destination",
    (list) => answer.integer(list.inPlace),
  ),
  ofList(
    ["indirection", "pages", "of", SLOT],
    "pages of the list itself",
    (list) => answer.frames(list.indirections),
  ),
];

/** A question that the image in a slot answers; an empty slot answers nothing. */
export function ofImage(
  pattern: QueryShape["pattern"],
  summary: string,
  of: (machine: Machine, image: Image) => Answer,
): QueryShape {
  return {
    pattern,
    summary,
    answer(machine: Machine, args: Readonly<Record<string, ArgValue>>): Answer {
      const image = imageIn(machine, args.slot as Slot);
      return image === undefined ? answer.NOTHING : of(machine, image);
    },
  };
}

/** One that its indirection list answers. */
export function ofList(
  pattern: QueryShape["pattern"],
  summary: string,
  of: (list: DecodedList) => Answer,
): QueryShape {
  return ofImage(pattern, summary, (machine, image) => of(decodeList(machine, image.head)));
}

/** Ranges that the image's tables of so many levels map to themselves, joined where they touch. */
export function identityRanges(machine: Machine, image: Image, levels: number): Answer {
  if (image.pageTableRoot === undefined) return answer.NOTHING;
  const items: { start: bigint; end: bigint }[] = [];
  for (const m of mappedRanges(machine, image.pageTableRoot, levels)) {
    if (m.start !== BigInt(m.maddr)) continue;
    const last = items.at(-1);
    if (last !== undefined && last.end === m.start) last.end = m.end;
    else items.push({ start: m.start, end: m.end });
  }
  return { kind: "list", items: items.map((r) => ({ kind: "range", ...r })) };
}
