export * from "./range.ts";
export type { FirmwareRegion, RegionType, Resource } from "./firmware_map.ts";
export { ExtentMap } from "./extent_map.ts";
export type { Extent } from "./extent_map.ts";
