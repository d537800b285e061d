/** Walking page tables: what every access past the point of no return costs. */
import { imageIn, walk } from "../../src/machine/mod.ts";
import { run } from "../../src/mod.ts";
import { atMost, median, type Row, timed } from "./measure.ts";
import { defaultImage, machine } from "./stories.ts";

const WALKS = 100_000;
const RUNS = 7;

export function bench(): Promise<Row[]> {
  const lab = run(machine({ end: "8GiB" }) + defaultImage("5GiB", "1GiB"));
  const image = imageIn(lab.machine, "default")!;
  const root = image.pageTableRoot! * 4096;
  const [start, size] = [5 * 2 ** 30, 2 ** 30];
  const times = Array.from({ length: RUNS }, () =>
    timed(() => {
      for (let i = 0; i < WALKS; i++) {
        // A stride that is prime to the size: neighbours are not walked one after the other.
        const vaddr = BigInt(start + (i * 7_368_787) % size);
        const found = walk(lab.machine, root, vaddr, "read", { levels: 4, writeProtect: false });
        if (!found.ok || found.maddr !== Number(vaddr)) throw new Error(`walk of ${vaddr}`);
      }
    }));
  const each = (median(times.slice(2)) * 1000) / WALKS;
  return Promise.resolve([{
    what: "a walk through the tables of a 1 GiB image",
    value: each,
    unit: "µs",
    aim: atMost(2),
  }]);
}
