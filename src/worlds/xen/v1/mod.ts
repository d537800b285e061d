/**
 * Version 1 of load and unload: a guest that brings its own pages, tables and code. Up to Xen 4.3 they
 * are used as they are; up to 4.22 they are turned into an image of Xen's own; then the ops are gone.
 */
import type { Part, SubOperation } from "../part.ts";
import { loadConverted, unloadConverted } from "./converted.ts";
import { V1_QUERIES } from "./queries.ts";
import { V1_HAZARDS, V1_RULES } from "./texts.ts";
import { loadStored, unloadStored } from "./stored.ts";

export { guestCode } from "./guest_code.ts";
export { storedFrames } from "./stored_frames.ts";

const loadV1: SubOperation = (run, guest, arg) =>
  run.features.v1Converts ? loadConverted(run, guest, arg) : loadStored(run, guest, arg);

const unloadV1: SubOperation = (run, guest, arg) =>
  run.features.v1Converts ? unloadConverted(run, guest, arg) : unloadStored(run, guest, arg);

export const V1_OPERATIONS = { load_v1: loadV1, unload_v1: unloadV1 } as const;

export const V1_PART: Part = {
  subOperations: V1_OPERATIONS,
  queries: V1_QUERIES,
  rules: V1_RULES,
  hazards: V1_HAZARDS,
};
