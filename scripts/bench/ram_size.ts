/** Cost follows what exists, never the size of RAM. */
import { run } from "../../src/mod.ts";
import { atMost, inTurns, retained, type Row, timed } from "./measure.ts";
import { defaultImage, machine } from "./stories.ts";

const RUNS = 15;

/**
 * With pages of 1 GiB the identity map of 64 TiB takes 129 tables, without them 65,665: then these are
 * what exists, and what a load costs there.
 */
export function bench(): Promise<Row[]> {
  const small = story("1GiB", "cpu gbpages");
  const large = story("64TiB", "cpu gbpages");
  const mapped = story("64TiB", "");
  run(large);
  const [short, long, longest] = inTurns(
    RUNS,
    [small, large, mapped].map((text) => () => timed(() => run(text))),
  ) as [number, number, number];
  const little = retained(() => run(small));
  const much = retained(() => run(large));
  return Promise.resolve([
    { what: "a load on a machine of 1 GiB", value: short, unit: "ms" },
    { what: "  on 64 TiB, against that", value: long / short, unit: "times", aim: atMost(1.2) },
    { what: "  on 64 TiB without pages of 1 GiB", value: longest / short, unit: "times" },
    { what: "what the run on 1 GiB keeps", value: little.bytes / 1e6, unit: "MB" },
    {
      what: "  on 64 TiB, against that",
      value: much.bytes / little.bytes,
      unit: "times",
      aim: atMost(1.2),
    },
    { what: "  steps on 1 GiB", value: little.kept.timeline.length, unit: "steps" },
    { what: "  steps on 64 TiB", value: much.kept.timeline.length, unit: "steps" },
  ]);
}

function story(end: string, clauses: string): string {
  return machine({ end, cmdline: "crashkernel=128M", clauses }) + defaultImage("64MiB", "16MiB");
}
