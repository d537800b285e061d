/** From a `machine` line to a booted machine. */
import {
  apply,
  type ArgValue,
  type Clause,
  type Event,
  type Machine,
  NO_MACHINE,
  settle,
  type World,
} from "../machine/mod.ts";
import { type FirmwareRegion, MADDR_LIMIT, type RegionType } from "../memory/mod.ts";
import { integerOf, isObjects, type JsonObject, type JsonValue, rangeOf } from "./format.ts";

/** A machine that runs, or why it cannot be made. */
export type Booted = { readonly machine: Machine } | { readonly problem: string };

const NEVER_FAILS = { allocationFails: () => false };

export function bootLinux(world: World, fields: JsonObject): Booted {
  const firmware = firmwareOf(fields.e820);
  if (firmware === undefined) return { problem: "its `e820` is no list of [start, end, type]" };
  if (typeof fields.release !== "string") return { problem: "it has no `release`" };
  const powered: Event = {
    kind: "machine-powered",
    name: String(fields.id),
    arch: "x86_64",
    cpus: typeof fields.cpus === "number" ? fields.cpus : 1,
    firmware,
    resources: [],
    // What was just freed is not handed out again at once: so page tables differ from load to load,
    // as they did where the recordings were made.
    policy: { kind: "rotating", seed: 0n },
  };
  const request = { version: fields.release, clauses: bootClauses(fields) };
  const { machine } = settle(
    apply(NO_MACHINE, powered),
    world.boot(apply(NO_MACHINE, powered), request, NEVER_FAILS),
  );
  return { machine };
}

const TYPES: Readonly<Record<string, RegionType>> = {
  usable: "usable",
  reserved: "reserved",
  "ACPI data": "acpi-data",
  "ACPI NVS": "acpi-nvs",
  unusable: "unusable",
  "persistent (type 7)": "persistent",
  "persistent (type 12)": "persistent",
  "soft reserved": "soft-reserved",
};

/** `[["0x0", "0x9fc00", "usable"], …]`; undefined if it is no such list. */
export function firmwareOf(value: JsonValue | undefined): FirmwareRegion[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const regions: FirmwareRegion[] = [];
  for (const entry of value) {
    const range = rangeOf(entry);
    if (range === undefined || !Array.isArray(entry) || typeof entry[2] !== "string") {
      return undefined;
    }
    if (range.end > BigInt(MADDR_LIMIT) || range.end < range.start) return undefined;
    const label = entry[2];
    regions.push({
      range: { start: Number(range.start), end: Number(range.end) },
      type: TYPES[label] ?? "other",
      label,
    });
  }
  return regions;
}

function bootClauses(fields: JsonObject): Clause[] {
  const clauses: Clause[] = [];
  const add = (head: string, args: Readonly<Record<string, ArgValue>>) =>
    void clauses.push({ head, args, clauses: [] });
  add("cmdline", { text: typeof fields.cmdline === "string" ? fields.cmdline : "" });
  for (const { what, range } of reservedOf(fields.reserved)) {
    if (what.startsWith("kernel")) add("kernel", { range, named: what });
    else if (what === "initrd") add("initrd", { at: range.start, size: range.end - range.start });
    else add("reserve", { name: what, at: range.start, size: range.end - range.start });
  }
  const total = integerOf(fields.total_ram_pages);
  if (total !== undefined) add("total_ram_pages", { count: total });
  // Given as null where there is none; absent where placing it is what was recorded.
  if (fields.crash_region !== undefined) {
    add("crash_region", { range: rangeOf(fields.crash_region) ?? { start: 0n, end: 0n } });
    const low = rangeOf(fields.crash_low_region);
    if (low !== undefined) add("crash_low_region", { range: low });
  }
  if (fields.kexec_jump === true) {
    // The kernels that were built for this have a tiny configuration otherwise.
    add("config", { name: "KEXEC_JUMP", state: "on" });
    add("config", { name: "KEXEC_FILE", state: "off" });
  }
  const features = cpuFeatures(String(fields.cpu ?? ""), String(fields.cmdline ?? ""));
  if (features.length > 0) add("cpu", { features });
  return clauses;
}

function reservedOf(
  value: JsonValue | undefined,
): { what: string; range: { start: bigint; end: bigint } }[] {
  if (!isObjects(value)) return [];
  return value.flatMap((entry) => {
    const range = rangeOf(entry.range);
    return range === undefined ? [] : [{ what: String(entry.what), range }];
  });
}

/** Emulated processors that have pages of 1 GiB, and 5-level paging, without being asked. */
const HAS_GBPAGES =
  /^(max|host|EPYC|Opteron_G[345]|phenom|Skylake-Server|Cascadelake|Cooperlake|Icelake|SapphireRapids|GraniteRapids|Snowridge|Denverton)/;
const HAS_LA57 = /^(max|Icelake-Server|SapphireRapids|GraniteRapids|Cooperlake)/;

/** From an emulator's `-cpu`: `qemu64,+pdpe1gb`, `max,la57=off`. */
export function cpuFeatures(cpu: string, cmdline: string): string[] {
  const has = (flag: string, model: RegExp) => {
    if (new RegExp(`,(\\+${flag}|${flag}=on)(,|$)`).test(cpu)) return true;
    if (new RegExp(`,(-${flag}|${flag}=off)(,|$)`).test(cpu)) return false;
    return model.test(cpu);
  };
  const features: string[] = [];
  if (has("pdpe1gb", HAS_GBPAGES) && !/(^|\s)nogbpages(\s|$)/.test(cmdline)) {
    features.push("gbpages");
  }
  if (has("la57", HAS_LA57) && !/(^|\s)no5lvl(\s|$)/.test(cmdline)) features.push("la57");
  return features;
}
