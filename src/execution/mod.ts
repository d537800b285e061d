/** Past the point of no return: what is alike whichever system is left. */
export { AddressSpace, type Miss } from "./address_space.ts";
export { type Arrival, changeCpu } from "./arrival.ts";
export { firstMismatch, tellMismatches } from "./arrived.ts";
export { changedBytes } from "./changed.ts";
export { CPU_QUERIES, registerValue, runningCpu } from "./cpu_queries.ts";
export { type CopyJob, copyLoop, type CopyResult } from "./copy_loop.ts";
export { encodeGate, GATE_SIZE, raise } from "./exceptions.ts";
export { type Ending, hang, pageFault, tripleFault } from "./faults.ts";
export { identityRanges, IMAGE_QUERIES, ofImage, ofList, SLOT } from "./image_queries.ts";
export { footprintHazards, type Room } from "./footprint.ts";
export {
  type DecodedList,
  decodeList,
  encodePage,
  entryOf,
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  IND_ZERO,
  isPageAddress,
  listWords,
  wordOf,
  WORDS_PER_PAGE,
} from "./indirection.ts";
export { type Returned, runImage } from "./run_image.ts";
