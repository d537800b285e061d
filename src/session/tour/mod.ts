/** Tours: a story as data, so that the terminal and the line REPL tell the same one. */
export { CRASH_REPLACEMENT } from "./crash_replacement.ts";
