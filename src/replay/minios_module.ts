/** Operations of a Mini-OS recording on the module, and the boot that finds or creates it. */
import type { ArgValue, Clause } from "../machine/mod.ts";
import { apply } from "../machine/mod.ts";
import type { JsonObject, JsonValue } from "./format.ts";
import { integerOf, isObject } from "./format.ts";
import { FILL_LENGTHS, patternOf } from "./minios_operations.ts";
import {
  type Bench,
  bytesOf,
  digitsOf,
  fnv1a64,
  type Handler,
  hexOf,
  type Observation,
} from "./minios_bench.ts";

const PAGE_SIZE = 4096;
/** Bytes of the map of pages and of the record table that a recording tells. */
const OWNERS_SHOWN = 64;
const SLOTS_SHOWN = 64;
const ADMIN_SHOWN = 256;

export const MODULE_HANDLERS: Readonly<Record<string, Handler>> = {
  /** RAM beyond the map is part of the machine from the start. */
  ram: () => undefined,
  write(bench, op) {
    write(bench, addressOf(op.addr), bytesOf(op.bytes));
    return undefined;
  },
  fill(bench, op) {
    const pattern = patternOf(op) ?? Uint8Array.of(0);
    const length = lengthOf(FILL_LENGTHS.map((name) => op[name]).find((v) => v !== undefined));
    const bytes = new Uint8Array(length).map((_, i) => pattern[i % pattern.length]!);
    if (length > 0) write(bench, addressOf(op.addr), bytes);
    return undefined;
  },
  dump: (bench, op) => ({
    addr: op.addr,
    bytes: bench.bytes(addressOf(op.addr), lengthOf(op.len)),
  }),
  sum: summed,
  boot: booted,
  alloc(bench, op) {
    const { ret } = bench.operate("module_alloc", {
      pages: bigOf(op.n),
      record: bigOf(op.rec),
    });
    return moduleFields(bench, { ret });
  },
  free(bench, op) {
    bench.operate("module_free", {
      pages: bigOf(op.n),
      record: bigOf(op.rec),
      at: bigOf(op.addr),
    });
    return moduleFields(bench, {});
  },
  add(bench, op) {
    return moduleFields(bench, numbered(bench.operate("module_add", typed(op)).ret));
  },
  upd(bench, op) {
    const args = { ...typed(op), record: bigOf(op.idx) };
    return moduleFields(bench, numbered(bench.operate("module_update", args).ret));
  },
  find(bench, op) {
    const { ret, note } = bench.operate("module_find", {
      type: bigOf(op.type),
      from: bigOf(op.start),
    });
    const size = note === undefined ? {} : { size: parseInt(note) };
    return moduleFields(bench, { ...numbered(ret), ...size });
  },
  read(bench, op) {
    const { ret, note } = bench.operate("module_read", {
      record: bigOf(op.idx),
      size: bigOf(op.size),
    });
    return moduleFields(bench, { ...numbered(ret), data: note ?? "" });
  },
};

function typed(op: JsonObject): Record<string, ArgValue> {
  return { type: bigOf(op.type), hex: typeof op.data === "string" ? op.data : "" };
}

const ERRNO: Readonly<Record<string, number>> = { ENOENT: -2, EINVAL: -22 };

function numbered(ret: string): Observation {
  return { ret: ERRNO[ret] ?? Number(ret) };
}

/** What is told after each operation on the module, also after one in which the kernel died. */
export function moduleFields(bench: Bench, more: Observation): Observation {
  return {
    ...(bench.died ? { ...bench.death(), ...printk(bench) } : more),
    rec_end: bench.hex("module data end"),
    pg2rec: ownersOf(bench),
    recs: bench.bytes(bench.number("module record table") ?? 0, SLOTS_SHOWN),
  };
}

function ownersOf(bench: Bench): string {
  const answer = bench.ask("module owners");
  if (answer.kind !== "list") return "";
  return digitsOf(
    Uint8Array.from(
      answer.items.slice(0, OWNERS_SHOWN),
      (item) => item.kind === "integer" ? Number(item.value) : 0,
    ),
  );
}

