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

/**
 * Cases of one machine run in the order of the file on one machine; what was in its memory stays
 * from case to case.
 */
export function replay(text: string, worlds: readonly World[]): ReplayReport {
  const recording = parseRecording(text);
  const problems: Problem[] = [...recording.problems];
  const counter = new FieldCounter();
  const cases: CaseResult[] = [];
  const world = worlds.find((w) => w.name === WORLDS[recording.system]);
  const runner = world && runnerOf(recording.system, world, counter, problems);
  if (runner === undefined) {
    const known = Object.keys(WORLDS).filter((name) => worlds.some((w) => w.name === WORLDS[name]))
      .join(", ");
    const message = `recordings of ${
      JSON.stringify(recording.system)
    } cannot be replayed; known: ${known}`;
    problems.push({ line: 0, message });
  } else {
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

/** What recordings call their system, and which world models it. */
const WORLDS: Readonly<Record<string, string>> = { linux: "linux", minios: "mini_os" };

function runnerOf(
  system: string,
  world: World,
  counter: FieldCounter,
  problems: Problem[],
): { run(recorded: RecordedCase): CaseResult } | undefined {
  switch (system) {
    case "linux":
      return new LinuxReplay(world, counter, problems);
    case "minios":
      return new MiniOsReplay(world, counter, problems);
    default:
      return undefined;
  }
}
