/**
 * `replay` runs a recording of a real system in the model and compares each observation. Pure: a text
 * and the worlds go in, a report comes out, and nothing in the text makes it throw.
 */
import type { World } from "../machine/mod.ts";
import { FieldCounter } from "./fields.ts";
import { parseRecording, type Problem, type RecordedCase } from "./format.ts";
import { LinuxReplay } from "./linux_replay.ts";
import { MiniOsReplay } from "./minios_replay.ts";
import type { CaseResult, ReplayReport } from "./report.ts";
import { XenReplay } from "./xen_replay.ts";

interface Runner {
  run(recorded: RecordedCase): CaseResult;
}

interface Row {
  /** Which world models the system. */
  readonly world: string;
  make(world: World, counter: FieldCounter, problems: Problem[]): Runner;
}

/** By what recordings call their system. */
const RUNNERS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["linux", { world: "linux", make: (...args) => new LinuxReplay(...args) }],
  ["xen", { world: "xen", make: (...args) => new XenReplay(...args) }],
  ["minios", { world: "mini_os", make: (...args) => new MiniOsReplay(...args) }],
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
  const runnerOf = RUNNERS.get(recording.system);
  const world = worlds.find((w) => w.name === runnerOf?.world);
  if (runnerOf === undefined || world === undefined) {
    const known = [...RUNNERS].filter(([, row]) => worlds.some((w) => w.name === row.world))
      .map(([name]) => name).join(", ");
    const message = `recordings of ${
      JSON.stringify(recording.system)
    } cannot be replayed; known: ${known}`;
    problems.push({ line: 0, message });
  } else {
    const runner = runnerOf.make(world, counter, problems);
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
