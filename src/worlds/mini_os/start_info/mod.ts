/** struct hvm_start_info: what a kernel is told when it starts. */
export {
  cString,
  decodeStartInfo,
  encodeStartInfo,
  MAP_ENTRY_SIZE,
  MODULE_ENTRY_SIZE,
  START_INFO_SIZE,
  START_MAGIC,
  type StartInfo,
} from "./layout.ts";
export {
  type FirstStartInfo,
  firstStartInfo,
  type NextStartInfo,
  nextStartInfo,
  nextStartInfoSize,
} from "./build.ts";
export { endOfStartInfo, readCmdline, readMap, readModules, readStartInfo } from "./read.ts";
export { SCRATCH } from "./scratch.ts";
