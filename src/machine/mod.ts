export {
  CPU_NOTE_ROOM,
  CPU_NOTE_SIZE,
  cpuNote,
  cpuNoteStart,
  elfNote,
  prstatus,
  VMCOREINFO_NAME,
} from "./cpu_note.ts";
export { beginnings } from "./begun_event.ts";
export {
  elfCoreHeadSize,
  type ProgramHeader,
  PT_LOAD,
  PT_NOTE,
  READ_WRITE_EXECUTE,
  writeElfCoreHead,
} from "./elf_core.ts";
export { type Dump, type Machine, NO_MACHINE, type System } from "./machine.ts";
export {
  imageIn,
  isRam,
  logLines,
  ownerOf,
  readMemory,
  readMemoryInto,
  readWord,
  usableFrames,
} from "./machine.ts";
export type { Event, EventKind, EventOf, FrameList, SettingValue } from "./event.ts";
export { apply, flatten } from "./apply.ts";
export type { Owner, OwnerKind } from "./owner.ts";
export {
  describeRecipe,
  readRecipe,
  readRecipeInto,
  splitmix64,
  UNWRITTEN,
  ZEROS,
} from "./content.ts";
export type { Content, FileBytes, Recipe } from "./content.ts";
export type {
  Image,
  ImageClause,
  ImageSpec,
  PurgatoryKind,
  PurgatorySpec,
  Segment,
  SegmentSpec,
  Slot,
  UserBuffer,
} from "./image.ts";
export type { Hazard, Refusal, RefusalNature } from "./refusal.ts";
export { type FreeBlock, type FreeFrames, nextFree, nextFreeFrames } from "./allocator.ts";
export { type AllocationPolicy, DEFAULT_POLICY } from "./policy.ts";
export { settle } from "./settle.ts";
export {
  type Cpu,
  CR0,
  CR4,
  type DescriptorTable,
  GENERAL_REGISTERS,
  type GeneralRegister,
  type GeneralRegisters,
  pagingLevels,
  sameRegisters,
  SEGMENT_REGISTERS,
  type SegmentName,
  type SegmentRegister,
  zeroRegisters,
} from "./cpu.ts";
export { mappedRanges, type Mapping } from "./mapped_ranges.ts";
export { type Access, isCanonical, tableEntry, type Walk, walk, type WalkStep } from "./paging.ts";
export { describeFault, type Fault } from "./fault.ts";
export { movedPages, type MoveList } from "./move_frames.ts";
export {
  frameOfPfn,
  NO_PHYSICAL_MAP,
  pfnOfFrame,
  type PhysicalMap,
  type PhysicalRun,
  physicalRuns,
} from "./p2m.ts";
export { CODE_BYTES, codeKey } from "./program.ts";
export type {
  ChangedBytes,
  Program,
  ProgramCpu,
  ProgramEnd,
  ProgramStep,
  ProgramVariable,
} from "./program.ts";
export { bufferFromArgs, hexBytes, naturalSize, SOURCE_PARAMS } from "./user_buffer.ts";
export type {
  Answer,
  ArgValue,
  BootRequest,
  Clause,
  Context,
  Decision,
  HazardText,
  ImageFlag,
  Operation,
  Outcome,
  Panel,
  PanelRow,
  RuleText,
  World,
} from "./world.ts";
export type { ClauseShape, Param, ParamType, QueryShape } from "./vocabulary.ts";
export { isAtLeast, parseVersion, type Version } from "./version.ts";
