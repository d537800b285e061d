/** From a sentence to the routine that does it. */
import type { Context, Decision, Machine, Operation, Outcome } from "../../machine/mod.ts";
import { KEXEC_OPERATIONS } from "./kexec/mod.ts";
import type { OperationOf } from "./operation.ts";
import { MODULE_OPERATIONS } from "./module/operations.ts";
import { besideBackend, NINEPFS_OPERATIONS } from "./ninepfs/mod.ts";
import { SCRATCH } from "./start_info/mod.ts";
import { startRun, surviving } from "./steps.ts";
import { featuresOf } from "./version.ts";

export const OPERATIONS: readonly OperationOf[] = [
  ...KEXEC_OPERATIONS,
  ...MODULE_OPERATIONS,
  ...NINEPFS_OPERATIONS,
  SCRATCH,
];

export function* decide(
  machine: Machine,
  operation: Operation,
  context: Context,
): Decision<Outcome> {
  const found = OPERATIONS.find(({ shape }) => shape.head === operation.head);
  if (found === undefined) throw new Error(`Mini-OS has no operation \`${operation.head}\``);
  const run = startRun(machine, context, featuresOf(machine.system?.version ?? ""));
  const outcome = yield* besideBackend(machine, surviving(found.run(run, operation)));
  return run.note === undefined ? outcome : { note: run.note, ...outcome };
}
