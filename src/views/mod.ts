/** Pure views of what the engine holds: text and plain data, widths passed in, no colour. */
export { summary, transcript, type TranscriptOptions } from "./transcript.ts";
export { renderDiagnostic } from "./diagnostics.ts";
export { languageHelp, languageTopics } from "./help_language.ts";
export { sayDiagnostic } from "./spoken.ts";
export { TRACE_SCHEMA, traceJson } from "./trace_json.ts";
export { closestTopic, explain, topics } from "./explain.ts";
export { describeEvent, type EventLine } from "./events.ts";
export { mapRows, OWNER_MARKS, renderMap } from "./memory_map.ts";
export { renderImage, renderSlots } from "./image.ts";
export { renderList } from "./list.ts";
export { hexDump, renderPage } from "./page.ts";
export { machineDifferences, renderComparison, type Side } from "./compare.ts";
export { renderProcessors } from "./processors.ts";
export { renderWalk, type Tables, tablesOf } from "./walk.ts";
export { renderKept, renderPanels } from "./panels.ts";
export { renderMachine } from "./shown.ts";
