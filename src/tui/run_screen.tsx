/** The screen from its first frame to its last: the terminal is handed back whatever ends it. */
import process from "node:process";
import type { ReactElement } from "react";
import { type Instance, render } from "ink";
import type { TuiOptions } from "../session/mod.ts";
import { Decoder, type TerminalInput } from "./decode.ts";
import { PainterContext } from "./lines.tsx";
import { Painter } from "./painter.ts";
import { Prelude } from "./prelude.tsx";
import { canStop, ENDING_SIGNALS, stopJob, Terminal } from "./terminal.ts";

/** A lone Escape is a key if nothing follows for so long. */
const ESCAPE_MS = 30;

type Env = TuiOptions["env"];

/** An open screen; it must be closed, and closing it twice does no harm. */
export class LiveScreen {
  readonly #env: Env;
  readonly #terminal = new Terminal();
  readonly #painter = new Painter((text) => process.stdout.write(text));
  readonly #keys: Keys;
  readonly #ending = Promise.withResolvers<number>();
  readonly #release: () => void;
  readonly #app: Instance;

  /** Takes the terminal and draws the first frame, with a prompt. */
  constructor(env: Env) {
    this.#env = env;
    // What ended it is told to whoever runs the session.
    this.#ending.promise.catch(() => {});
    this.#release = watchProcess(this.#ending);
    this.#keys = new Keys((typed) => this.#show(<Prelude env={env} typed={typed} />));
    this.#terminal.enter(this.#keys.push);
    this.#app = render(this.#tree(<Prelude env={env} typed="" />), {
      alternateScreen: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  }

  /** When the first frame is on its way to the terminal. */
  async shown(): Promise<void> {
    await this.#app.waitUntilRenderFlush();
  }

  /** Until the session ends, or a signal or a mistake ends it. */
  async run({ store }: TuiOptions): Promise<number> {
    const suspend = (handOver: (work: () => Promise<void>) => Promise<void>): void => {
      const note = (text: string): void =>
        store.dispatch({ kind: "say", as: "note", lines: [text] });
      if (!canStop(this.#env)) return note(CANNOT_STOP);
      let stopped = true;
      void handOver(async () => void (stopped = await this.#putAside())).then(() => {
        if (!stopped) note(NO_SHELL);
      });
    };
    try {
      const { App } = await import("./app.tsx");
      const { listen } = this.#keys;
      this.#show(<App store={store} env={this.#env} listen={listen} suspend={suspend} />);
      return await Promise.race([
        this.#app.waitUntilExit().then(() => 0),
        this.#ending.promise,
      ]);
    } finally {
      await this.close();
    }
  }

  #show(what: ReactElement): void {
    this.#app.rerender(this.#tree(what));
  }

  #tree(what: ReactElement): ReactElement {
    return <PainterContext value={this.#painter}>{what}</PainterContext>;
  }

  async close(): Promise<void> {
    this.#release();
    this.#keys.stop();
    this.#terminal.leave();
    try {
      this.#app.unmount();
      await this.#app.waitUntilExit();
    } catch {
      // What crashed may do so again, or tells again why: the terminal is rescued all the same.
    }
    this.#terminal.rescue();
  }

  /** The shell has the terminal until it brings kx back. False if there is none. */
  async #putAside(): Promise<boolean> {
    this.#terminal.leave();
    // What was written so far is on its way: it must be there before the shell writes.
    await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    const stopped = await stopJob();
    this.#terminal.enter(this.#keys.push);
    return stopped;
  }
}

const NO_SHELL = "No shell is here that could bring kx back: Ctrl-Z does nothing";

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

/** What is typed, decoded, for one listener; kept until there is one. */
class Keys {
  readonly #decoder = new Decoder();
  readonly #early: TerminalInput[] = [];
  readonly #echo: (typed: string) => void;
  #listener: ((inputs: readonly TerminalInput[]) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `echo` is given the text that was typed while nobody listens. */
  constructor(echo: (typed: string) => void) {
    this.#echo = echo;
  }

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
    this.#listener = () => {};
  }

  #hand(inputs: readonly TerminalInput[]): void {
    if (inputs.length === 0) return;
    if (this.#listener !== undefined) return this.#listener(inputs);
    this.#early.push(...inputs);
    this.#echo(this.#early.map((input) => input.kind === "text" ? input.text : "").join(""));
  }
}
