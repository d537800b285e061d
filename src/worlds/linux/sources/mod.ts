/** Source pages and the indirection list of a default image. */
export { loadSourcePages, type SourceList } from "./load_sources.ts";
