/** Hypercalls of a Xen recording: each in the model, and what was seen after it compared. */
import { apply, type Machine, settle, type World } from "../machine/mod.ts";
import { ask, integerAnswer } from "./ask.ts";
import type { FieldCounter } from "./fields.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  type Problem,
  type RecordedCase,
  show,
} from "./format.ts";
import type { CaseResult, Difference } from "./report.ts";
import { xenStep } from "./xen_arguments.ts";

const CONTEXT = { allocationFails: () => false };
const IN_HYPERCALL = 1n << 7n;

/** Whether a case consists of hypercalls and nothing else. */
export function isHypercalls({ ops }: RecordedCase): boolean {
  return ops.every((op) => HYPERCALLS.has(String(op.op)));
}

const HYPERCALLS = new Set([
  "load",
  "unload",
  "exec",
  "status",
  "get_range",
  "load_v1",
  "unload_v1",
  "subop",
]);

/** What an operation of the model left behind. */
interface After {
  readonly machine: Machine;
  readonly ret: string;
  readonly note: string | undefined;
}

/** Cases begin with nothing loaded: on `booted`, each for itself. */
export function replayHypercalls(
  world: World,
  booted: Machine,
  recorded: RecordedCase,
  counter: FieldCounter,
  problems: Problem[],
): CaseResult {
  const { line, id, machine } = recorded;
  const differences: Difference[] = [];
  const complain = (message: string) =>
    void problems.push({ line, message: `case ${id}: ${message}` });
  let now = booted;
  let compared = 0;
  for (const [operation, op] of recorded.ops.entries()) {
    const step = xenStep(op);
    if ("problem" in step) {
      complain(step.problem);
      const { problem } = step;
      differences.push({ operation, field: "op", recorded: show(op.op), modelled: problem });
      break;
    }
    for (const { at, value } of step.words ?? []) {
      const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
      now = apply(now, { kind: "bytes-written", at, bytes, what: "the recorder's list" });
    }
    const { machine, result } = settle(now, world.decide(now, step.operation, CONTEXT));
    now = machine;
    const after: After = { machine, ret: result.ret, note: result.note };
    const seen: [string, JsonValue | undefined][] = Object.entries(recorded.observed[operation]!);
    if (isObject(op.out)) seen.push(["out", op.out]);
    for (const [field, wanted] of seen) {
      const rule = counter.meet(field);
      if (rule === undefined) {
        complain(`nobody knows how to compare \`${field}\``);
        continue;
      }
      if (rule.how === "not compared") continue;
      compared++;
      const difference = differenceOf(world, after, field, wanted, op);
      if (difference !== undefined) differences.push({ operation, field, ...difference });
    }
  }
  const passed = differences.length === 0;
  return { line, machine: machine.id, id, passed, differences, compared };
}

function differenceOf(
  world: World,
  after: After,
  field: string,
  wanted: JsonValue | undefined,
  op: JsonObject,
): { recorded: string; modelled: string } | undefined {
  const modelled = field === "out" ? rangeLike(after, wanted, op) : read(world, after, field);
  const recorded = field === "ret" ? String(wanted) : wanted;
  return show(modelled) === show(recorded)
    ? undefined
    : { recorded: show(recorded), modelled: show(modelled) };
}

function read(world: World, { machine, ret }: After, field: string): JsonValue {
  switch (field) {
    case "ret":
      return ret;
    case "status":
      return { default: status(world, machine, "default"), crash: status(world, machine, "crash") };
    case "loaded":
      return {
        default: machine.slots.default === undefined ? 0 : 1,
        crash: machine.slots.crash === undefined ? 0 : 1,
      };
    case "kexec_flags": {
      const flags = integerAnswer(ask(world, machine, "kexec_flags")) ?? 0n;
      return Number(flags & ~IN_HYPERCALL);
    }
    default:
      return null;
  }
}

function status(world: World, machine: Machine, slot: string): number {
  const operation = { head: "status", args: { slot }, clauses: [] };
  return Number(settle(machine, world.decide(machine, operation, CONTEXT)).result.ret);
}

/** The recorder's structure before the call. */
const UNTOUCHED = "0xdeadbeef";

/**
 * Start and size as the caller's structure holds them. Where Xen put its notes is its heap's choice:
 * what counts is that there is one, and its size.
 */
function rangeLike(after: After, wanted: JsonValue | undefined, op: JsonObject): JsonValue {
  const told = /^start (0x[0-9a-f]+), size (0x[0-9a-f]+)$/.exec(after.note ?? "");
  const start = told?.[1] ?? UNTOUCHED;
  const size = told?.[2] ?? UNTOUCHED;
  const own = op.range === 2 || op.range === 6;
  const recorded = isObject(wanted) ? wanted.start : undefined;
  const both = own && start !== "0x0" && recorded !== "0x0" && recorded !== UNTOUCHED &&
    start !== UNTOUCHED;
  return { start: both ? recorded ?? null : start, size };
}