export function printk(bench: Bench): Observation {
  const lines = bench.printed();
  return lines.length === 0 ? {} : { printk: lines.map((line) => `${line}\n`).join("") };
}

function booted(bench: Bench, op: JsonObject): Observation {
  const given = op.start_info;
  if (isObject(given)) {
    const real = op.e820_printed_by_the_kernel !== undefined;
    bench.boot(real ? realBootClauses(op) : bootClauses(op, given));
  } else {
    bench.operate("start_next", {
      pages: bigOf(op.module_pages),
      reservation: bigOf(op.current_reservation),
      allocator: op.init_allocator === false ? "off" : "on",
    });
  }
  return bootFields(bench);
}

/** Everything that a recording tells of a kernel that has just started, or died on the way. */
export function bootFields(bench: Bench): Observation {
  const { release } = bench;
  const pointers = release === "2d3b22f8" ? {} : {
    mod_ptr: bench.hex("module page"),
    mod_start: bench.hex("module start"),
    reserved_range: reservedRange(bench),
    ...(release === "v1" ? {} : {
      mod_recs: bench.hex("module record table"),
      rec_start: bench.hex("module data start"),
      rec_end: bench.hex("module data end"),
    }),
  };
  if (bench.died) return { ...bench.death(), ...pointers, ...bootText(bench) };
  const page = bench.number("module page") ?? 0;
  return {
    start_info: bench.hex("start info"),
    first_free_pfn: bench.hex("first free pfn"),
    start_pfn: bench.hex("start pfn"),
    max_pfn: bench.hex("max pfn"),
    e820: memoryMap(bench),
    ...pointers,
    ...(page === 0 ? {} : {
      n_pages: bench.number("module pages"),
      n_records: bench.number("module slots"),
      recs_off: bench.number("module table offset"),
      admin: bench.bytes(page, ADMIN_SHOWN),
    }),
    free_pages: bench.number("allocator pages"),
    ...bootText(bench),
  };
}

/**
 * What is told of the text of a boot: since the series the line of the page tables only where it died
 * in them, and the allocator's lines only where it died in it.
 */
function bootText(bench: Bench): Observation {
  const told = bench.release === "2d3b22f8" || diedInTables(bench);
  const lines = bench.printed().filter((line) =>
    (told || !line.startsWith("Mapping memory range")) &&
    (bench.died || !/^(MM: Initialise| {4}Adding memory range)/.test(line))
  );
  return lines.length === 0 ? {} : { printk: lines.map((line) => `${line}\n`).join("") };
}

/** Tables for more than the first GiB were to be added, and none was. */
function diedInTables(bench: Bench): boolean {
  const line = bench.printed().find((text) => text.startsWith("Mapping memory range"));
  const end = Number(/- (0x[0-9a-f]+)$/.exec(line ?? "")?.[1] ?? 0);
  return bench.died && end > 2 ** 30 && bench.hex("start pfn") === bench.hex("first free pfn");
}

function reservedRange(bench: Bench): readonly string[] {
  const answer = bench.ask("module reserved");
  return answer.kind === "range"
    ? [hexOf(answer.start), hexOf(answer.end - answer.start)]
    : ["0x0", "0x0"];
}

export function memoryMap(bench: Bench): JsonValue {
  const answer = bench.ask("memory map");
  if (answer.kind !== "list") return [];
  return answer.items.map((entry) =>
    entry.kind === "list"
      ? entry.items.map((item) => item.kind === "integer" ? hexOf(item.value) : "")
      : []
  );
}

