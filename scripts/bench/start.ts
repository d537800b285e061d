/** Whole processes: a person waits for them, and a test suite starts hundreds. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { atMost, inTurns, type Row, timed } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RUNS = 21;

export function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "kx-bench-"));
  const empty = join(folder, "empty.ts");
  writeFileSync(empty, "");
  const kx = ["--no-prompt", "--allow-read", "--allow-write", "src/main.ts"];
  const quickstart = "examples/quickstart.kx";
  try {
    const [nothing, help, check, run] = inTurns(RUNS, [
      () => start([empty]),
      () => start([...kx, "--help"]),
      () => start([...kx, "check", quickstart]),
      () => start([...kx, "run", quickstart]),
    ]) as [number, number, number, number];
    return Promise.resolve([
      { what: "an empty `deno run`", value: nothing, unit: "ms" },
      { what: "`kx --help`, against that", value: help / nothing, unit: "times" },
      {
        what: "`kx check examples/quickstart.kx`",
        value: check / nothing,
        unit: "times",
        aim: atMost(2.5),
      },
      {
        what: "`kx run examples/quickstart.kx`",
        value: run / nothing,
        unit: "times",
        aim: atMost(3),
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function start(args: readonly string[]): number {
  return timed(() => {
    try {
      execFileSync(process.execPath, ["run", ...args], { cwd: ROOT, stdio: "ignore" });
    } catch {
      // An expectation that fails is not what is measured here.
    }
  });
}
