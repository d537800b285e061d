/** What can be asked of the module and of the kernel that has it: read from memory as it is now. */
import type { Answer, Machine, Param, QueryShape } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { answer } from "../../../routine/mod.ts";
import {
  type Kernel,
  kernelOf,
  memoryMapOf,
  type ModulePointers,
  modulePointersOf,
} from "../state.ts";
import { freePages } from "../memory/mod.ts";
import { drawModule, layoutOf } from "./draw.ts";
import { brokenLaws } from "./laws.ts";
import { PAGE_FREE, RECORD } from "./layout.ts";
import { moduleOf, type ModuleView, recordData } from "./view.ts";

const INDEX: Param = { name: "index", type: "integer" };

export const MODULE_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["module"],
    summary: "the module drawn: its pages with their owners, and its last page with its parts",
    answer: (machine) => ({ kind: "text", value: `${drawModule(machine).join("\n")}\n` }),
  },
  {
    pattern: ["module", "layout"],
    summary: "the same as data: where each part is in memory, and what it is",
    answer: (machine) => ({
      kind: "list",
      items: layoutOf(machine).map(({ start, end, label }) => ({
        kind: "list",
        items: [answer.range({ start, end }), { kind: "text", value: label }],
      })),
    }),
  },
  ofPointers(["module", "start"], "where the kernel thinks that its module begins", "start"),
  ofPointers(["module", "page"], "the last page of the module, with its header", "admin"),
  ofPointers(["module", "record", "table"], "address of the record table", "records"),
  ofPointers(["module", "data", "start"], "where the data of records begins", "dataStart"),
  ofPointers(["module", "data", "end"], "where the next record's data would go", "dataEnd"),
  {
    pattern: ["module", "reserved"],
    summary: "what was set aside when the module was created here",
    answer: (machine) => {
      const { start, size } = modulePointersOf(machine).reserved;
      return answer.range({ start, end: start + size });
    },
  },
  ofModule(["module", "range"], "all pages of the module", (_, m) => answer.range(m.range)),
  ofModule(
    ["module", "pages"],
    "pages that can be allocated: all but the last",
    (_, m) => answer.integer(m.header.pages),
  ),
  ofModule(
    ["module", "slots"],
    "slots of the record table",
    (_, m) => answer.integer(m.header.records),
  ),
  ofModule(
    ["module", "table", "offset"],
    "offset of the record table in the last page",
    (_, m) => answer.integer(m.header.table),
  ),
  ofModule(
    ["module", "used"],
    "pages that belong to a record",
    (_, m) => answer.integer(m.owners.filter((o) => o !== PAGE_FREE).length),
  ),
  ofModule(
    ["module", "owners"],
    "the owner of each page: a record's index, 255 for nobody",
    (_, m) => ({ kind: "list", items: [...m.owners].map((owner) => answer.integer(owner)) }),
  ),
  ofModule(["module", "owner", "of", INDEX], "the record that a page belongs to", (_, m, index) => {
    const owner = m.owners[index];
    return owner === undefined || owner === PAGE_FREE ? answer.NOTHING : answer.integer(owner);
  }),
  ofModule(
    ["module", "records"],
    "indices of the records that there are",
    (_, m) => ({
      kind: "list",
      items: m.records.flatMap((r, i) => r.type === RECORD.none ? [] : [answer.integer(i)]),
    }),
  ),
  ofModule(["module", "record", INDEX], "the data of a record", (machine, m, index) => {
    const record = m.records[index];
    if (record === undefined || record.type === RECORD.none) return answer.NOTHING;
    return { kind: "bytes", value: recordData(machine, m, record) };
  }),
  {
    pattern: ["module", "faults"],
    summary: "which laws the module breaks, by their names",
    answer: (machine) => ({
      kind: "list",
      items: brokenLaws(machine).map(({ code }) => ({ kind: "text", value: code })),
    }),
  },
  {
    pattern: ["module", "valid"],
    summary: "whether there is a module and it breaks no law",
    answer: (machine) => ({
      kind: "boolean",
      value: moduleOf(machine) !== undefined && brokenLaws(machine).length === 0,
    }),
  },
  ofKernel(
    ["generation"],
    "0 for the kernel that Xen started, one more after each kexec",
    (k) => answer.integer(k.generation),
  ),
  ofKernel(
    ["start", "info"],
    "where the start info of the running kernel is",
    (k) => answer.hex(BigInt(k.startInfo)),
  ),
  ofKernel(
    ["first", "free", "pfn"],
    "the first frame behind the kernel and its start info",
    (k) => answer.hex(BigInt(k.firstFreePfn)),
  ),
  ofKernel(
    ["start", "pfn"],
    "the first frame behind its page tables",
    (k) => answer.hex(BigInt(k.startPfn)),
  ),
  ofKernel(["max", "pfn"], "the frame behind its memory", (k) => answer.hex(BigInt(k.maxPfn))),
  ofKernel(
    ["module_pages"],
    "CONFIG_KEXEC_MODULE_PAGES of the running kernel",
    (k) => answer.integer(k.modulePages),
  ),
  {
    pattern: ["allocator", "pages"],
    summary: "what the page allocator counts as free",
    answer: (machine) => answer.integer(freePages(machine)),
  },
  {
    pattern: ["memory", "map"],
    summary: "the kernel's memory map: address, size and type of each entry",
    answer: (machine) => ({
      kind: "list",
      items: memoryMapOf(machine).entries.map(({ addr, size, type }) => ({
        kind: "list",
        items: [answer.hex(addr), answer.hex(size), answer.hex(BigInt(type))],
      })),
    }),
  },
];

function ofPointers(
  pattern: readonly string[],
  summary: string,
  field: Exclude<keyof ModulePointers, "reserved">,
): QueryShape {
  return {
    pattern,
    summary,
    answer: (machine) => answer.hex(BigInt(modulePointersOf(machine)[field])),
  };
}

function ofModule(
  pattern: QueryShape["pattern"],
  summary: string,
  of: (machine: Machine, module: ModuleView, index: number) => Answer,
): QueryShape {
  return {
    pattern,
    summary,
    answer: (machine, args) => {
      const module = moduleOf(machine);
      if (module === undefined) return answer.NOTHING;
      const index = args.index as bigint | undefined ?? 0n;
      return of(machine, module, Number(index < BigInt(PAGE_SIZE * 16) ? index : -1n));
    },
  };
}

function ofKernel(
  pattern: readonly string[],
  summary: string,
  of: (kernel: Kernel) => Answer,
): QueryShape {
  return {
    pattern,
    summary,
    answer: (machine) => {
      const kernel = kernelOf(machine);
      return kernel === undefined ? answer.NOTHING : of(kernel);
    },
  };
}
