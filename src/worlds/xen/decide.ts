/** From a sentence to the routine that does it. */
import type {
  ArgValue,
  Clause,
  Context,
  Decision,
  ImageSpec,
  Machine,
  Outcome,
  Slot,
} from "../../machine/mod.ts";
import { processorOf } from "../../routine/mod.ts";
import type { SubOpName } from "./abi/mod.ts";
import { callerOf, loadCall, rawCall, smallCall, widthOf } from "./calls.ts";
import { kexecOp, occupy } from "./hypercall.ts";
import type { LoadRoute, SubOperation } from "./part.ts";
import { PARTS } from "./parts.ts";
import { typeOf, xenFeatures } from "./state.ts";
import { check, refuse, type Run, startRun } from "./steps.ts";
import { tellUnmapped, withPurgatory } from "./tools/mod.ts";

const CPUS = "xen:kexec_crash";

export const SUB_OPERATIONS: Readonly<Partial<Record<SubOpName, SubOperation>>> = Object.assign(
  {},
  ...PARTS.map((part) => part.subOperations ?? {}),
);

export function* decide(machine: Machine, operation: Clause, context: Context): Decision<Outcome> {
  const run = startRun(machine, context, xenFeatures(machine));
  const cpu = processorOf(machine.cpus, operation.args.cpu, CPUS);
  if (typeof cpu !== "number") {
    yield* check(run, cpu.rule, CPUS, cpu);
    return { ret: yield* refuse(run, cpu) };
  }
  run.cpu = cpu;
  const ret = yield* routineOf(run, operation);
  return run.note === undefined ? { ret } : { ret, note: run.note };
}

function routineOf(run: Run, operation: Clause): Decision<string> {
  const { head, args } = operation;
  const width = widthOf(args);
  const caller = callerOf(args);
  const type = BigInt(typeOf(args.slot as Slot ?? "default"));
  switch (head) {
    case "load":
      return load(run, operation);
    case "unload": {
      const route = routeOf(args.via);
      if (route?.unload !== undefined) return route.unload(run, args.slot as Slot);
      const op = args.via === "v1" ? "unload_v1" : "unload";
      return kexecOp(run, smallCall(op, { type }, width, caller), SUB_OPERATIONS);
    }
    case "exec": {
      const route = routeOf(args.via);
      if (route?.exec !== undefined) return route.exec(run, args.slot as Slot);
      return kexecOp(run, smallCall("exec", { type }, width, caller), SUB_OPERATIONS);
    }
    case "status":
      return kexecOp(run, smallCall(head, { type }, width, caller), SUB_OPERATIONS);
    case "get_range": {
      const range = args.range as bigint;
      const nr = typeof args.nr === "bigint" ? args.nr : 0n;
      return kexecOp(run, smallCall("get_range", { range, nr }, width, caller), SUB_OPERATIONS);
    }
    case "hold":
    case "release":
      return occupy(run, head === "hold");
    case "hypercall":
      return kexecOp(run, rawCall(operation), SUB_OPERATIONS);
    default: {
      const routine = PARTS.map((part) => part.routines?.[head]).find((r) => r !== undefined);
      if (routine === undefined) throw new Error(`the Xen world has no operation \`${head}\``);
      return routine(run, operation);
    }
  }
}

function* load(run: Run, operation: Clause): Decision<string> {
  const prepared = yield* withPurgatory(run, operation.args.image as ImageSpec);
  if ("rule" in prepared) return yield* refuse(run, prepared);
  const { image, laid } = prepared;
  const ret = yield* loadImage(run, image, operation);
  if (ret === "0" && laid !== undefined) yield* tellUnmapped(run, image.slot, laid);
  return ret;
}

function loadImage(run: Run, image: ImageSpec, operation: Clause): Decision<string> {
  const { args } = operation;
  const route = routeOf(args.via);
  if (route !== undefined) return route.load(run, image, operation);
  return kexecOp(run, loadCall(image, args), SUB_OPERATIONS);
}

function routeOf(via: ArgValue | undefined): LoadRoute | undefined {
  return PARTS.flatMap((part) => part.routes ?? []).find((r) => r.word === via);
}
