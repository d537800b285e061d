/** From text to tree and back. */
export { isIncomplete, parse } from "./parse.ts";
export type { ParseResult } from "./parse.ts";
export { format } from "./format.ts";
export { quote } from "./strings.ts";
export * from "./tree.ts";
