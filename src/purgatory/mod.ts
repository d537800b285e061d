/** What runs between the old kernel and the new one: it verifies digests and sets the machine. */
export { addPurgatory, knowStages, type Prepared } from "./add.ts";
export { backupSource } from "./place.ts";
export { describeSize } from "./words.ts";
export { layoutOf } from "./layout.ts";
export { type Laid, layPurgatory, type LayRequest } from "./lay.ts";
export { stagesOf } from "./stage.ts";
export { type Touch, unmappedTouches } from "./reach.ts";
export { PURGATORY_QUERIES } from "./inspect.ts";
export { PURGATORY_HAZARDS } from "./texts.ts";
