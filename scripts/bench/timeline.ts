/** A long timeline: what a step costs to keep, and how long it takes to stand at any of them. */
import { type Lab, run } from "../../src/mod.ts";
import { atMost, median, retained, type Row, timed } from "./measure.ts";
import { machine } from "./stories.ts";

const STEPS = 100_000;
const LOOKS = 200;

export function bench(): Promise<Row[]> {
  const { bytes, kept: lab } = retained(() => longRun());
  const { length } = lab.timeline;
  const times: number[] = [];
  // Steps far apart and in no order, none of them a checkpoint by design.
  for (let i = 0; i < LOOKS; i++) times.push(timed(() => lab.at(1 + (i * 7919 * 31) % length)));
  return Promise.resolve([
    { what: `steps of a run (${STEPS} wanted)`, value: length, unit: "steps" },
    { what: "  kept for each", value: bytes / length, unit: "bytes", aim: atMost(200) },
    { what: "  to reach any of them, median", value: median(times), unit: "ms", aim: atMost(1) },
    {
      what: "  to reach any of them, worst",
      value: Math.max(...times),
      unit: "ms",
      aim: atMost(1),
    },
  ]);
}

/** Loads and unloads until there are enough steps. */
function longRun(): Lab {
  const story = (times: number) =>
    machine({ end: "4GiB", cmdline: "crashkernel=128M" }) +
    `image a : default { segment data at 64MiB size 256KiB pattern 1 }
for i in 0 .. ${times} {
  load a
  unload default
}
`;
  const once = run(story(10)).timeline.length - run(story(0)).timeline.length;
  return run(story(Math.ceil(STEPS / (once / 10))));
}
