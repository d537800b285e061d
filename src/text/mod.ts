export { joinSpans, SourceText } from "./source_text.ts";
export type { Position, Span } from "./source_text.ts";
export { cellsOf, displayWidth, printable } from "./columns.ts";
export type { Cell } from "./columns.ts";
export { entry, fill } from "./entries.ts";
export { wrapWords } from "./wrap.ts";
