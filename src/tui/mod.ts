/**
 * The live screen of `kx repl`. Ink and React are loaded here and nowhere else, when a screen is
 * wanted.
 */
import process from "node:process";
import type { TuiOptions } from "../session/mod.ts";
import { LEAST } from "./layout.ts";

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
 * Runs until the session ends, and gives the exit status: 0, or what a signal that ended it stands
 * for. Rejects with the error of a crash, the terminal restored.
 */
export async function startTui(options: TuiOptions): Promise<number> {
  // React looks at it once, when it is loaded: without, it checks its own workings at every turn.
  process.env.NODE_ENV ??= "production";
  const { runScreen } = await import("./run_screen.tsx");
  return await runScreen(options);
}
