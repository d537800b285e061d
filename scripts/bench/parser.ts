/** The parser and the formatter, on a megabyte of script as people write it. */
import { format, parse } from "../../src/syntax/mod.ts";
import { SourceText } from "../../src/text/mod.ts";
import { realisticScript } from "../bench_parser.ts";
import { atLeast, atMost, inTurns, type Row, timed } from "./measure.ts";

const MEGABYTE = 1_000_000;
const RUNS = 15;

/** Texts, right and wrong, in which a careless grammar would look back further and further. */
const UNITS = [
  "x (a + 1) [b, c]\n",
  "a { b $ }\n",
  "x [1, (2\n",
  "expect (a or b) and c\n",
  "a,\n",
];
const SHORT = 20_000;
const TIMES_LONGER = 16;

export function bench(): Promise<Row[]> {
  const source = new SourceText(0, "bench.kx", realisticScript(MEGABYTE));
  const { script } = parse(source);
  const megabytes = source.text.length / MEGABYTE;
  const [parsing, formatting] = inTurns(RUNS, [
    () => timed(() => parse(source)),
    () => timed(() => format(script, source)),
  ]) as [number, number];
  return Promise.resolve([
    {
      what: "parse a script of 1 MB",
      value: megabytes / (parsing / 1000),
      unit: "MB/s",
      aim: atLeast(5),
    },
    {
      what: `a text ${TIMES_LONGER} times as long, against as many short ones, the worst`,
      value: Math.max(...UNITS.map(growth)),
      unit: "times",
      aim: atMost(3),
    },
    { what: "format it", value: megabytes / (formatting / 1000), unit: "MB/s" },
  ]);
}

/** What a long text takes over as much in short ones: 1 if the parser is linear, 16 if quadratic. */
function growth(unit: string): number {
  const text = (length: number) =>
    new SourceText(0, "t.kx", unit.repeat(Math.ceil(length / unit.length)));
  const short = text(SHORT);
  const long = text(SHORT * TIMES_LONGER);
  const [shorts, one] = inTurns(5, [
    () =>
      timed(() => {
        for (let i = 0; i < TIMES_LONGER; i++) parse(short);
      }),
    () => timed(() => parse(long)),
  ]) as [number, number];
  return one / shorts;
}