function bootClauses(op: JsonObject, given: JsonObject): Clause[] {
  const clauses: Clause[] = [];
  const add = (head: string, args: Readonly<Record<string, ArgValue>>) =>
    void clauses.push({ head, args, clauses: [] });
  add("module_pages", { count: bigOf(op.module_pages) });
  add("cmdline", { text: typeof given.cmdline === "string" ? given.cmdline : "" });
  add("start_info", { at: bigOf(given.addr), version: bigOf(given.version ?? 1) });
  add("reservation", { pages: bigOf(op.current_reservation) });
  add("page_allocator", { state: op.init_allocator === false ? "off" : "on" });
  for (const { addr, size, type } of mapEntries(given.memmap)) {
    add("map_entry", { at: addr, size, type: BigInt(type) });
  }
  for (const entry of listsOf(given.modules)) {
    add("module", {
      at: bigOf(entry[0]),
      size: bigOf(entry[1]),
      ...(entry[2] === undefined ? {} : { cmdline: bigOf(entry[2]) }),
    });
  }
  return clauses;
}

/** The image ends where Xen put the first thing behind it, or where the first piece of RAM ends. */
export function realBootClauses(op: JsonObject): Clause[] {
  const clauses: Clause[] = [];
  const add = (head: string, args: Readonly<Record<string, ArgValue>>) =>
    void clauses.push({ head, args, clauses: [] });
  const info = isObject(op.start_info) ? op.start_info : {};
  const modules = Array.isArray(info.modules) ? info.modules : [];
  const starts = modules.flatMap((m) => Array.isArray(m) ? [bigOf(m[0])] : []);
  const low = mapEntries(op.e820_printed_by_the_kernel)
    .flatMap(({ addr, size, type }) => addr === 0n && type === 1 ? [size] : []);
  const end = [bigOf(info.addr), ...starts, ...low].reduce((a, b) => a < b ? a : b);
  add("image", { end });
  add("module_pages", { count: bigOf(op.module_pages) });
  add("start_info", { at: bigOf(info.addr), version: bigOf(info.version ?? 1) });
  for (const module of modules) {
    if (Array.isArray(module)) add("module", { at: bigOf(module[0]), size: bigOf(module[1]) });
  }
  return clauses;
}

/** Entries of a memory map as a recording writes them. */
export function mapEntries(
  value: JsonValue | undefined,
): { readonly addr: bigint; readonly size: bigint; readonly type: number }[] {
  return listsOf(value).map((entry) => ({
    addr: bigOf(entry[0]),
    size: bigOf(entry[1]),
    type: numberOf(entry[2]),
  }));
}

function listsOf(value: JsonValue | undefined): (readonly JsonValue[])[] {
  return Array.isArray(value) ? value.filter((entry) => Array.isArray(entry)) : [];
}

function summed(bench: Bench, op: JsonObject): Observation {
  const at = addressOf(op.addr);
  const length = lengthOf(op.len);
  const fields = { addr: op.addr, len: op.len };
  const free = [
    ...bench.machine.free.within(Math.floor(at / PAGE_SIZE), Math.ceil((at + length) / PAGE_SIZE)),
  ].reduce((sum, { start, end }) => sum + end - start, 0);
  // Free pages hold the allocator's own list heads, whose addresses are the recording machine's.
  if (free > 0) return { ...fields, pages_in_allocator: free };
  return { ...fields, value: fnv1a64(bench.machine, at, length) };
}

function write(bench: Bench, at: number, bytes: Uint8Array): void {
  bench.machine = apply(bench.machine, {
    kind: "bytes-written",
    at,
    bytes,
    what: "bytes of the recording",
  });
}

export function bigOf(value: JsonValue | undefined): bigint {
  if (typeof value === "number" && value < 0) return BigInt.asUintN(64, BigInt(value));
  return integerOf(value) ?? 0n;
}

export function numberOf(value: JsonValue | undefined): number {
  return Number(bigOf(value));
}

/** More bytes than any recording reads or writes at once. */
const LONGEST = 1 << 28;
/** No machine has an address above. */
const HIGHEST = 2 ** 48;

export function lengthOf(value: JsonValue | undefined): number {
  return Math.min(numberOf(value), LONGEST);
}

export function addressOf(value: JsonValue | undefined): number {
  return Math.min(numberOf(value), HIGHEST);
}
