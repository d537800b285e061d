export { joinSpans, SourceText } from "./source_text.ts";
export type { Position, Span } from "./source_text.ts";
