/** The memory map that firmware hands to a kernel, and the resource tree that a kernel prints. */
import type { Range } from "./range.ts";

/** What e820 and its relatives call a region; `other` keeps a number or word that kx does not know. */
export type RegionType =
  | "usable"
  | "reserved"
  | "acpi-data"
  | "acpi-nvs"
  | "unusable"
  | "persistent"
  | "soft-reserved"
  | "other";

/** One region of a firmware map. `range` is in bytes and need not be page aligned. */
export interface FirmwareRegion {
  readonly range: Range;
  readonly type: RegionType;
  /** The word that the map itself used: `usable`, `ACPI NVS`, `type 20`. */
  readonly label: string;
}

/** One line of `/proc/iomem` with what is nested under it. `range` is in bytes. */
export interface Resource {
  readonly range: Range;
  readonly name: string;
  readonly children: readonly Resource[];
}
