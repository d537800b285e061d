/** What the routines of all worlds are made of. */
export * as answer from "./answers.ts";
export { allocateBlocks, allocateFrames, failed, isMadeToFail } from "./allocate.ts";
export { hex, pageCount, pages, parseUnsigned, span, u64 } from "./numbers.ts";
export { processorOf } from "./processor.ts";
export { bufferTooLarge, overlappingSegments } from "./segment_checks.ts";
export {
  type Check,
  check,
  emit,
  type ExceptionHandler,
  type ExecutionCites,
  milestone,
  print,
  refuse,
  type Run,
  startRoutine,
} from "./steps.ts";
