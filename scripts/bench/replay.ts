/** A recording of some two thousand cases. */
import { readFileSync } from "node:fs";
import { replay } from "../../src/replay/mod.ts";
import { worlds } from "../../src/worlds/mod.ts";
import { atMost, median, type Row, timed } from "./measure.ts";

const RECORDING = new URL("../../test/recordings/linux/syscall.jsonl", import.meta.url);
const RUNS = 3;

export function bench(): Promise<Row[]> {
  const text = readFileSync(RECORDING, "utf8");
  let cases = 0;
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(timed(() => cases = replay(text, worlds).cases.length));
  return Promise.resolve([
    { what: `replay of ${cases} cases`, value: median(times), unit: "ms", aim: atMost(2000) },
    { what: "  each", value: median(times) / cases, unit: "ms" },
  ]);
}
