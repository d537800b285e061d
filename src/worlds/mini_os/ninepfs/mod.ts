/** 9pfs over the module: the frontend, and its backend as an actor. */
export { besideBackend } from "./backend.ts";
import { saveIndices } from "./frontend.ts";

export { NINEPFS_OPERATIONS } from "./operations.ts";
export { NINEPFS_QUERIES } from "./queries.ts";

/** kexec()'s callback of the frontend. */
export const NINEPFS_CALLBACK = { name: "9pfs", run: saveIndices } as const;
