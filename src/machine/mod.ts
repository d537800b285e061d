export { type Machine, NO_MACHINE, type System } from "./machine.ts";
export { imageIn, isRam, logLines, ownerOf, readMemory, readWord, usableFrames } from "./machine.ts";
export type { Event, EventKind, EventOf, FrameList, SettingValue } from "./event.ts";
export { apply, flatten } from "./apply.ts";
export type { Owner, OwnerKind } from "./owner.ts";
export { describeRecipe, readRecipe, splitmix64, UNWRITTEN, ZEROS } from "./content.ts";
export type { Content, FileBytes, Recipe } from "./content.ts";
export type { Image, ImageSpec, Segment, SegmentSpec, Slot, UserBuffer } from "./image.ts";
export type { Hazard, Refusal, RefusalNature } from "./refusal.ts";
export { type FreeBlock, type FreeFrames, nextFree, nextFreeFrames } from "./allocator.ts";
export { type AllocationPolicy, DEFAULT_POLICY } from "./policy.ts";
export { settle } from "./settle.ts";
export { bufferFromArgs, hexBytes, naturalSize, SOURCE_PARAMS } from "./user_buffer.ts";
export type {
  Answer,
  ArgValue,
  BootRequest,
  Clause,
  Context,
  Decision,
  HazardText,
  Operation,
  Outcome,
  RuleText,
  World,
} from "./world.ts";
export type { ClauseShape, Param, ParamType, QueryShape } from "./vocabulary.ts";
export { isAtLeast, parseVersion, type Version } from "./version.ts";
