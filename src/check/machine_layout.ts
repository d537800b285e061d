/** A machine's memory map, put together from its clauses: overlaps and nonsense become diagnostics. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { type FirmwareRegion, MADDR_LIMIT, overlaps, type RegionType } from "../memory/mod.ts";
import type { Span } from "../text/mod.ts";

/** A region with the place in the text that gave it. */
export interface PlacedRegion {
  readonly region: FirmwareRegion;
  readonly span: Span;
}

/** What the words after a range mean. */
export const REGION_WORDS: Readonly<Record<string, { type: RegionType; label: string }>> = {
  usable: { type: "usable", label: "usable" },
  reserved: { type: "reserved", label: "reserved" },
  acpi: { type: "acpi-data", label: "ACPI data" },
  nvs: { type: "acpi-nvs", label: "ACPI NVS" },
  unusable: { type: "unusable", label: "unusable" },
  persistent: { type: "persistent", label: "persistent" },
  soft_reserved: { type: "soft-reserved", label: "soft reserved" },
};

/**
 * Regions sorted by address. Two that overlap are an error even if they agree: no firmware map
 * that a person writes by hand means that, and an imported one was sorted out by its importer.
 */
export function layOut(
  placed: readonly PlacedRegion[],
  machine: Span,
): { readonly regions: FirmwareRegion[]; readonly problems: Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const sorted = [...placed].sort((a, b) => a.region.range.start - b.region.range.start);
  for (const { region, span } of sorted) {
    if (region.range.end > MADDR_LIMIT) {
      problems.push({
        code: "KX0302",
        severity: "error",
        message: "Memory beyond 2^52: no x86_64 machine has such addresses",
        span,
      });
    } else if (region.range.end <= region.range.start) {
      problems.push({ code: "KX0303", severity: "error", message: "This range is empty", span });
    }
  }
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    const behind = sorted[i]!;
    if (!overlaps(before.region.range, behind.region.range)) continue;
    problems.push({
      code: "KX0301",
      severity: "error",
      message: `Memory ranges overlap: ${shown(before.region)} and ${shown(behind.region)}`,
      span: behind.span,
      label: `starts ${
        describeBytes(before.region.range.end - behind.region.range.start)
      } before the other's end`,
      labels: [{ span: before.span, text: `covers ${shown(before.region)}` }],
      hint: `The first address after it is 0x${before.region.range.end.toString(16)}`,
    });
  }
  if (placed.length === 0) {
    problems.push({
      code: "KX0304",
      severity: "error",
      message: "This machine has no memory",
      span: machine,
      hint: 'Write `memory 0 .. 640KiB, 1MiB .. 1GiB` or `memory from e820 "dmesg.txt"`',
    });
  } else if (problems.length === 0 && !placed.some((p) => p.region.type === "usable")) {
    problems.push({
      code: "KX0304",
      severity: "error",
      message: "This machine has no usable memory",
      span: machine,
    });
  }
  return { regions: sorted.map((p) => p.region), problems };
}

function shown(region: FirmwareRegion): string {
  return `0x${region.range.start.toString(16)} .. 0x${region.range.end.toString(16)}`;
}

/** `64 MiB`, `1.5 GiB`, `100 bytes`: for people, rounded to one place. */
export function describeBytes(bytes: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  if (bytes < 1024) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const rounded = Math.round(value * 10) / 10;
  return `${rounded} ${units[unit]}`;
}
