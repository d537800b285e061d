/**
 * A Mini-OS that ran on a real Xen in an emulator: the whole case is one observation, read off its
 * console. What it says depends in part on a binary that no recording holds.
 */
import type { FileBytes, ImageSpec } from "../machine/mod.ts";
import type { FirmwareRegion, RegionType } from "../memory/mod.ts";
import type { FieldRule } from "./fields.ts";
import type { JsonObject, JsonValue } from "./format.ts";
import { type Bench, hexOf, type Judge, type Observation } from "./minios_bench.ts";
import { bootFields, MODULE_HANDLERS, numberOf, realBootClauses } from "./minios_module.ts";

/** Bytes of the last page that a console tells. */
const PAGE_SHOWN = 256;
/** No record has more. */
const LONGEST_RECORD = 1 << 16;
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
  {
    field: "real-boot.admin",
    how: "as an invariant",
    why: "the module's last page, as it was at boot or at the end",
  },
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
        bench.boot(realBootClauses(op));
        booted = bootFields(bench);
        break;
      case "add":
        MODULE_HANDLERS.add!(bench, {
          ...op,
          data: "00".repeat(Math.min(numberOf(op.size), LONGEST_RECORD)),
        });
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
  const page = bench.number("module page") ?? 0;
  return {
    ...Object.fromEntries(numbers),
    rec_end: asNumber(booted.rec_end, bench.hex("module data end")),
    admin: digits(booted.admin, bench.bytes(page, PAGE_SHOWN)),
    err_path: returned(kexec),
  };
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

/** One of these numbers; what is no number says nothing. */
function asNumber(...values: readonly (JsonValue | Judge | undefined)[]): Judge {
  return (recorded) => {
    const text = String(recorded);
    if (!/^(0x)?[0-9a-f]+$/i.test(text)) return undefined;
    const read = [`0x${text.replace(/^0x/i, "")}`, ...(/^\d+$/.test(text) ? [text] : [])].map(
      BigInt,
    );
    const wanted = values.filter((v) => typeof v === "string").map((v) => BigInt(String(v)));
    return wanted.some((w) => read.includes(w)) ? undefined : wanted.map(hexOf).join(" or ");
  };
}

/** The same digits as one of these, as far as they were told; what are no digits says nothing. */
function digits(...values: readonly (JsonValue | Judge | undefined)[]): Judge {
  return (recorded) => {
    const text = String(recorded).replace(/\s/g, "").toLowerCase();
    if (!/^[0-9a-f]{8,}$/.test(text)) return undefined;
    const wanted = values.filter((v) => typeof v === "string").map(String);
    return wanted.some((w) => w.startsWith(text) || text.startsWith(w)) ? undefined : wanted[0];
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
