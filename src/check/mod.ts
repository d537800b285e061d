/** From trees to matched sentences; what is wrong with them without running anything. */
export {
  BOOT,
  CORE_HEADS,
  CUT,
  DMA,
  DUMP,
  IMAGE,
  imageShape,
  KEYWORDS,
  MACHINE,
  SEGMENT,
  SHOW,
  TRY,
  WHY,
} from "./core_shapes.ts";
export {
  type Argument,
  callOf,
  findShape,
  matchClause,
  type MatchedClause,
  nounOf,
  type Report,
  usage,
  withExpectations,
} from "./match.ts";
export { describeBytes, layOut, type PlacedRegion, REGION_WORDS } from "./machine_layout.ts";
export { matchQuery, type QueryMatch, withIdentity } from "./query.ts";
export { checkStatically } from "./static.ts";
export type { Known, StaticOptions } from "./static_values.ts";
export { PART_WORDS } from "./static_values.ts";
export { splitStrike } from "./strike.ts";
