/**
 * `scripts/main.ts record [OUT.svg]`: the picture of `kx repl` in the README, from a real run. Keys are
 * typed into a pseudo-terminal, and what a terminal emulator then shows is drawn, colours and all.
 */
import { writeFileSync } from "node:fs";
import { KX_ON_DENO, Screen } from "../test/tui/pty.ts";
import type { Chore } from "./main.ts";
import { film, type Shot } from "./record_svg.ts";

const OUT = "examples/repl.svg";
const COLUMNS = 110;
const ROWS = 34;

/** What is typed, what must be seen then, and for how long it is shown, in seconds. */
interface Take {
  readonly keys: string;
  readonly until: string | RegExp;
  readonly seconds: number;
}

const LEFT = "\x1b[D";

const TAKES: readonly Take[] = [
  { keys: "", until: "Three things to try", seconds: 2.5 },
  {
    keys: "machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }\r",
    until: "statement 1/1",
    seconds: 1.2,
  },
  {
    keys: 'boot linux 6.1 on vm { cmdline "crashkernel=64M',
    until: "crashkernel=64M",
    seconds: 1.2,
  },
  { keys: '" }\r', until: "linux 6.1 on vm", seconds: 1.5 },
  { keys: "\x1b3", until: "3 memory", seconds: 2 },
  { keys: "let base = start of crash region\r", until: "statement 3/3", seconds: 0.8 },
  {
    keys: "image old : crash { segment text at base size 8MiB fill 0xa1; entry base }\r",
    until: "statement 4/4",
    seconds: 1.2,
  },
  { keys: "load old\r", until: "statement 5/5", seconds: 2 },
  { keys: LEFT.repeat(6), until: "in the past", seconds: 1.5 },
  { keys: LEFT, until: "in the past", seconds: 1 },
  { keys: ":page base\r", until: "4 page", seconds: 2.5 },
  { keys: "\x1b2", until: "2 events", seconds: 1 },
  { keys: "panic\r", until: "branch 1 of 2", seconds: 3.5 },
];

export const chore: Chore = async ([out = OUT]) => {
  const screen = await Screen.open({
    columns: COLUMNS,
    rows: ROWS,
    runtime: KX_ON_DENO,
    env: { COLORTERM: "truecolor" },
  });
  const shots: Shot[] = [];
  try {
    for (const { keys, until, seconds } of TAKES) {
      screen.type(keys);
      await screen.until(until);
      await screen.still();
      shots.push({ cells: screen.cells, caret: screen.caret, seconds });
    }
  } finally {
    screen.close();
  }
  writeFileSync(out, film(shots, COLUMNS, ROWS));
  console.log(`${out}: ${shots.length} pictures`);
  return 0;
};
