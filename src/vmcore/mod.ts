/** The memory of a machine whose kernel panicked, as an ELF core: what a crash kernel would read. */
export { type CrashMoment, lastPanic, type Steps } from "./moment.ts";
export { type Core, coreOf } from "./layout.ts";
export { contentBytes, type Piece, pieces } from "./pieces.ts";
