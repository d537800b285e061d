/**
 * What each operation of a Mini-OS recording may say. What is not known here is not done, so a case
 * with it cannot pass.
 */
import { integerOf, isObject, type JsonObject, show } from "./format.ts";
import { bytesOf } from "./minios_bench.ts";

/** Names under which the length and the content of a `fill` may stand: no public recording has one. */
export const FILL_LENGTHS = ["len", "size", "length", "count", "n"] as const;
const FILL_CONTENTS = ["byte", "value", "val", "fill", "with", "pattern", "bytes"] as const;

const BOOT = ["module_pages", "start_info", "current_reservation", "init_allocator"];
const RECORD = ["idx", "type", "data"];

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ram: ["addr", "size", "len"],
  write: ["addr", "bytes"],
  fill: ["addr", ...FILL_LENGTHS, ...FILL_CONTENTS],
  dump: ["addr", "len"],
  sum: ["addr", "len"],
  boot: BOOT,
  alloc: ["rec", "n"],
  free: ["rec", "addr", "n"],
  add: ["type", "data"],
  upd: RECORD,
  find: ["start", "type"],
  read: ["idx", "size"],
  softres: ["pages"],
  reserve: ["boundary"],
  unreserve: [],
  pgalloc: ["order"],
  pgfree: ["addr", "order"],
  elf: ["bytes"],
  inject: ["what", "value"],
  kexec: ["cmdline"],
  final: [],
  new_kernel: [],
};
const START_INFO = ["addr", "memmap", "modules", "cmdline", "version"];
const INJECTED = ["cb0", "cb1", "cb2", "move", "failalloc"];

/** Why an operation cannot be done as it stands; undefined: it can, or it is not known at all. */
export function unreadable(op: JsonObject): string | undefined {
  const name = String(op.op);
  const known = Object.hasOwn(FIELDS, name) ? FIELDS[name]! : undefined;
  if (known === undefined) return undefined;
  const strange = Object.keys(op).find((field) => field !== "op" && !known.includes(field));
  if (strange !== undefined) return `nobody knows what \`${strange}\` of \`${name}\` means`;
  if (name === "boot") return strangeStartInfo(op);
  if (name === "inject" && !INJECTED.includes(String(op.what))) {
    return `nothing is known to fail as ${show(op.what)}`;
  }
  if (name !== "fill") return undefined;
  const lengths = FILL_LENGTHS.filter((field) => op[field] !== undefined);
  if (lengths.length !== 1) return "`fill` needs one length";
  return patternOf(op) === undefined ? "`fill` needs one byte, or bytes to repeat" : undefined;
}

function strangeStartInfo({ start_info: info }: JsonObject): string | undefined {
  if (!isObject(info)) {
    return info === "from kexec" ? undefined : `no start info is ${show(info)}`;
  }
  const strange = Object.keys(info).find((field) => !START_INFO.includes(field));
  return strange === undefined ? undefined : `nobody knows what \`start_info.${strange}\` means`;
}

/** What a `fill` repeats: a number, `0x` and a number, or hex digits. */
export function patternOf(op: JsonObject): Uint8Array | undefined {
  const given = FILL_CONTENTS.map((name) => op[name]).filter((value) => value !== undefined);
  const [value] = given;
  if (given.length !== 1 || value === undefined) return undefined;
  if (typeof value === "string" && /^([0-9a-f]{2})+$/i.test(value)) return bytesOf(value);
  const number = integerOf(value);
  return number === undefined ? undefined : Uint8Array.of(Number(BigInt.asUintN(8, number)));
}
