/** What happens when an image of Xen is started: ways in, the jump, the state at the entry point. */
import type { BootRequest, Decision } from "../../../machine/mod.ts";
import { changeCpu } from "../../../execution/mod.ts";
import type { Part } from "../part.ts";
import type { Run } from "../steps.ts";
import { xenCpu } from "./cpu_state.ts";
import { exec } from "./exec.ts";
import { prepareNotes } from "./notes.ts";
import { EXECUTION_OPERATIONS, EXECUTION_ROUTINES } from "./operations.ts";
import { EXECUTION_QUERIES } from "./queries.ts";
import { EXECUTION_HAZARDS, EXECUTION_RULES } from "./texts.ts";
import { CRASHKERNEL_HAZARDS } from "../crashkernel/mod.ts";

export { relocationBlob } from "./code_page.ts";
export { kexecCrash, xenPanic } from "./crash.ts";
export { noteSize, notesOf } from "./notes.ts";

export const EXECUTION_PART: Part = {
  subOperations: { exec },
  boot: bootProcessors,
  operations: EXECUTION_OPERATIONS,
  routines: EXECUTION_ROUTINES,
  queries: EXECUTION_QUERIES,
  rules: EXECUTION_RULES,
  hazards: [...EXECUTION_HAZARDS, ...CRASHKERNEL_HAZARDS],
};

function* bootProcessors(run: Run, _request: BootRequest): Decision<void> {
  const { virtStart } = run.features;
  yield* changeCpu(run, 0, xenCpu(0, virtStart), "processor 0 runs Xen");
  for (let cpu = 1; cpu < run.machine.cpus; cpu++) {
    yield* changeCpu(run, cpu, xenCpu(cpu, virtStart), `processor ${cpu} is up`);
  }
  yield* prepareNotes(run);
}
