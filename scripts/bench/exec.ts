/** Starting a 1 GiB default image: every page changes places with what is at its destination. */
import { type Machine, settle } from "../../src/machine/mod.ts";
import { run } from "../../src/mod.ts";
import { linux } from "../../src/worlds/linux/mod.ts";
import { atMost, median, type Row, timed } from "./measure.ts";
import { defaultImage, machine, type MachineShape } from "./stories.ts";

const RUNS = 7;

const SHAPES: readonly (readonly [string, Partial<MachineShape>])[] = [
  ["unfragmented", {}],
  ["fragmented", { clauses: "fragmented every 2 over 4GiB .. 8GiB" }],
];

export function bench(): Promise<Row[]> {
  return Promise.resolve(SHAPES.map(([name, shape]) => {
    const lab = run(machine({ end: "8GiB", ...shape }) + defaultImage("5GiB", "1GiB"));
    if (lab.failures.length > 0) throw new Error(lab.failures[0]!.failure);
    // The load is no part of it; the first runs warm up.
    const times = Array.from({ length: RUNS + 3 }, () => timed(() => exec(lab.machine)));
    return {
      what: `exec of a 1 GiB default image, ${name}`,
      value: median(times.slice(3)),
      unit: "ms",
      aim: atMost(200),
    };
  }));
}

function exec(loaded: Machine): void {
  const context = { allocationFails: () => false };
  const { machine } = settle(
    loaded,
    linux.decide(loaded, { head: "exec", args: {}, clauses: [] }, context),
  );
  if (machine.power !== "new-image") throw new Error(`power is ${machine.power}`);
}
