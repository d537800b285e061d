/** What can be asked of a loaded image: read from memory as it is now. */
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
} from "../../machine/mod.ts";
import { type DecodedList, decodeList, listWords } from "../../execution/mod.ts";
import { answer } from "../../routine/mod.ts";

const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"] };

export const IMAGE_QUERIES: readonly QueryShape[] = [
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
    ["control", "code", "of", SLOT],
    "the page of the relocation code",
    (_, image) => answer.frameAddress(image.controlCodeFrame),
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
  ofImage(["next", "control", "page", "of", SLOT], "where the next hole would be looked for", (
    _,
    image,
  ) =>
    image.controlCursor === undefined ? answer.NOTHING : answer.hex(BigInt(image.controlCursor))),
  ofImage(["mapped", "by", SLOT], "ranges that the tables map to themselves", identityRanges),
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

function ofImage(
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

function ofList(
  pattern: QueryShape["pattern"],
  summary: string,
  of: (list: DecodedList) => Answer,
): QueryShape {
  return ofImage(pattern, summary, (machine, image) => of(decodeList(machine, image.head)));
}

function identityRanges(machine: Machine, image: Image): Answer {
  if (image.pageTableRoot === undefined) return answer.NOTHING;
  const items: { start: bigint; end: bigint }[] = [];
  for (const m of mappedRanges(machine, image.pageTableRoot, 4)) {
    if (m.start !== BigInt(m.maddr)) continue;
    const last = items.at(-1);
    if (last !== undefined && last.end === m.start) last.end = m.end;
    else items.push({ start: m.start, end: m.end });
  }
  return { kind: "list", items: items.map((r) => ({ kind: "range", ...r })) };
}
