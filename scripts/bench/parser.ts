/** The parser and the formatter, on a megabyte of script as people write it. */
import { format, parse } from "../../src/syntax/mod.ts";
import { SourceText } from "../../src/text/mod.ts";
import { realisticScript } from "../bench_parser.ts";
import { atLeast, inTurns, type Row, timed } from "./measure.ts";

const MEGABYTE = 1_000_000;
const RUNS = 15;

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
    { what: "format it", value: megabytes / (formatting / 1000), unit: "MB/s" },
  ]);
}
