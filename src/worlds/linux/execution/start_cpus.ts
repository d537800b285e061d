/** Processors of a kernel that has booted: all of them run. [linux:smp_init] */
import type { Decision } from "../../../machine/mod.ts";
import { emit, type Run } from "../steps.ts";
import { kernelCpu, otherCpu } from "./cpu_state.ts";

export function* startCpus(run: Run): Decision<void> {
  const { machine } = run;
  const changes = kernelCpu(machine);
  yield* emit(run, {
    kind: "cpu-changed",
    cpus: [0, 1],
    changes,
    what: "the boot processor runs the kernel",
  });
  const count = machine.processors.length;
  if (count < 2) return;
  const others = otherCpu(machine);
  yield* emit(run, {
    kind: "cpu-changed",
    cpus: [1, count],
    changes: others,
    what: "started by messages, run the kernel",
  });
}
