/** Cases of a Linux recording: the operations in the model, and each observation compared. */
import { logLines, type Machine, readWord, settle, type World } from "../machine/mod.ts";
import { ask, integerAnswer, rangeAnswer, textAnswer } from "./ask.ts";
import { compareImage } from "./compare_image.ts";
import { changedPages } from "./compare_region.ts";
import { isExecution, replayExecution } from "./execution_replay.ts";
import type { FieldCounter } from "./fields.ts";
import {
  type JsonObject,
  type JsonValue,
  type Problem,
  type RecordedCase,
  show,
} from "./format.ts";
import { bootLinux } from "./linux_machine.ts";
import { stepOf } from "./linux_operations.ts";
import type { CaseResult, Difference } from "./report.ts";

const CONTEXT = { allocationFails: () => false };

/** One machine of the recording, with what lasts from case to case. */
interface Bench {
  machine: Machine;
  /** The machine when the crash region was read last. */
  regionRead: Machine;
  /** What the last case belonged to, if its state may last. */
  group: string | undefined;
}

export class LinuxReplay {
  readonly #world: World;
  readonly #counter: FieldCounter;
  readonly #problems: Problem[];
  readonly #benches = new Map<string, Bench | string>();

  constructor(world: World, counter: FieldCounter, problems: Problem[]) {
    this.#world = world;
    this.#counter = counter;
    this.#problems = problems;
  }

