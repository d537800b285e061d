/** What may stand in `boot mini_os … { }`, and what it means. */
import type { BootRequest, Clause, ClauseShape, Machine } from "../../machine/mod.ts";
import { PAGE_SIZE, type RegionType } from "../../memory/mod.ts";
import { rootOf, sanitize } from "./memory/mod.ts";
import { E820, type E820Entry, type ModuleEntry } from "./state.ts";

export const BOOT_CLAUSES: readonly ClauseShape[] = [
  {
    head: "cmdline",
    summary: "the kernel's command line",
    positional: [{ name: "text", type: "text", required: true }],
    once: true,
  },
  {
    head: "module_pages",
    summary: "CONFIG_KEXEC_MODULE_PAGES: pages of a module that it creates, the last one included",
    positional: [{ name: "count", type: "integer", required: true }],
    once: true,
  },
  {
    head: "module",
    summary: "a module that Xen passes: an initrd, or what an earlier kernel left",
    labels: [
      { name: "at", type: "address", required: true },
      { name: "size", type: "size", required: true },
      { name: "cmdline", type: "address", summary: "where its own text lies" },
    ],
  },
  {
    head: "reservation",
    summary:
      "pages that Xen says the domain has; else all RAM of its map and what is reserved in it",
    positional: [{ name: "pages", type: "integer", required: true }],
    once: true,
  },
  {
    head: "start_info",
    summary: "where Xen puts the start info; else 64 KiB behind the kernel",
    labels: [
      { name: "at", type: "address" },
      { name: "version", type: "integer", summary: "0: without a memory map" },
    ],
    once: true,
  },
  {
    head: "image",
    summary: "the kernel's own extent from address 0 and its top page table",
    labels: [
      { name: "end", type: "address", required: true },
      { name: "page_tables", type: "address" },
    ],
    once: true,
  },
  {
    head: "map_entry",
    summary: "an entry of the memory map as Xen passes it, in place of the machine's own map",
    labels: [
      { name: "at", type: "integer", required: true },
      { name: "size", type: "integer", required: true },
      { name: "type", type: "integer", required: true, summary: "1 RAM, 2 reserved, 3 ACPI, …" },
    ],
  },
  {
    head: "page_allocator",
    summary: "`off`: looks at the kernel before its page allocator takes the memory",
    positional: [{ name: "state", type: "word", choices: ["on", "off"], required: true }],
    once: true,
  },
];

/** What Xen starts the domain with. */
export interface FirstBoot {
  readonly cmdline: string;
  readonly modulePages: number;
  readonly modules: readonly (ModuleEntry & { readonly cmdline?: bigint })[];
  readonly map: readonly E820Entry[];
  readonly reservation: number;
  readonly startInfo: number;
  readonly startInfoVersion: number;
  readonly imageEnd: number;
  readonly pageTableBase: number;
  readonly withAllocator: boolean;
}

/** Where a kernel ends that nobody described, and where its top page table is. */
const IMAGE_END = 0x160000;
const START_INFO_DISTANCE = 0x10000;
const TABLE_DISTANCE = 0x10000;
const MOST_MODULE_PAGES = 0x7fff_ffff;

export function firstBoot(machine: Machine, { clauses }: BootRequest): FirstBoot {
  const image = find(clauses, "image");
  const imageEnd = address(image?.args.end, IMAGE_END);
  const startInfo = find(clauses, "start_info");
  const own = clauses.filter((c) => c.head === "map_entry").map(({ args }) => ({
    addr: args.at as bigint,
    size: args.size as bigint,
    type: Number(BigInt.asUintN(32, args.type as bigint)),
  }));
  const map = own.length > 0 ? own : mapOf(machine);
  return {
    cmdline: String(find(clauses, "cmdline")?.args.text ?? ""),
    modulePages: Math.min(
      address(find(clauses, "module_pages")?.args.count, 0),
      MOST_MODULE_PAGES,
    ),
    modules: clauses.filter((c) => c.head === "module").map(({ args }) => ({
      paddr: args.at as bigint,
      size: args.size as bigint,
      cmdline: args.cmdline as bigint | undefined ?? 0n,
    })),
    map,
    reservation: address(find(clauses, "reservation")?.args.pages, usualReservation(map)),
    startInfo: address(startInfo?.args.at, imageEnd + START_INFO_DISTANCE),
    startInfoVersion: address(startInfo?.args.version, 1),
    imageEnd,
    pageTableBase: rootOf(address(image?.args.page_tables, imageEnd - TABLE_DISTANCE)),
    withAllocator: find(clauses, "page_allocator")?.args.state !== "off",
  };
}

function find(clauses: readonly Clause[], head: string): Clause | undefined {
  return clauses.find((clause) => clause.head === head);
}

/** Beyond 2^52 no machine has anything: it is taken as 2^52. */
function address(value: unknown, otherwise: number): number {
  if (typeof value !== "bigint") return otherwise;
  return Number(value < 1n << 52n ? value : 1n << 52n);
}

const TYPES: Readonly<Record<RegionType, number>> = {
  usable: E820.ram,
  reserved: E820.reserved,
  "acpi-data": E820.acpi,
  "acpi-nvs": E820.nvs,
  unusable: E820.unusable,
  persistent: E820.persistent,
  "soft-reserved": E820.softReserved,
  other: E820.reserved,
};

/** The machine's map as a domain's: XENMEM_memory_map. */
export function mapOf(machine: Machine): E820Entry[] {
  return machine.firmware.map(({ range, type }) => ({
    addr: BigInt(range.start),
    size: BigInt(range.end - range.start),
    type: TYPES[type],
  }));
}

/** What makes a kernel count as many pages as it has RAM. */
function usualReservation(map: readonly E820Entry[]): number {
  const made = sanitize(map, { lapicIsNoPage: true });
  if ("trouble" in made) return 0;
  const ram = made.entries.filter((e) => e.type === E820.ram)
    .reduce((sum, e) => sum + Number(e.size) / PAGE_SIZE, 0);
  return Math.floor(ram) + Number(made.reservedPages);
}
