/** The whole screen at a fixed size, as text: the real application on a terminal that is none. */
import { PassThrough, Writable } from "node:stream";
import { type Instance, render } from "ink";
import { type SessionHost, Store } from "../../src/session/mod.ts";
import { invariants } from "../../src/machine/invariants/mod.ts";
import { SourceText } from "../../src/text/mod.ts";
import { App } from "../../src/tui/app.tsx";
import { Decoder, type TerminalInput } from "../../src/tui/decode.ts";
import { PainterContext } from "../../src/tui/lines.tsx";
import { Painter } from "../../src/tui/painter.ts";
import { worlds } from "../../src/worlds/mod.ts";

/** Typed texts alone: no file, no history, no clock. */
function emptyHost(): SessionHost {
  const sources: SourceText[] = [];
  const missing = { ok: false, message: "there are no files here" } as const;
  return {
    sources,
    files: { text: () => missing, bytes: () => missing },
    typed: (name, text) => {
      sources.push(new SourceText(sources.length, name, text));
      return sources.at(-1)!;
    },
    script: () => missing,
    save: () => undefined,
    list: () => [],
    examples: () => [],
    remember: () => undefined,
    journal: () => undefined,
    recoverable: () => [],
    discardRecoverable: () => {},
    now: () => 0,
    later: (work) => void setTimeout(work, 0),
  };
}

class Sink extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  override _write(_: Uint8Array, __: string, done: () => void): void {
    done();
  }
}

export class Rendered {
  readonly store: Store;
  readonly #sink: Sink;
  readonly #app: Instance;
  readonly #decoder = new Decoder();
  /** What was written to the terminal, all of it. */
  written = "";
  readonly #painter = new Painter((text) => this.written += text);
  #listener: (inputs: readonly TerminalInput[]) => void = () => {};

  constructor(columns: number, rows: number, env: Readonly<Record<string, string>> = {}) {
    this.store = new Store({ worlds, invariants }, emptyHost(), { columns, rows });
    this.#sink = new Sink(columns, rows);
    const listen = (listener: (inputs: readonly TerminalInput[]) => void): () => void => {
      this.#listener = listener;
      return () => {};
    };
    this.#app = render(
      <PainterContext value={this.#painter}>
        <App
          store={this.store}
          env={(name) => env[name]}
          listen={listen}
          suspend={() => {}}
        />
      </PainterContext>,
      {
        stdout: this.#sink as unknown as NodeJS.WritableStream,
        stdin: new PassThrough() as unknown as NodeJS.ReadableStream,
        interactive: true,
        alternateScreen: true,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
  }

  /** Keys as a terminal sends them; until everything that they began has ended. */
  async type(keys: string): Promise<void> {
    await this.#app.waitUntilRenderFlush();
    this.#listener(this.#decoder.push(keys));
    this.#listener(this.#decoder.flush());
    await this.store.idle();
    await this.#app.waitUntilRenderFlush();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.#sink.columns = columns;
    this.#sink.rows = rows;
    this.#sink.emit("resize");
    // React takes its time for what nobody pressed.
    for (let turn = 0; turn < 1000 && this.text.split("\n").length !== rows; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await this.#app.waitUntilRenderFlush();
  }

  get text(): string {
    return this.#painter.text;
  }

  /** Fails with what went wrong while drawing, if anything did. */
  async close(): Promise<void> {
    this.#app.unmount();
    await this.#app.waitUntilExit();
  }
}
