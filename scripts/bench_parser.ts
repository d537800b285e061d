/**
 * How fast the parser is: `deno run -A scripts/bench_parser.ts [FILE.kx]`, under Bun too.
 *
 * Prints megabytes a second, best of several runs after a warm-up, for a script of one megabyte
 * as people write them: machines, images with addresses, comments, expectations, nested blocks.
 * The best run is the one that the rest of the machine disturbed least. Share of the passes:
 * the checks before the grammar (characters, brackets) are measured by themselves.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parse } from "../src/syntax/mod.ts";
import { checkCharacters } from "../src/syntax/characters.ts";
import { scanLayout } from "../src/syntax/layout.ts";
import { SourceText } from "../src/text/mod.ts";

const MEGABYTE = 1_000_000;
const WARM_UP = 5;
const RUNS = 15;

/** Story number `n`: all differ in names and addresses, so no engine can learn one text by heart. */
function story(n: number): string {
  const base = 0x0100_0000 + n * 0x1000;
  const hex = (offset: number) =>
    `0x${(base + offset).toString(16).padStart(8, "0").replace(/(?=.{4}$)/, "_")}`;
  return `
# Story ${n}: the capture kernel is replaced while the old one is still needed.
machine host${n} {
  cpus ${1 + n % 8}
  memory 0 .. 640KiB, 1MiB .. ${3 + n % 4}GiB, 4GiB + ${n} pages .. 5GiB      # as the firmware says
  reserve video at ${hex(0x7000)} size 16M
}

boot xen 4.${n % 18} on host${n} {
  cmdline "crashkernel=${64 + n % 64}M@128M loglvl=all console=com1"
  dom0 linux 6.${n % 12}.${n % 7} { memory 512MiB }
}

image old${n} : crash {
  segment text at ${hex(0)} size 1MiB fill 0xa1
  segment initrd at ${hex(0x10_0000)} + 4KiB * ${n} size ${n % 40} pages file "initrd.img"
  map lowmem at 0 size 1MiB
  entry ${hex(0)}      # the first byte of text
}
load old${n} via v1 fails EADDRNOTAVAIL
expect loaded crash old${n}
expect errno of unload default is ENOENT and not running old${n}

at every step of load new${n} {
  panic "in the window"
  # Neither image is whole between the two copies.
  if (owner of ${hex(0x3000)} is kernel or free pages < ${n}) and strict {
    expect running old${n} or running new${n}
  } else {
    show pages ${hex(0)} .. ${hex(0x2000)}
  }
}

for size in 64M, 128M, 256M { try_reserve(size, host${n}) }
let counter${n} = (${hex(0)} & ~0xfff) | ${n % 2}
call counter with 1, 2 returns ${n}
`;
}

export function realisticScript(length: number): string {
  const parts: string[] = [];
  for (let n = 0, total = 0; total < length; n++) {
    const part = story(n);
    parts.push(part);
    total += part.length;
  }
  return parts.join("");
}

/** The best rate in MB/s. */
function best(text: string, work: () => void): number {
  for (let i = 0; i < WARM_UP; i++) work();
  let shortest = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    work();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return text.length / MEGABYTE / (shortest / 1000);
}

function main(file: string | undefined): void {
  const text = file === undefined ? realisticScript(MEGABYTE) : readFileSync(file, "utf8");
  const { diagnostics } = parse(new SourceText(0, "bench.kx", text));
  if (diagnostics.length > 0) throw new Error(`${diagnostics[0]!.code} in the measured script`);
  const rows: [string, () => void][] = [
    ["parse", () => parse(new SourceText(0, "bench.kx", text))],
    ["  layout alone", () => scanLayout(text)],
    ["  characters alone", () => checkCharacters(new SourceText(0, "bench.kx", text), 100)],
  ];
  for (const [name, work] of rows) {
    console.log(`${name.padEnd(20)} ${best(text, work).toFixed(1).padStart(8)} MB/s`);
  }
}

if (import.meta.main) main(process.argv[2]);
