/**
 * A dump of struct kimage against the image in the slot. Everything about lists and tables is asked
 * through the world's queries, which read it from modelled memory.
 */
import { type Image, imageIn, type Machine, type Slot, type World } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer, listAnswer, rangeAnswer } from "./ask.ts";
import type { FieldCounter } from "./fields.ts";
import { type JsonObject, type JsonValue, show } from "./format.ts";
import {
  allTables,
  destinationsLike,
  framesIn,
  headLeads,
  hex,
  HOLDS,
  mappingsLike,
  outsideDestinations,
  pagesOutsideDestinations,
  type Reading,
  type Seen,
  sourcesAreSafe,
  tablesInRegion,
} from "./image_readings.ts";
import type { Difference } from "./report.ts";

/** The recorder gave up counting source pages there. */
const MOST_SOURCES = 262144n;

export function compareImage(
  world: World,
  machine: Machine,
  dump: JsonObject,
  counter: FieldCounter,
  unknown: (field: string) => void,
): { differences: Difference[]; compared: number } {
  const differences: Difference[] = [];
  let compared = 0;
  const slot: Slot = dump.which === "kexec_crash_image" ? "crash" : "default";
  const image = imageIn(machine, slot);
  const recorded = dump.head !== undefined;
  if (recorded !== (image !== undefined)) {
    differences.push({
      field: "images.which",
      recorded: recorded ? `an image in the ${slot} slot` : "none",
      modelled: image === undefined ? "none" : `image ${image.name}`,
    });
  }
  for (const [name, value] of Object.entries(dump)) {
    const rule = counter.meet(`images.${name}`);
    if (rule === undefined) unknown(`images.${name}`);
    else if (image !== undefined && value !== undefined && rule.how !== "not compared") {
      compared++;
      const reading = read(name, { world, machine, slot, image }, value);
      const difference = differenceOf(`images.${name}`, value, reading);
      if (difference !== undefined) differences.push(difference);
    }
  }
  return { differences, compared };
}

function differenceOf(field: string, value: JsonValue, reading: Reading): Difference | undefined {
  if ("holds" in reading) return undefined;
  if ("broken" in reading) return { field, recorded: show(value), modelled: reading.broken };
  const modelled = show(reading.value);
  return modelled === show(value) ? undefined : { field, recorded: show(value), modelled };
}

function read(name: string, seen: Seen, recorded: JsonValue): Reading {
  const { image, slot } = seen;
  const query = (phrase: string) => ask(seen.world, seen.machine, phrase, { slot });
  const crash = slot === "crash";
  const page = (address: bigint | undefined): Reading =>
    crash
      ? { value: address === undefined ? null : hex(address) }
      : outsideDestinations(seen, address);
  const count = (phrase: string) => listAnswer(query(phrase)).length;
  switch (name) {
    case "which":
      return HOLDS;
    case "head":
      return crash ? { value: hex(image.head) } : headLeads(seen);
    case "start":
      return { value: hex(image.entryPoint) };
    case "control_code_page_pa":
      return page(rangeAnswer(query("control block of"))?.start);
    case "swap_page_pa":
      return page(integerAnswer(query("swap page of")));
    case "pgd_pa":
      return page(integerAnswer(query("page table root of")));
    case "nr_segments":
      return { value: image.segments.length };
    case "segments":
      return { value: segmentsLike(image) };
    case "next_control_page": {
      const next = integerAnswer(query("next control page of"));
      return { value: hex(next ?? (1n << 64n) - 1n) };
    }
    case "bitfields":
      return { value: hex(bitfields(image)) };
    case "control_pages_list_count":
      return { value: crash ? 0 : controlAllocations(seen) };
    case "dest_pages_empty":
      return { value: (image.parkedFrames ?? []).length === 0 ? 1 : 0 };
    case "unusable_pages_empty":
      return { value: 1 };
    case "entries":
      return { value: Number(integerAnswer(query("words of")) ?? 0n) };
    case "terminator":
      return { value: "0x4" };
    case "source_equals_destination":
      return crash ? { value: 0 } : sourcesAreSafe(seen);
    case "destinations":
      return { value: destinationsLike(seen) };
    case "indirection_pages":
      return pagesOutsideDestinations(
        seen,
        listAnswer(query("indirection pages of")).map(integerAnswer),
      );
    case "indirection_pages_count":
      return { value: count("indirection pages of") };
    case "source_pages": {
      const total = integerAnswer(query("source pages of")) ?? 0n;
      return { value: Number(total < MOST_SOURCES ? total : MOST_SOURCES) };
    }
    case "page_table_pages_sorted":
      return crash ? tablesInRegion(seen, recorded) : HOLDS;
    case "page_table_pages_sorted_count":
      return { value: allTables(seen).length };
    case "mappings":
      return mappingsLike(seen, recorded);
    default:
      return { broken: `kx does not know how to read \`${name}\`` };
  }
}

function segmentsLike(image: Image): JsonValue {
  return image.segments.map((s) => ({
    bufsz: hex(BigInt(s.sourceSize)),
    mem: hex(BigInt(s.dest)),
    memsz: hex(BigInt(s.destSize)),
  }));
}

/** One bit each: crash, preserve context, file mode, hotplug. */
function bitfields(image: Image): bigint {
  return (image.slot === "crash" ? 1n : 0n) | (image.preserveContext ? 2n : 0n) |
    (image.fileMode ? 4n : 0n) | (image.hotplugSupport ? 8n : 0n);
}

/** How many times control pages were asked for: the root of the map may have come with the code. */
function controlAllocations({ world, machine, slot, image }: Seen): number {
  const block = rangeAnswer(ask(world, machine, "control block of", { slot }));
  const together = block !== undefined && block.end - block.start > BigInt(PAGE_SIZE);
  const tables = framesIn(image.pageTableFrames).length - (together ? 1 : 0);
  return tables + 1 + (image.swapFrame === undefined ? 0 : 1);
}
