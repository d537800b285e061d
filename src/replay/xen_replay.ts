/** Cases of a Xen recording, each handed to the reader of its kind. */
import type { World } from "../machine/mod.ts";
import type { FieldCounter } from "./fields.ts";
import { type Problem, type RecordedCase, show } from "./format.ts";
import type { CaseResult, Difference } from "./report.ts";
import { XenCrashkernelReader } from "./xen_crashkernel.ts";
import { XenExecutionReader } from "./xen_execution.ts";
import { XenHypercallReader } from "./xen_hypercall.ts";
import { XenReplacementReader } from "./xen_replacement.ts";
import type { XenReader } from "./xen_reader.ts";

/** Every kind. The first that wants a case reads it. Adding one is a line here. */
const READERS: readonly (() => XenReader)[] = [
  () => new XenCrashkernelReader(),
  () => new XenExecutionReader(),
  () => new XenHypercallReader(),
  () => new XenReplacementReader(),
];

export class XenReplay {
  readonly #world: World;
  readonly #counter: FieldCounter;
  readonly #problems: Problem[];
  readonly #readers = READERS.map((make) => make());

  constructor(world: World, counter: FieldCounter, problems: Problem[]) {
    this.#world = world;
    this.#counter = counter;
    this.#problems = problems;
  }

  run(recorded: RecordedCase): CaseResult {
    const { line, id } = recorded;
    const reader = this.#readers.find((r) => r.wants(recorded));
    const unknown = (what: string) =>
      void this.#problems.push({
        line,
        message: `case ${id}: no rule says how to compare \`${what}\``,
      });
    let differences: readonly Difference[] = [];
    let compared = 0;
    if (reader === undefined) {
      const op = show(recorded.ops[0]?.op);
      differences = [{ field: "op", recorded: op, modelled: "no reader of Xen's recordings" }];
    } else {
      const bench = { world: this.#world, counter: this.#counter, unknown };
      ({ differences, compared } = reader.read(recorded, bench));
    }
    if (compared === 0 && differences.length === 0) {
      const recorded = "nothing that is compared";
      differences = [{ field: "observed", recorded, modelled: "a case has to tell something" }];
    }
    const passed = differences.length === 0;
    return { line, machine: recorded.machine.id, id, passed, differences, compared };
  }
}
