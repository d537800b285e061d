/**
 * From the segments in the caller's memory to what waits for the jump: of a default image source
 * pages and a list, of a crash image the destinations themselves, at once. [xen:kimage_load_segments]
 */
import type { Decision, Recipe, Refusal, SegmentSpec } from "../../../machine/mod.ts";
import { WORDS_PER_PAGE } from "../../../execution/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { hypervisorHang } from "../hypervisor.ts";
import { emit, type Run } from "../steps.ts";
import { type Building, change, imageOf, isMapOnly } from "./building.ts";
import { addDestination, addSources, addZeros, terminate } from "./list.ts";
import { mapPages } from "./page_tables.ts";
import { noMemory, unreadable } from "./refusals.ts";
import { releasePool, takeSources } from "./source_pages.ts";
import { writeDestination } from "./write_destination.ts";

/**
 * Words that a processor still writes while somebody waits: 4 TiB of zeros. Each is tried, also when
 * no page of the list is to be had any more.
 */
const MOST_ZEROS = 2 ** 30;

/** The refusal, if one ended it; look at the machine's power too: a write can end everything. */
export function* loadSegments(run: Run, building: Building): Decision<Refusal | undefined> {
  for (const segment of building.segments) {
    const refusal = yield* loadSegment(run, building, segment);
    if (refusal !== undefined || run.machine.power !== "running") {
      yield* releasePool(run, building);
      return refusal;
    }
  }
  yield* releasePool(run, building);
  yield* terminate(run, building);
  return undefined;
}

/**
 * The data, then the mapping of every page of the destination. What the mapping gives back counts:
 * where there is at least one page to map, an error of the data is forgotten.
 * [xen:kimage_load_segment]
 */
function* loadSegment(
  run: Run,
  building: Building,
  segment: SegmentSpec,
): Decision<Refusal | undefined> {
  let result: Refusal | undefined = nothingDone(segment);
  if (!isMapOnly(segment)) {
    result = building.type === 1
      ? yield* writeDestination(run, building, segment)
      : yield* loadSources(run, building, segment);
    if (run.machine.power !== "running") return undefined;
  }
  const pages = pagesToMap(segment);
  if (pages === 0) return result;
  const mapped = yield* mapPages(run, building, segment.dest, segment.dest, pages);
  if (!mapped) return noMemory(building.type, "page tables");
  if (!isMapOnly(segment) && result !== undefined) yield* tellSwallowed(run, building, result);
  return undefined;
}

/** The loop ends where the address would pass the end; an end that wrapped is below the beginning. */
function pagesToMap({ dest, destSize }: SegmentSpec): number {
  const end = BigInt.asUintN(64, dest + destSize);
  return end <= dest ? 0 : Number((end - dest) / 4096n);
}

/** A range without pages and without data: the result is what it was set to at first. */
function nothingDone(segment: SegmentSpec): Refusal | undefined {
  if (!isMapOnly(segment)) return undefined;
  return {
    rule: "empty-map",
    errno: "ENOMEM",
    nature: "arguments",
    message:
      `segment \`${segment.name}\` has no data and no pages to map: nothing is done, which counts as no memory`,
    remedy: "Leave it out, or give it a size",
    cite: "xen:kimage_load_segment",
  };
}

/** [xen:kimage_load_normal_segment] */
function* loadSources(
  run: Run,
  building: Building,
  segment: SegmentSpec,
): Decision<Refusal | undefined> {
  if (!(yield* addDestination(run, building, segment.dest))) {
    return noMemory(building.type, "the indirection list");
  }
  const { buffer } = segment;
  const pages = Number((segment.bufferSize + 4095n) / 4096n);
  const readable = Math.min(buffer.readable, Number(segment.bufferSize));
  // The page on which reading fails is taken, and is on the list.
  const fails = readable < Number(segment.bufferSize);
  const wanted = fails ? Math.floor(readable / PAGE_SIZE) + 1 : pages;
  const recipe: Recipe = { kind: "padded", source: buffer.recipe, length: readable };
  const first = Number(segment.dest) / PAGE_SIZE;
  for (let done = 0; done < wanted;) {
    const most = Math.min(wanted - done, roomInList(run, building));
    const found = yield* takeSources(run, building, first + done, most);
    if (found === undefined) return noMemory(building.type, "source pages");
    const { frame, count } = found;
    const word = building.words;
    const added = yield* addSources(run, building, frame, count);
    if (!added) return noMemory(building.type, "the indirection list");
    if (frame === first + done) {
      const { sourcesInPlace } = imageOf(run, building);
      yield* change(run, building, { sourcesInPlace: sourcesInPlace + count });
    }
    building.placed.push({ dest: first + done, source: frame, count, word });
    yield* emit(run, {
      kind: "frames-written",
      frames: [frame, frame + count],
      recipe,
      shifts: [frame - done],
      what: `segment ${segment.name} of image ${building.name}`,
    });
    done += count;
  }
  if (fails) return unreadable(segment);
  return yield* addTail(run, building, segment, pages);
}

/** What is behind the data, word after word. A destination that wraps around is not at its end yet. */
function* addTail(
  run: Run,
  building: Building,
  { name, dest, destSize }: SegmentSpec,
  pages: number,
): Decision<undefined> {
  const end = BigInt.asUintN(64, dest + destSize);
  const from = BigInt.asUintN(64, dest + BigInt(pages) * 4096n);
  if (from >= end) return undefined;
  const zeros = Number((end - from) / 4096n);
  yield* addZeros(run, building, zeros);
  if (zeros > MOST_ZEROS) {
    const why = `the zeros behind the data of segment ${name} take ${zeros} words of the list`;
    yield* hypervisorHang(run, why, "xen:kimage_load_normal_segment");
  }
  return undefined;
}

/**
 * Sources that are taken before the next page of the list is: the order decides which of them the
 * heap gives to whom. A page that is full is followed only when a word is added.
 */
function roomInList(run: Run, building: Building): number {
  const word = imageOf(run, building).listEnd?.word ?? 0;
  return Math.max(1, WORDS_PER_PAGE - word);
}

function* tellSwallowed(run: Run, building: Building, lost: Refusal): Decision<void> {
  const left = building.type === 1
    ? "the rest of the segment keeps what was there"
    : "the list ends early, the rest of the destination is not written";
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "copy-error-swallowed",
      message:
        `${lost.message}: ${lost.errno} is forgotten, since mapping the pages went well; ${left}`,
      key: `copy-error-swallowed:${building.id}:${hex(lost.segments?.[0] ?? 0)}`,
      cite: "xen:kimage_load_segment",
    },
  });
}
