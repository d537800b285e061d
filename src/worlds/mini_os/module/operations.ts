/** What a script can do with the module. */
import type { OperationOf } from "../operation.ts";

export const MODULE_OPERATIONS: readonly OperationOf[] = [];
