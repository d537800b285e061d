/** What can be asked of any machine, whatever runs on it. A world adds its own. */
import {
  type Answer,
  describeRecipe,
  imageIn,
  type Machine,
  ownerOf,
  type Param,
  type QueryShape,
  readMemory,
  readWord,
  type Slot,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { boolean, integer, NOTHING, text, word } from "./values.ts";

const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"] };
const ADDRESS: Param = { name: "address", type: "address" };

/** Reading more than this into a value is a mistake of the script, not a wish. */
export const LONGEST_READ = 1 << 20;

/** Addresses at and above 2^52 exist on no machine: nothing is there. */
function frameOf(address: unknown): number {
  const value = address as bigint;
  return value >= 1n << 52n ? -1 : Math.floor(Number(value) / PAGE_SIZE);
}

function slotOf(args: Readonly<Record<string, unknown>>): Slot {
  return args.slot as Slot;
}

function ranges(items: readonly { start: number; end: number }[], unit = 1): Answer {
  return {
    kind: "list",
    items: items.map((r) => ({
      kind: "range",
      start: BigInt(r.start * unit),
      end: BigInt(r.end * unit),
    })),
  };
}

export const COMMON_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["loaded", SLOT],
    summary: "whether the slot holds an image",
    answer: (machine, args) => boolean(imageIn(machine, slotOf(args)) !== undefined),
  },
  {
    pattern: ["loaded", SLOT, { name: "image", type: "image" }],
    summary: "whether the slot holds this image",
    answer: (machine, args) => boolean(imageIn(machine, slotOf(args))?.name === args.image),
  },
  {
    pattern: ["image", "in", SLOT],
    summary: "the name of the image in the slot",
    answer: (machine, args) => {
      const image = imageIn(machine, slotOf(args));
      return image === undefined ? NOTHING : word(image.name);
    },
  },
  {
    pattern: ["entry", "of", SLOT],
    summary: "where the image in the slot starts",
    answer: (machine, args) => {
      const image = imageIn(machine, slotOf(args));
      return image === undefined ? NOTHING : integer(image.entryPoint, "hex");
    },
  },
  {
    pattern: ["segments", "of", SLOT],
    summary: "the destinations of the image's segments",
    answer: (machine, args) => {
      const segments = imageIn(machine, slotOf(args))?.segments ?? [];
      return ranges(segments.map((s) => ({ start: s.dest, end: s.dest + s.destSize })));
    },
  },
  {
    pattern: ["owner", "of", ADDRESS],
    summary: "what the page at an address is used for: `free`, `kernel`, `source`, … or nothing",
    answer: (machine, args) => {
      const owner = ownerOf(machine, frameOf(args.address));
      return owner === undefined ? NOTHING : word(owner === "free" ? "free" : owner.kind);
    },
  },
  {
    pattern: ["label", "of", ADDRESS],
    summary: "what a person calls the page's owner",
    answer: (machine, args) => {
      const owner = ownerOf(machine, frameOf(args.address));
      return owner === undefined ? NOTHING : text(owner === "free" ? "free" : owner.label);
    },
  },
  {
    pattern: ["content", "of", ADDRESS],
    summary: "what was written to the page, in words",
    answer: (machine, args) => {
      const content = machine.contents.get(frameOf(args.address));
      return content === undefined
        ? NOTHING
        : text(`${content.what}: ${describeRecipe(content.recipe)}`);
    },
  },
  {
    pattern: ["writer", "of", ADDRESS],
    summary: "the step that wrote the page last",
    answer: (machine, args) => {
      const content = machine.contents.get(frameOf(args.address));
      return content === undefined ? NOTHING : integer(BigInt(content.writer));
    },
  },
  {
    pattern: ["word", "at", ADDRESS],
    summary: "the 64-bit little-endian word at an address",
    answer: (machine, args) =>
      frameOf(args.address) < 0 ? NOTHING : integer(readWord(machine, Number(args.address)), "hex"),
  },
  {
    pattern: ["byte", "at", ADDRESS],
    summary: "the byte at an address",
    answer: (machine, args) =>
      frameOf(args.address) < 0
        ? NOTHING
        : integer(BigInt(readMemory(machine, Number(args.address), 1)[0]!), "hex"),
  },
  {
    pattern: ["bytes", "at", ADDRESS, "size", { name: "size", type: "size" }],
    summary: "bytes of memory, 1 MiB at most",
    answer: (machine, args) =>
      frameOf(args.address) < 0 ? NOTHING : {
        kind: "bytes",
        value: readMemory(
          machine,
          Number(args.address),
          Math.min(LONGEST_READ, Number(args.size)),
        ),
      },
  },
  {
    pattern: ["free", "pages"],
    summary: "how many pages the allocator could still give",
    answer: (machine) => integer(BigInt(total(machine.free.from()))),
  },
  {
    pattern: ["pages", "of", { name: "kind", type: "name" }],
    summary: "how many pages are used for this",
    answer: (machine, args) => integer(BigInt(ownedPages(machine, String(args.kind)))),
  },
  {
    pattern: ["ram"],
    summary: "usable RAM by the firmware map, as a list of ranges",
    answer: (machine) => ranges(machine.ram, PAGE_SIZE),
  },
  {
    pattern: ["reservation", { name: "name", type: "name" }],
    summary: "a named reservation's range",
    answer: (machine, args) => {
      const range = machine.reservations.get(String(args.name));
      return range === undefined
        ? NOTHING
        : { kind: "range", start: BigInt(range.start), end: BigInt(range.end) };
    },
  },
  {
    pattern: ["power"],
    summary: "`on`, `running`, `jumping`, `rebooted`, `halted`, `new-image`",
    answer: (machine) => word(machine.power),
  },
];

function total(extents: Iterable<{ start: number; end: number }>): number {
  let pages = 0;
  for (const extent of extents) pages += extent.end - extent.start;
  return pages;
}

function ownedPages(machine: Machine, kind: string): number {
  let pages = 0;
  for (const extent of machine.owners.from()) {
    if (extent.value.kind === kind) pages += extent.end - extent.start;
  }
  return pages;
}

/** Questions that the engine answers itself, since a machine alone does not know. */
export const ENGINE_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["errno"],
    summary: "what the last operation gave back: `0` or an errno",
    answer: () => NOTHING,
  },
  {
    pattern: ["hazards"],
    summary: "how many hazards were found so far",
    answer: () => NOTHING,
  },
  {
    pattern: ["hazard", { name: "code", type: "text" }],
    summary: "whether this hazard was found",
    answer: () => NOTHING,
  },
  {
    pattern: ["step"],
    summary: "the number of the last step",
    answer: () => NOTHING,
  },
];
