/** The live screen: how long until a prompt, and until a key is seen, on a timeline of a million steps. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { KX_ON_DENO } from "../../test/tui/pty.ts";
import { atMost, bytesInUse, median, type Row, timed } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STARTS = 15;
const PRESSES = 120;
const MEBI = 2 ** 20;

export async function bench(): Promise<Row[]> {
  return [...await starts(), ...await keys()];
}

/** From the start of the process to the prompt, beside an Ink app that says one word, in turns. */
async function starts(): Promise<Row[]> {
  const ink: number[] = [];
  const kx: number[] = [];
  const [deno, ...rest] = KX_ON_DENO as [string, ...string[]];
  for (let i = 0; i < STARTS; i++) {
    ink.push(
      await untilShown(deno, ["run", "-A", "--no-check", "scripts/bench/tui_empty.tsx"], "hello"),
    );
    kx.push(await untilShown(deno, [...rest, "repl"], "kx> "));
  }
  return [
    { what: "start of an empty Ink app", value: median(ink), unit: "ms" },
    {
      what: "`kx repl` to its first prompt, against that",
      // Of pairs that ran one after the other: a machine that is busy for a while is so for both.
      value: median(kx.map((time, i) => time / ink[i]!)),
      unit: "times",
      aim: atMost(1.3),
    },
  ];
}

async function untilShown(command: string, args: readonly string[], mark: string): Promise<number> {
  const { spawn } = await import("@lydell/node-pty");
  const { CI: _, ...env } = process.env;
  const start = performance.now();
  const pty = spawn(command, [...args], {
    name: "xterm-256color",
    cols: 160,
    rows: 50,
    cwd: ROOT,
    env: { ...env, NODE_ENV: "production", XDG_STATE_HOME: "/nonexistent" },
  });
  const shown = await new Promise<number>((resolve, reject) => {
    let text = "";
    pty.onData((data) => {
      text += data;
      if (text.includes(mark)) resolve(performance.now() - start);
    });
    pty.onExit(() => reject(new Error(`\`${mark}\` was never shown: ${text.slice(0, 500)}`)));
  });
  pty.kill("SIGKILL");
  return shown;
}

const MACHINE =
  'machine vm { memory 0 .. 4GiB }\nboot linux 6.1 on vm { cmdline "crashkernel=128M" }\n' +
  "image a : default { segment data at 64MiB size 256KiB pattern 1 }\n";

async function keys(): Promise<Row[]> {
  const { Bench } = await import("./tui_app.tsx");
  const empty = bytesInUse();
  const bench = new Bench(160, 50);
  await bench.enter(MACHINE);
  const { timeline } = bench.store.session.branches[0]!.executor;
  const before = timeline.length;
  await bench.enter("for i in 0 .. 100 { load a; unload default }");
  const each = (timeline.length - before) / 100;
  // As many as a run may take.
  await bench.enter(`for i in 0 .. ${Math.floor(990_000 / each) - 100} { load a; unload default }`);
  const rows: Row[] = [{ what: "steps of the timeline", value: timeline.length, unit: "steps" }];
  bench.store.dispatch({ kind: "pane", pane: "map" });
  const all: number[] = [];
  const measure = async (what: string, press: (i: number) => Promise<number>): Promise<void> => {
    const times: number[] = [];
    for (let i = 0; i < PRESSES; i++) times.push(await press(i));
    all.push(...times);
    rows.push({ what: `  ${what}: median`, value: median(times), unit: "ms" });
    rows.push({
      what: `  ${what}: 95 of 100`,
      value: percentile(times),
      unit: "ms",
      aim: atMost(16),
    });
  };
  const key = (name: string) => ({ kind: "key", name }) as const;
  await measure("a step back", () => bench.press(key("left")));
  await measure("a step on", () => bench.press(key("right")));
  await measure("a letter typed", () => bench.press({ kind: "text", text: "x" }));
  await bench.press(key("ctrl+u"));
  await measure("another pane", (i) => bench.press(key(i % 2 === 0 ? "alt+2" : "alt+3")));
  await measure("zoom", (i) => bench.press(key(i % 20 < 10 ? "alt+=" : "alt+-")));
  await measure("far away", (i) => {
    bench.store.dispatch({
      kind: "set-input",
      text: `:goto ${1 + (i * 7919 * 31) % timeline.length}`,
    });
    return bench.press(key("enter"));
  });
  rows.push({
    what: "all of these: 95 of 100",
    value: percentile(all),
    unit: "ms",
    aim: atMost(16),
  });
  bench.store.dispatch({ kind: "go-to", step: timeline.length });
  const back: number[] = [];
  for (let i = 1; i <= 2000; i++) {
    back.push(timed(() => {
      bench.store.dispatch({ kind: "move", how: "step", back: true });
      timeline.stateAt(bench.store.session.cursor.step);
    }));
  }
  rows.push({
    what: "a step back in the engine, 95 of 100",
    value: percentile(back),
    unit: "ms",
    aim: atMost(1),
  });
  rows.push({
    what: "memory above what Ink and kx take without a session",
    value: (bytesInUse() - empty) / MEBI,
    unit: "MiB",
    aim: atMost(150),
  });
  bench.close();
  return rows;
}

function percentile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)]!;
}
