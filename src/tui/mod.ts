/**
 * The live screen of `kx repl`. Ink and React are loaded here and nowhere else, when a screen is
 * wanted.
 */
import type { TuiOptions } from "../session/mod.ts";
import { LEAST } from "./layout.ts";
import type { LiveScreen } from "./run_screen.tsx";

export type { LiveScreen } from "./run_screen.tsx";

type Env = TuiOptions["env"];

/** Why this terminal is one for the line REPL; undefined if the screen can be used. */
export function whyNoScreen(env: Env, columns: number, rows: number): string | undefined {
  const term = env("TERM") ?? "";
  if (term === "dumb" || term === "") {
    return `The terminal calls itself ${
      term === "" ? "nothing (TERM is empty)" : "dumb"
    }: no screen, line by line`;
  }
  if (columns < LEAST.columns || rows < LEAST.rows) {
    return `The terminal has ${columns}x${rows}, the screen needs ${LEAST.columns}x${LEAST.rows}: line by line`;
  }
  return undefined;
}

/**
 * Takes the terminal and shows a prompt, before anything else of kx is loaded: `run` does what was
 * typed meanwhile. Whoever opens it must run or close it.
 */
export async function openScreen(env: Env): Promise<LiveScreen> {
  const { guardEnvironment } = await import("./environment.ts");
  guardEnvironment();
  const { LiveScreen } = await import("./run_screen.tsx");
  const screen = new LiveScreen(env);
  await screen.shown();
  return screen;
}

/**
 * Runs until the session ends, and gives the exit status: 0, or what a signal that ended it stands
 * for. Rejects with the error of a crash, the terminal restored.
 */
export async function startTui(options: TuiOptions): Promise<number> {
  const screen = await openScreen(options.env);
  return await screen.run(options);
}
