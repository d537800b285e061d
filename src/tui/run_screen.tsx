/** From a session to a running screen and back: the terminal is handed back whatever ends it. */
import process from "node:process";
import { render } from "ink";
import type { TuiOptions } from "../session/mod.ts";
import { App } from "./app.tsx";
import { Decoder, type TerminalInput } from "./decode.ts";
import { canStop, ENDING_SIGNALS, stopJob, Terminal } from "./terminal.ts";

/** A lone Escape is a key if nothing follows for so long. */
const ESCAPE_MS = 30;
/** Frames in a second: so many that a key never waits for one. */
const MOST_FRAMES = 250;

export async function runScreen({ store, env }: TuiOptions): Promise<number> {
  const terminal = new Terminal();
  const keys = new Keys();
  const suspend = (handOver: (work: () => Promise<void>) => Promise<void>): void => {
    if (!canStop(env)) {
      store.dispatch({ kind: "say", as: "note", lines: [CANNOT_STOP] });
    } else void handOver(() => stoppedUntilContinued(terminal, keys));
  };
  const ending = Promise.withResolvers<number>();
  const release = watchProcess(ending);
  const app = render(<App store={store} env={env} listen={keys.listen} suspend={suspend} />, {
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: MOST_FRAMES,
  });
  terminal.enter(keys.push);
  try {
    const status = await Promise.race([app.waitUntilExit().then(() => 0), ending.promise]);
    terminal.leave();
    app.unmount();
    await app.waitUntilExit();
    return status;
  } catch (error) {
    try {
      app.unmount();
    } catch {
      // What crashed may do so again: the terminal is rescued below.
    }
    throw error;
  } finally {
    release();
    keys.stop();
    terminal.leave();
    terminal.rescue();
  }
}

const CANNOT_STOP =
  "A task runner holds the terminal, so kx cannot be put aside: start it directly for Ctrl-Z";

/** Signals that end kx, and errors that nobody caught. */
function watchProcess({ resolve, reject }: PromiseWithResolvers<number>): () => void {
  const signals = Object.entries(ENDING_SIGNALS).map(([name, status]) => {
    const ended = (): void => resolve(status);
    process.on(name as NodeJS.Signals, ended);
    return () => process.off(name as NodeJS.Signals, ended);
  });
  const crashed = (error: unknown): void => reject(error);
  process.on("uncaughtException", crashed);
  process.on("unhandledRejection", crashed);
  return () => {
    for (const off of signals) off();
    process.off("uncaughtException", crashed);
    process.off("unhandledRejection", crashed);
  };
}

/** The shell has the terminal until it brings kx back. */
async function stoppedUntilContinued(terminal: Terminal, keys: Keys): Promise<void> {
  terminal.leave();
  // What was written so far is on its way: it must be there before the shell writes.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  await new Promise<void>((resolve) => {
    const back = (): void => {
      process.off("SIGCONT", back);
      resolve();
    };
    process.on("SIGCONT", back);
    stopJob();
  });
  terminal.enter(keys.push);
}

/** What is typed, decoded, for one listener; kept until there is one. */
class Keys {
  readonly #decoder = new Decoder();
  readonly #early: TerminalInput[] = [];
  #listener: ((inputs: readonly TerminalInput[]) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly listen = (listener: (inputs: readonly TerminalInput[]) => void): () => void => {
    this.#listener = listener;
    if (this.#early.length > 0) listener(this.#early.splice(0));
    return () => void (this.#listener = undefined);
  };

  readonly push = (chunk: string): void => {
    clearTimeout(this.#timer);
    this.#hand(this.#decoder.push(chunk));
    if (this.#decoder.waits) {
      this.#timer = setTimeout(() => this.#hand(this.#decoder.flush()), ESCAPE_MS);
    }
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#listener = undefined;
  }

  #hand(inputs: readonly TerminalInput[]): void {
    if (inputs.length === 0) return;
    if (this.#listener === undefined) this.#early.push(...inputs);
    else this.#listener(inputs);
  }
}
