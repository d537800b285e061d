/** The sentences that belong to the language itself; a world adds its own operations. */
import { type ClauseShape, SOURCE_PARAMS } from "../machine/mod.ts";
import { PURGATORY } from "./purgatory_shape.ts";

export const SEGMENT: ClauseShape = {
  head: "segment",
  summary: "a piece of the image: where it goes and what is in it",
  positional: [{ name: "name", type: "name", required: true }],
  labels: [
    { name: "at", type: "address", required: true, summary: "destination, physical" },
    {
      name: "size",
      type: "size",
      summary: "bytes at the destination; the source's own size if absent",
    },
    {
      name: "buffer",
      type: "size",
      summary: "bytes handed over; the rest of `size` becomes zeros",
    },
    {
      name: "runs_to",
      type: "size",
      summary: "bytes from its start that it writes once it runs: a kernel's init_size",
    },
    ...SOURCE_PARAMS,
  ],
};

export const MAP: ClauseShape = {
  head: "map",
  summary: "a range that is only mapped, without data: for Xen, a segment with a null buffer",
  positional: [{ name: "name", type: "name", required: true }],
  labels: [
    { name: "at", type: "address", required: true, summary: "physical" },
    { name: "size", type: "size", required: true },
  ],
};

export const IMAGE: ClauseShape = {
  head: "image",
  summary: "something to load: a slot, segments, an entry point",
  positional: [{ name: "name", type: "name", required: true }, {
    name: "kind",
    type: "rest",
    shown: ": SLOT FLAG …",
  }],
  blockRequired: true,
  clauses: [
    SEGMENT,
    MAP,
    {
      head: "entry",
      summary: "where the new kernel starts; the first segment's destination if absent",
      positional: [{ name: "address", type: "address", required: true }],
      once: true,
    },
    PURGATORY,
    {
      head: "dump",
      summary: "a segment for each range of a dump, where it was: `kexec -l` of its ELF file",
      positional: [{ name: "name", type: "name", required: true }],
      once: true,
    },
  ],
};

/** `image` with the clauses that worlds add to its block. */
export function imageShape(
  worlds: readonly { readonly imageClauses?: readonly ClauseShape[] }[],
): ClauseShape {
  const more = worlds.flatMap((world) => world.imageClauses ?? []);
  return more.length === 0 ? IMAGE : { ...IMAGE, clauses: [...IMAGE.clauses!, ...more] };
}

const REGION_FLAGS = [
  "usable",
  "reserved",
  "acpi",
  "nvs",
  "unusable",
  "persistent",
  "soft_reserved",
];

export const MACHINE: ClauseShape = {
  head: "machine",
  summary: "a machine: its memory map and processors",
  positional: [{ name: "name", type: "name", required: true }],
  blockRequired: true,
  clauses: [
    {
      head: "memory",
      summary: "ranges of the firmware's map, usable RAM unless a word says otherwise, or a file",
      positional: [{ name: "ranges", type: "ranges" }],
      labels: [
        ...REGION_FLAGS.map((name) => ({ name, type: "flag" as const })),
        { name: "from", type: "flag" },
        { name: "iomem", type: "file", summary: "a copy of /proc/iomem" },
        { name: "e820", type: "file", summary: "a kernel log with the e820 map" },
      ],
    },
    {
      head: "cpus",
      summary: "how many processors",
      positional: [{ name: "count", type: "integer", required: true }],
      once: true,
    },
    {
      head: "arch",
      summary: "the instruction set",
      positional: [{ name: "name", type: "word", choices: ["x86_64"], required: true }],
      once: true,
    },
    {
      head: "allocator",
      summary: "how the page allocator chooses among free pages",
      positional: [{
        name: "policy",
        type: "word",
        choices: ["zoned", "lowest", "highest", "scattered"],
        required: true,
      }],
      labels: [{ name: "seed", type: "integer" }],
      once: true,
    },
  ],
};

export const BOOT: Omit<ClauseShape, "clauses"> = {
  head: "boot",
  summary: "starts a kernel or hypervisor on a machine",
  positional: [
    { name: "world", type: "name", required: true },
    { name: "version", type: "version", required: true },
  ],
  labels: [{ name: "on", type: "name", required: true, summary: "which machine" }],
};

export const WHY: ClauseShape = {
  head: "why",
  summary: "why the last operation was refused: the rule, what broke it, what would pass",
};

export const SHOW: ClauseShape = { head: "show", summary: "prints what it is asked for" };

export const TRY: ClauseShape = { head: "try", summary: "an operation that may be refused or not" };

export const DMA: ClauseShape = {
  head: "dma",
  summary: "a device writes memory, and no kernel is asked",
  labels: [
    { name: "at", type: "address", required: true, summary: "physical" },
    {
      name: "size",
      type: "size",
      summary: "bytes, 16 MiB at most; the source's own size if absent",
    },
    ...SOURCE_PARAMS,
  ],
};

export const DUMP: ClauseShape = {
  head: "dump",
  summary: "whoever runs writes memory to a disk, which outlives the machine's power",
  positional: [{ name: "name", type: "name", required: true }],
  labels: [{ name: "of", type: "ranges", required: true, summary: "physical, whole pages" }],
};

/** Its block is handled apart: it holds statements, no clauses. */
export const CUT: ClauseShape = {
  head: "cut",
  summary: "runs a block and leaves it after so many steps, wherever that is",
  labels: [
    { name: "after", type: "integer", required: true, summary: "how many events happen" },
    { name: "steps", type: "flag", summary: "what is counted: may be left out" },
  ],
};

/** Heads that the engine handles itself. */
export const CORE_HEADS = [
  "machine",
  "image",
  "boot",
  "why",
  "show",
  "try",
  "dma",
  "dump",
  "at",
  "cut",
  "program",
] as const;

/** Words of the language that are no sentences: for did-you-mean and completion. */
export const KEYWORDS = [
  "let",
  "def",
  "for",
  "if",
  "else",
  "use",
  "scenario",
  "expect",
] as const;
