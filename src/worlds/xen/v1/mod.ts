/** Version 1 of load and unload: a guest that brings its own pages, tables and code. */
export { storedFrames } from "./stored.ts";
