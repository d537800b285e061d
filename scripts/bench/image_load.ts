/** A default image of 1 GiB: one run of pages, and as many runs as it has pages. */
import { run } from "../../src/mod.ts";
import { atMost, median, retained, type Row, timed } from "./measure.ts";
import { defaultImage, machine, type MachineShape } from "./stories.ts";

const RUNS = 5;

const SHAPES: readonly (readonly [string, Partial<MachineShape>])[] = [
  ["unfragmented", {}],
  // Every second page of the zone that the allocator prefers is taken: no two free pages adjoin.
  ["fragmented", { clauses: "fragmented every 2 over 4GiB .. 8GiB" }],
  ["scattered by the allocator", { allocator: "scattered seed 7" }],
];

export function bench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, shape] of SHAPES) {
    const before = machine({ end: "8GiB", ...shape });
    const idle = retained(() => run(before));
    const story = before + defaultImage("5GiB", "1GiB");
    // The boot is no part of the load: on a fragmented machine it pins half a million pages.
    const time = median(
      Array.from({ length: RUNS }, () => timed(() => run(story)) - timed(() => run(before))),
    );
    const loaded = retained(() => run(story));
    if (loaded.kept.failures.length > 0) throw new Error(loaded.kept.failures[0]!.failure);
    rows.push(
      { what: `1 GiB default image, ${name}`, value: time, unit: "ms", aim: atMost(150) },
      {
        what: "  memory above the idle machine",
        value: (loaded.bytes - idle.bytes) / 1e6,
        unit: "MB",
        aim: atMost(60),
      },
      { what: "  steps", value: loaded.kept.timeline.length, unit: "steps" },
    );
  }
  return Promise.resolve(rows);
}
