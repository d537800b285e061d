/**
 * `replay` runs a recording of a real system in the model and compares each observation. Pure: a text
 * and the worlds go in, a report comes out, and nothing in the text makes it throw.
 */
import type { World } from "../machine/mod.ts";
import { FieldCounter } from "./fields.ts";
import { parseRecording, type Problem, type RecordedCase } from "./format.ts";
import { LinuxReplay } from "./linux_replay.ts";
import type { CaseResult, ReplayReport } from "./report.ts";
import { XenReplay } from "./xen_replay.ts";

interface Runner {
  run(recorded: RecordedCase): CaseResult;
}

type MakeRunner = (world: World, counter: FieldCounter, problems: Problem[]) => Runner;

const RUNNERS: ReadonlyMap<string, MakeRunner> = new Map<string, MakeRunner>([
  ["linux", (world, counter, problems) => new LinuxReplay(world, counter, problems)],
  ["xen", (world, counter, problems) => new XenReplay(world, counter, problems)],
]);

/**
 * Cases of one machine run in the order of the file on one machine; what was in its memory stays
 * from case to case.
 */
export function replay(text: string, worlds: readonly World[]): ReplayReport {
  const recording = parseRecording(text);
  const problems: Problem[] = [...recording.problems];
  const counter = new FieldCounter();
  const cases: CaseResult[] = [];
  const world = worlds.find((w) => w.name === recording.system);
  const runnerOf = RUNNERS.get(recording.system);
  if (runnerOf === undefined || world === undefined) {
    const known = worlds.map((w) => w.name).join(", ");
    const message = `recordings of ${
      JSON.stringify(recording.system)
    } cannot be replayed; known: ${known}`;
    problems.push({ line: 0, message });
  } else {
    const runner = runnerOf(world, counter, problems);
    for (const recorded of recording.cases) cases.push(runner.run(recorded));
  }
  const passed = cases.filter((c) => c.passed).length;
  return {
    system: recording.system,
    about: recording.about,
    problems,
    cases,
    passed,
    failed: cases.length - passed,
    fields: counter.uses(),
  };
}
