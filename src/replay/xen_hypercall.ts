/** Hypercalls of a Xen recording: each in the model, and what was seen after it compared. */
import { apply, type Machine, settle, type World } from "../machine/mod.ts";
import { ask, integerAnswer } from "./ask.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  rangeOf,
  type RecordedCase,
  type RecordedMachine,
  show,
} from "./format.ts";
import type { Booted } from "./linux_machine.ts";
import type { Difference } from "./report.ts";
import { type XenStep, xenStep } from "./xen_arguments.ts";
import { bootXen, clause } from "./xen_machine.ts";
import type { XenBench, XenFindings, XenReader } from "./xen_reader.ts";

const CONTEXT = { allocationFails: () => false };
const IN_HYPERCALL = 1n << 7n;

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

/** Cases begin with nothing loaded, each for itself. */
export class XenHypercallReader implements XenReader {
  readonly #booted = new Map<string, Booted>();

  wants({ ops }: RecordedCase): boolean {
    return ops.every((op) => HYPERCALLS.has(String(op.op)));
  }

  read(recorded: RecordedCase, bench: XenBench): XenFindings {
    const differences: Difference[] = [];
    const booted = this.#boot(bench.world, recorded.machine);
    if ("problem" in booted) {
      const { problem } = booted;
      differences.push({ field: "machine", recorded: recorded.machine.id, modelled: problem });
      return { differences, compared: 0 };
    }
    let machine = booted.machine;
    let compared = 0;
    for (const [operation, op] of recorded.ops.entries()) {
      const step = xenStep(op);
      if ("problem" in step) {
        const { problem } = step;
        differences.push({ operation, field: "op", recorded: show(op.op), modelled: problem });
        break;
      }
      const after = perform(bench.world, machine, step);
      machine = after.machine;
      for (const [field, wanted] of seenAfter(recorded, operation)) {
        const name = `hypercall.${field}`;
        if (bench.counter.meet(name) === undefined) {
          bench.unknown(name);
          continue;
        }
        compared++;
        const difference = differenceOf(bench.world, after, field, wanted, op);
        if (difference !== undefined) differences.push({ operation, field: name, ...difference });
      }
    }
    return { differences, compared };
  }

  #boot(world: World, { id, fields }: RecordedMachine): Booted {
    const known = this.#booted.get(id);
    if (known !== undefined) return known;
    // Where it was placed depends on the sizes of the boot modules, which nobody wrote down.
    const region = rangeOf(fields.crash_region);
    const clauses = region === undefined
      ? []
      : [clause("crash_area", { start: region.start, size: region.end - region.start })];
    const booted = bootXen(world, fields, { cpus: 2, clauses });
    this.#booted.set(id, booted);
    return booted;
  }
}

function perform(
  world: World,
  machine: Machine,
  { operation, words = [] }: Extract<XenStep, { operation: unknown }>,
): After {
  let now = machine;
  for (const { at, value } of words) {
    const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
    now = apply(now, { kind: "bytes-written", at, bytes, what: "the recorder's list" });
  }
  const { machine: then, result } = settle(now, world.decide(now, operation, CONTEXT));
  return { machine: then, ret: result.ret, note: result.note };
}

/** The structure that get_range filled in stands beside the operation. */
function seenAfter(
  { ops, observed }: RecordedCase,
  operation: number,
): [string, JsonValue | undefined][] {
  const out = ops[operation]!.out;
  const seen: [string, JsonValue | undefined][] = Object.entries(observed[operation]!);
  if (isObject(out)) seen.push(["out", out]);
  return seen;
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
