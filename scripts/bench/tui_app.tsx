/** A session on a screen that is none: what is drawn is counted and timed, and nobody looks at it. */
import { Writable } from "node:stream";
import { type Instance, render } from "ink";
import { type SessionHost, Store } from "../../src/session/mod.ts";
import { invariants } from "../../src/machine/invariants/mod.ts";
import { SourceText } from "../../src/text/mod.ts";
import { App } from "../../src/tui/app.tsx";
import { PainterContext } from "../../src/tui/lines.tsx";
import { Painter } from "../../src/tui/painter.ts";
import type { TerminalInput } from "../../src/tui/decode.ts";
import { worlds } from "../../src/worlds/mod.ts";

/** As a terminal of that size, which remembers when it was last written to. */
class Sink extends Writable {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  written = 0;
  last = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: string | Uint8Array, _: string, done: () => void): void {
    this.written += chunk.length;
    this.last = performance.now();
    done();
  }
}

/** Typed texts and nothing else: no file, no history. */
function memoryHost(): SessionHost {
  const sources: SourceText[] = [];
  const missing = { ok: false, message: "there are no files here" } as const;
  const typed = (name: string, text: string): SourceText => {
    sources.push(new SourceText(sources.length, name, text));
    return sources.at(-1)!;
  };
  return {
    sources,
    files: { text: () => missing, bytes: () => missing },
    typed,
    script: () => missing,
    save: () => undefined,
    list: () => [],
    examples: () => [],
    remember: () => undefined,
    journal: () => undefined,
    recoverable: () => [],
    discardRecoverable: () => {},
    now: () => performance.now(),
    later: (work) => setTimeout(work, 0),
  };
}

export class Bench {
  readonly store: Store;
  readonly #sink: Sink;
  readonly #app: Instance;
  #listener: ((inputs: readonly TerminalInput[]) => void) | undefined;

  constructor(columns: number, rows: number) {
    this.store = new Store({ worlds, invariants }, memoryHost(), { columns, rows });
    this.#sink = new Sink(columns, rows);
    const env = (name: string): string | undefined =>
      name === "COLORTERM" ? "truecolor" : undefined;
    const listen = (listener: (inputs: readonly TerminalInput[]) => void): () => void => {
      this.#listener = listener;
      return () => {};
    };
    this.#app = render(
      <PainterContext value={new Painter((text) => this.#sink.write(text))}>
        <App store={this.store} env={env} listen={listen} suspend={() => {}} />
      </PainterContext>,
      {
        stdout: this.#sink as unknown as NodeJS.WritableStream,
        alternateScreen: true,
        interactive: true,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
  }

  /** Runs a text as if it was typed. */
  async enter(text: string): Promise<void> {
    this.store.dispatch({ kind: "enter", text });
    await this.store.idle();
  }

  /** Milliseconds from a key to the end of what it made the screen write. */
  async press(input: TerminalInput): Promise<number> {
    await this.#app.waitUntilRenderFlush();
    const before = this.#sink.written;
    const start = performance.now();
    this.#listener!([input]);
    // Ink may hold a frame back for a moment; that counts.
    while (this.#sink.written === before) {
      if (performance.now() - start > 1000) {
        throw new Error(`nothing was drawn for ${JSON.stringify(input)}`);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setImmediate(resolve));
    return this.#sink.last - start;
  }

  close(): void {
    this.#app.unmount();
  }
}
