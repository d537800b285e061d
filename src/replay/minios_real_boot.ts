/**
 * A Mini-OS that ran on a real Xen in an emulator: the whole case is one observation, read off its
 * console. What it says depends in part on a binary that no recording holds.
 */
import type { ArgValue, Clause, FileBytes, ImageSpec } from "../machine/mod.ts";
import type { FirmwareRegion, RegionType } from "../memory/mod.ts";
import type { FieldRule } from "./fields.ts";
import { isObject, type JsonObject, type JsonValue } from "./format.ts";
import { type Bench, hexOf, type Judge, type Observation } from "./minios_bench.ts";
import { bigOf, bootFields, MODULE_HANDLERS, numberOf } from "./minios_module.ts";

const BINARY = "the binary that was loaded is in no recording";

export const REAL_BOOT_RULES: readonly FieldRule[] = [
  {
    field: "real-boot.err_path",
    how: "as an invariant",
    why:
      `what kexec() gave back is compared; the freed page is a pointer that was never set, the end is the file's, and ${BINARY}`,
  },
  {
    field: "real-boot.kexec_returned",
    how: "not compared",
    why: "the build was broken (-fpie): whether kexec() came back says nothing of Mini-OS",
  },
  {
    field: "real-boot.triple_fault",
    how: "not compared",
    why: "the build was broken (-fpie): traps could not be handled",
  },
  ...["mod_ptr", "mod_start", "mod_recs", "rec_start", "rec_end", "start_pfn", "max_pfn"].map((
    name,
  ): FieldRule => ({
    field: `real-boot.${name}`,
    how: "as an invariant",
    why: "as a number, however the console wrote it",
  })),
  { field: "real-boot.admin", how: "exactly", why: "the module's last page" },
  {
    field: "real-boot.*",
    how: "not compared",
    why:
      `anything else on the console: ${BINARY}, and the emulator stopped at the switch out of paging`,
  },
];

export function realBoot(bench: Bench, ops: readonly JsonObject[]): Observation {
  let kexec: string | undefined;
  let booted: Observation = {};
  for (const op of ops) {
    if (bench.died) break;
    switch (op.op) {
      case "boot":
        bench.boot(clausesOf(op));
        booted = bootFields(bench);
        break;
      case "add":
        MODULE_HANDLERS.add!(bench, { ...op, data: "00".repeat(numberOf(op.size)) });
        break;
      case "kexec": {
        kexec = kexecReturn(bench, String(op.elf ?? ""));
        break;
      }
      default:
        MODULE_HANDLERS[String(op.op)]?.(bench, op);
    }
  }
  const numbers = ["mod_ptr", "mod_start", "mod_recs", "rec_start", "start_pfn", "max_pfn"]
    .map((name) => [name, asNumber(booted[name])]);
  return {
    ...Object.fromEntries(numbers),
    rec_end: asNumber(bench.hex("module data end")),
    err_path: returned(kexec),
  };
}

/** The image ends where Xen put the first thing behind it. */
function clausesOf(op: JsonObject): Clause[] {
  const clauses: Clause[] = [];
  const add = (head: string, args: Readonly<Record<string, ArgValue>>) =>
    void clauses.push({ head, args, clauses: [] });
  const info = isObject(op.start_info) ? op.start_info : {};
  const modules = Array.isArray(info.modules) ? info.modules : [];
  const starts = modules.flatMap((m) => Array.isArray(m) ? [bigOf(m[0])] : []);
  const end = [bigOf(info.addr), ...starts].reduce((a, b) => a < b ? a : b);
  add("image", { end });
  add("module_pages", { count: bigOf(op.module_pages) });
  add("start_info", { at: bigOf(info.addr), version: bigOf(info.version ?? 1) });
  for (const module of modules) {
    if (Array.isArray(module)) add("module", { at: bigOf(module[0]), size: bigOf(module[1]) });
  }
  return clauses;
}

/** What kexec() gives back for a buffer at the address that the words name, in a page of 2 MiB. */
function kexecReturn(bench: Bench, words: string): string | undefined {
  const at = /address (0x[0-9a-f]+)/.exec(words)?.[1];
  if (at === undefined) return undefined;
  const bytes = SMALLEST;
  const file: FileBytes = {
    name: "kernel",
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
  const image: ImageSpec = {
    name: "kernel",
    slot: "default",
    flags: [],
    segments: [],
    entryPoint: 0n,
    clauses: [{ head: "elf", args: { file } }],
  };
  const { note } = bench.operate("kexec", { image, until: "final", at: BigInt(at) });
  return /^kexec\(\) returned (-?\d+)/.exec(note ?? "")?.[1];
}

/** An ELF file with a note for its entry point and nothing to load: it gets as far as any other. */
const SMALLEST: Uint8Array = smallestElf();

function smallestElf(): Uint8Array {
  const bytes = new Uint8Array(52 + 32 + 20);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(18, 3, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  view.setUint32(52, 4, true);
  view.setUint32(52 + 4, 84, true);
  view.setUint32(52 + 16, 20, true);
  view.setUint32(84, 4, true);
  view.setUint32(88, 4, true);
  view.setUint32(92, 18, true);
  bytes.set([0x58, 0x65, 0x6e, 0], 96);
  return bytes;
}

function returned(ret: string | undefined): Judge {
  return (recorded) => {
    const lines = Array.isArray(recorded) ? recorded : [];
    const seen = lines.map((line) => /\bret (-?\d+)/.exec(String(line))?.[1]);
    if (lines.length === 0 && ret === undefined) return undefined;
    return seen.every((r) => r === ret) && seen.length > 0 ? undefined : `kexec() gave ${ret}`;
  };
}

function asNumber(value: JsonValue | Judge | undefined): Judge | undefined {
  if (typeof value !== "string") return undefined;
  return (recorded) => {
    const text = String(recorded);
    const wanted = BigInt(value);
    const read = /^(0x)?[0-9a-f]+$/i.test(text) ? [text, `0x${text.replace(/^0x/, "")}`] : [];
    const same = read.some((r) => {
      const isNumber = /^(0x[0-9a-f]+|\d+)$/i.test(r);
      return isNumber && BigInt(r) === wanted;
    });
    return same ? undefined : hexOf(wanted);
  };
}

const TYPES: readonly RegionType[] = [
  "other",
  "usable",
  "reserved",
  "acpi-data",
  "acpi-nvs",
  "unusable",
  "other",
  "persistent",
];

/** A memory map with its types as Xen numbers them. */
export function firmwareOf(
  entries: readonly { readonly addr: bigint; readonly size: bigint; readonly type: number }[],
): FirmwareRegion[] {
  return entries.map(({ addr, size, type }) => ({
    range: { start: Number(addr), end: Number(addr + size) },
    type: TYPES[type] ?? "other",
    label: `type ${type}`,
  }));
}
