/** The new kernel's ELF file. */
export {
  type Action,
  type ActionKind,
  type ActionSource,
  type Analysis,
  analyzeKernel,
  type Attempt,
  type Finding,
  FRESH_ATTEMPT,
  MAX_ACTIONS,
  NO_ENTRY,
  type Verdict,
} from "./analyze.ts";
export { fileOf } from "./reader.ts";
export { describedElf } from "./described.ts";
