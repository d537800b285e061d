/** Xen: tables with leaves of 4 KiB only, a host of any size, and what real hypervisors answered. */
import { readdirSync, readFileSync } from "node:fs";
import { replay } from "../../src/replay/mod.ts";
import { run } from "../../src/mod.ts";
import { worlds } from "../../src/worlds/mod.ts";
import { atMost, inTurns, median, type Row, timed } from "./measure.ts";

const RECORDINGS = new URL("../../test/recordings/xen/", import.meta.url);
const RUNS = 7;

export function bench(): Promise<Row[]> {
  const boot = host("8GiB");
  const story =
    `${boot}image c : crash { segment text at 0x1100_0000 size 512MiB pattern 1 }\nload c\n`;
  run(story);
  const load = median(
    Array.from({ length: RUNS }, () => timed(() => run(story)) - timed(() => run(boot))),
  );
  const [small, large] = inTurns(
    RUNS,
    ["4GiB", "1TiB"].map((end) => () => timed(() => run(host(end) + DEFAULT))),
  ) as [number, number];
  const texts = readdirSync(RECORDINGS).filter((name) => name.endsWith(".jsonl"))
    .map((name) => readFileSync(new URL(name, RECORDINGS), "utf8"));
  let cases = 0;
  const replays = Array.from({ length: 3 }, () =>
    timed(() => {
      cases = texts.reduce((sum, text) => sum + replay(text, worlds).cases.length, 0);
    }));
  return Promise.resolve([
    {
      what: "crash image of 512 MiB, 131,072 entries of page tables",
      value: load,
      unit: "ms",
      aim: atMost(100),
    },
    { what: "boot and a default image on 4 GiB", value: small, unit: "ms" },
    { what: "  on 1 TiB, against that", value: large / small, unit: "times", aim: atMost(1.2) },
    { what: `replay of ${cases} cases`, value: median(replays), unit: "ms", aim: atMost(2000) },
  ]);
}

const DEFAULT = "image a : default { segment text at 1GiB size 16MiB pattern 1 }\nload a\n";

function host(end: string): string {
  return `machine m { memory 0 .. 640KiB, 1MiB .. 3GiB, 4GiB .. ${end === "4GiB" ? "5GiB" : end} }
boot xen 4.17 on m { cmdline "crashkernel=768M@256M"; dom0 linux 6.1 { memory 512MiB } }
`;
}
