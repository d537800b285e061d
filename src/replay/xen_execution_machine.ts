/** The machine of a recorded execution, and what its loads put there. */
import type { Clause, World } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import {
  integerOf,
  isObject,
  isObjects,
  type JsonObject,
  rangeOf,
  type RecordedCase,
} from "./format.ts";
import { bootXen, clause } from "./xen_machine.ts";

/** First words of the recorder's payloads, where a case does not show them. */
const PAYLOAD: Readonly<Record<string, bigint>> = {
  "fp64.bin": 0x4800_0003_9105_8948n,
  "fp32.bin": 0x835b_0000_0000_e853n,
};
export function bootOf(world: World, { machine, ops, observed }: RecordedCase) {
  const { fields } = machine;
  const seen = observed[0]!;
  const layout = isObject(fields.layout) ? fields.layout : {};
  const clauses: Clause[] = [];
  const start = integerOf(layout.xen_start);
  const size = integerOf(layout.xen_size);
  if (start !== undefined && size !== undefined) {
    clauses.push(clause("xen", { range: { start, end: start + size } }));
  }
  const region = rangeOf(fields.crash_region);
  if (region !== undefined) {
    const args = { start: region.start, size: region.end - region.start };
    clauses.push(clause("crash_area", args));
  }
  const window = heapWindow(seen, ops[0]!);
  if (window === undefined) clauses.push(clause("dom0", { world: "linux", version: "6.1" }));
  else clauses.push(...elsewhere(window));
  const told = String(layout.xen_cmdline ?? fields.xen_cmdline ?? "");
  // dom0 would take what little is left.
  const cmdline = window === undefined ? told : told.replace(/\bdom0_mem=\S+/, "dom0_mem=0");
  const cpus = Array.isArray(seen.cpu_ranges) ? seen.cpu_ranges.length : 2;
  return bootXen(world, { ...fields, xen_cmdline: cmdline }, {
    cpus,
    clauses,
    ...(window === undefined ? {} : { policy: { kind: "lowest", seed: 0n } as const }),
  });
}

/**
 * Where the heap handed out pages of a destination that had their source already, it is made to: it
 * is the destination, not quite as much below it, and a little above for pages that may lie in no
 * destination; the lowest page comes first. Bytes.
 */
function heapWindow(
  { probe }: JsonObject,
  { loads }: JsonObject,
): { start: number; end: number } | undefined {
  if (!isObject(probe) || !(Number(probe.predicted_swaps) > 0)) return undefined;
  const start = Number(integerOf(probe.dest) ?? 0n);
  const segments = (isObjects(loads) ? loads : []).flatMap((l) =>
    isObjects(l.segments) ? l.segments : []
  );
  const hit = segments.find((s) => integerOf(s.dest_maddr) === BigInt(start));
  const pages = Math.floor(Number(integerOf(hit?.dest_size) ?? 0n) / PAGE_SIZE);
  const below = Math.floor(pages * 3 / 4) * PAGE_SIZE;
  return { start: start - below, end: start + pages * PAGE_SIZE + 2 ** 22 };
}

function elsewhere({ start, end }: { start: number; end: number }): Clause[] {
  const reserve = (name: string, at: bigint, size: bigint) => clause("reserve", { name, at, size });
  return [
    reserve("below_heap", 0x10_0000n, BigInt(start) - 0x10_0000n),
    reserve("above_heap", BigInt(end), (1n << 36n) - BigInt(end)),
  ];
}

/** The processor that Xen said it executes the image on, or that it died on. */
export function consoleCpu({ xen_console }: JsonObject): number {
  const lines = Array.isArray(xen_console) ? xen_console.map(String) : [];
  const told = lines.map((line) => /(?:Executing kexec image on cpu|CPU:\s+)(\d+)/.exec(line)?.[1]);
  return Number(told.find((n) => n !== undefined) ?? 0);
}

export function payloadWords(seen: JsonObject): Set<bigint> {
  return new Set([...Object.keys(PAYLOAD)].map((name) => payloadWord(name, seen)));
}

/** As memory showed it after the jump. */
function payloadWord(name: string, { memcheck }: JsonObject): bigint {
  const seen = isObjects(memcheck)
    ? memcheck.find((m) => String(m.what).includes(name))
    : undefined;
  const first = Array.isArray(seen?.words) ? integerOf(seen.words[0]) : undefined;
  return first ?? PAYLOAD[name]!;
}

/** Programs by name become bytes: their first word, then zeros. */
export function withPayload(load: JsonObject, seen: JsonObject): JsonObject {
  if (!isObjects(load.segments)) return load;
  const segments = load.segments.map((segment) => {
    if (!Object.hasOwn(PAYLOAD, String(segment.buf))) return segment;
    const size = Number(integerOf(segment.buf_size) ?? 0n);
    const word = payloadWord(String(segment.buf), seen);
    const bytes = new Uint8Array(Math.max(8, Math.min(size, 1 << 20)));
    new DataView(bytes.buffer).setBigUint64(0, word, true);
    const text = [...bytes.subarray(0, size)].map((b) => b.toString(16).padStart(2, "0")).join("");
    return { ...segment, buf: `w${text}` };
  });
  return { ...load, segments };
}
