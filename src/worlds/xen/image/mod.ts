/** Images as Xen builds them: checks, pages, tables, list, data, and the slot they end up in. */
export { type Allocated, allocateImage, badType } from "./allocate.ts";
export { type Building, imageOf, type ImageRequest } from "./building.ts";
export { loadSegments } from "./segments.ts";
export { addDestination, addSources, terminate } from "./list.ts";
export { releasePool, type SourceRun, takeSources } from "./source_pages.ts";
export { mapPages } from "./page_tables.ts";
export { checkNotInProgress, loadSlot, swapImages } from "./slot.ts";
export { freeImage } from "./free.ts";