  run(recorded: RecordedCase): CaseResult {
    const { line, id } = recorded;
    const differences: Difference[] = [];
    let compared = 0;
    const bench = this.#benchOf(recorded);
    if (typeof bench === "string") {
      differences.push({ field: "machine", recorded: recorded.machine.id, modelled: bench });
    } else if (isExecution(recorded)) {
      const unknown = (field: string) => this.#unknown(recorded, field);
      const found = replayExecution(this.#world, bench.machine, recorded, this.#counter, unknown);
      differences.push(...found.differences);
      compared = found.compared;
    } else {
      const group = lastingGroup(id);
      if (group === undefined || group !== bench.group) this.#emptySlots(bench);
      bench.group = group;
      for (const [i, op] of recorded.ops.entries()) {
        compared += this.#runStep(bench, recorded, i, op, differences);
      }
      for (const dump of recorded.images) {
        compared += this.#compareDump(bench, recorded, dump, differences);
      }
    }
    const passed = differences.length === 0;
    return { line, machine: recorded.machine.id, id, passed, differences, compared };
  }

  #benchOf({ machine }: RecordedCase): Bench | string {
    const known = this.#benches.get(machine.id);
    if (known !== undefined) return known;
    const booted = bootLinux(this.#world, machine.fields);
    const bench = "problem" in booted
      ? booted.problem
      : { machine: booted.machine, regionRead: booted.machine, group: undefined };
    if (typeof bench === "string") {
      this.#problems.push({ line: machine.line, message: `machine ${machine.id}: ${bench}` });
    }
    this.#benches.set(machine.id, bench);
    return bench;
  }

  /** As the recorder did after most cases; where loading is disabled it had to leave them. */
  #emptySlots(bench: Bench): void {
    for (const slot of ["default", "crash"] as const) {
      if (bench.machine.slots[slot] === undefined) continue;
      const operation = { head: "unload", args: { slot }, clauses: [] };
      bench.machine =
        settle(bench.machine, this.#world.decide(bench.machine, operation, CONTEXT)).machine;
    }
  }

  #runStep(
    bench: Bench,
    recorded: RecordedCase,
    index: number,
    op: JsonObject,
    differences: Difference[],
  ): number {
    const asRoot = !isUnprivileged(recorded.id);
    const step = stepOf(op, asRoot);
    let ret = "0";
    let value: bigint | undefined;
    if (step.kind === "problem") {
      this.#problems.push({ line: recorded.line, message: `case ${recorded.id}: ${step.message}` });
      differences.push({
        operation: index,
        field: "op",
        recorded: show(op.op),
        modelled: step.message,
      });
      return 0;
    }
    if (step.kind === "operation") {
      const run = settle(bench.machine, this.#world.decide(bench.machine, step.operation, CONTEXT));
      bench.machine = run.machine;
      ret = run.result.ret;
    } else if (step.kind === "peek") value = readWord(bench.machine, Number(step.address));

    let compared = 0;
    for (const [field, wanted] of Object.entries(recorded.observed[index]!)) {
      if (this.#counter.meet(field) === undefined) this.#unknown(recorded, field);
      else {
        compared++;
        const modelled = this.#observe(bench.machine, field, ret, value, asRoot);
        if (show(modelled) !== show(normal(field, wanted))) {
          differences.push({
            operation: index,
            field,
            recorded: show(wanted),
            modelled: show(modelled),
          });
        }
      }
    }
    return compared;
  }

  #observe(
    machine: Machine,
    field: string,
    ret: string,
    value: bigint | undefined,
    asRoot: boolean,
  ): JsonValue {
    switch (field) {
      case "ret":
        return ret;
      case "kexec_loaded":
      case "kexec_crash_loaded":
      case "kexec_crash_size":
        return Number(integerAnswer(ask(this.#world, machine, field)) ?? -1n);
      case "kexec_load_disabled":
        return Number(integerAnswer(ask(this.#world, machine, "sysctl", { name: field })) ?? -1n);
      case "crashk": {
        const last = this.#crashLines(machine).at(-1);
        const m = last === undefined || !asRoot ? null : /^([0-9a-f]+)-([0-9a-f]+) /.exec(last);
        return m === null ? "0x0-0x0" : `0x${trim(m[1]!)}-0x${trim(m[2]!)}`;
      }
      case "value":
        return value === undefined ? null : `0x${value.toString(16).padStart(16, "0")}`;
      case "crash_kernel_lines":
        return this.#crashLines(machine);
      case "messages":
        return logLines(machine).filter((line) => ABOUT_CRASHKERNEL.test(line));
      default:
        return null;
    }
  }

  #crashLines(machine: Machine): string[] {
    return textAnswer(ask(this.#world, machine, "iomem")).split("\n")
      .filter((line) => line.endsWith(": Crash kernel")).map((line) => line.trim());
  }

  #compareDump(
    bench: Bench,
    recorded: RecordedCase,
    dump: JsonObject,
    differences: Difference[],
  ): number {
    const unknown = (field: string) => this.#unknown(recorded, field);
    if (dump.crash_region_diff === undefined) {
      const result = compareImage(this.#world, bench.machine, dump, this.#counter, unknown);
      differences.push(...result.differences);
      return result.compared;
    }
    for (const field of Object.keys(dump)) {
      if (this.#counter.meet(`images.${field}`) === undefined) unknown(`images.${field}`);
    }
    const region = rangeAnswer(ask(this.#world, bench.machine, "crash region"));
    const range = { start: Number(region?.start ?? 0n), end: Number(region?.end ?? 0n) };
    const modelled = `0x${range.start.toString(16)}-0x${(range.end - 1).toString(16)}`;
    if (modelled !== dump.region) {
      differences.push({ field: "images.region", recorded: show(dump.region), modelled });
    }
    const changed = changedPages(bench.regionRead, bench.machine, range);
    bench.regionRead = bench.machine;
    if (show(changed) !== show(dump.changed)) {
      differences.push({
        field: "images.changed",
        recorded: show(dump.changed),
        modelled: show(changed),
      });
    }
    return 2;
  }

  #unknown(recorded: RecordedCase, field: string): void {
    const message = `case ${recorded.id}: nobody knows how to compare \`${field}\``;
    this.#problems.push({ line: recorded.line, message });
  }
}

/** What the recorder looked for in the log; one release misspells the word. */
const ABOUT_CRASHKERNEL =
  /^(?!Command line:).*(crashkernel|crahskernel|crash kernel|Memory value)/i;

/** Without leading zeros. */
function trim(digits: string): string {
  return digits.replace(/^0+(?=.)/, "");
}

/** `ret` as text; a size that one kind of recording writes as text, as a number. */
function normal(field: string, value: JsonValue | undefined): JsonValue {
  if (field === "ret") return String(value);
  if (field === "kexec_crash_size") return Number(value);
  return value ?? null;
}

/**
 * The family of a case whose state lasts into the next case of that family; undefined for all
 * others, which begin with empty slots. The format's description counts `size/` among the former,
 * but only the size lasts there: images were unloaded in between.
 */
function lastingGroup(id: string): string | undefined {
  return /^(disabled\/|perm\/|file\/loaded-layout)/.exec(id)?.[1];
}

/** Cases that the recorder ran in a child without any rights. */
function isUnprivileged(id: string): boolean {
  return id.startsWith("perm/");
}
