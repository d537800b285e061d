/** A default image of 1 GiB: one run of pages, and as many runs as it has pages. */
import { run } from "../../src/mod.ts";
import { atMost, retained, type Row, timed } from "./measure.ts";
import { defaultImage, machine, type MachineShape } from "./stories.ts";

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
    let time = 0;
    const loaded = retained(() => {
      let lab = idle.kept;
      time = timed(() => lab = run(before + defaultImage("5GiB", "1GiB")));
      return lab;
    });
    if (loaded.kept.failures.length > 0) throw new Error(loaded.kept.failures[0]!.failure);
    rows.push(
      { what: `1 GiB default image, ${name}`, value: time, unit: "ms", aim: atMost(2000) },
      {
        what: "  memory above the idle machine",
        value: (loaded.bytes - idle.bytes) / 1e6,
        unit: "MB",
        aim: atMost(200),
      },
      { what: "  steps", value: loaded.kept.timeline.length, unit: "steps" },
    );
  }
  return Promise.resolve(rows);
}
