/** Results to stdout, errors to stderr, and what a terminal is told in between. */
import { causeOf, type Host } from "./host.ts";

/** Whoever read our output has gone: `kx run long.kx | head -1`. Nothing is wrong with that. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** Written when this much has gathered, so that a long transcript costs few system calls. */
const BUFFER = 1 << 16;

const encoder = new TextEncoder();

export class Output {
  readonly #host: Host;
  /** Whether stdout and stderr understand colours and want them. */
  readonly colourOut: boolean;
  readonly colourErr: boolean;
  readonly progress: Progress;
  #pending: string[] = [];
  #length = 0;

  constructor(host: Host) {
    this.#host = host;
    // https://no-color.org: present and not empty means no, whatever its value.
    const wanted = (host.env("NO_COLOR") ?? "") === "" && host.env("TERM") !== "dumb";
    this.colourOut = wanted && host.isTerminal("stdout");
    this.colourErr = wanted && host.isTerminal("stderr");
    this.progress = new Progress(host);
  }

  /** Columns for a transcript: those of the terminal, or the width of golden files. */
  get width(): number {
    const columns = this.#host.isTerminal("stdout") ? this.#host.columns() : undefined;
    return Math.max(MIN_WIDTH, columns ?? WIDTH);
  }

  get errorWidth(): number {
    const columns = this.#host.isTerminal("stderr") ? this.#host.columns() : undefined;
    return Math.max(MIN_WIDTH, columns ?? WIDTH);
  }

  /** One line of a result. */
  line(text = ""): void {
    this.text(`${text}\n`);
  }

  text(text: string): void {
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= BUFFER) this.flush();
  }

  /** One line for a person, after all results so far. */
  error(text: string): void {
    this.flush();
    this.progress.erase();
    try {
      writeAll(this.#host, "stderr", `${text}\n`);
    } catch (error) {
      // Nobody listens; there is nobody to tell.
      if (!(error instanceof OutputClosed)) throw error;
    }
  }

  flush(): void {
    if (this.#length === 0) return;
    const text = this.#pending.join("");
    this.#pending = [];
    this.#length = 0;
    this.progress.erase();
    writeAll(this.#host, "stdout", text);
  }
}

/** Of transcripts that go to a file or a pipe. */
export const WIDTH = 100;
const MIN_WIDTH = 40;

/** A job is silent for this long before it shows how far it is, and then between two updates. */
const PATIENCE_MS = 1000;
const REFRESH_MS = 100;

/** One line on a terminal that says how far a long job is, and vanishes. */
export class Progress {
  readonly #host: Host;
  readonly #shown: boolean;
  readonly #start: number;
  #next: number;
  #width = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#shown = host.isTerminal("stderr") && host.env("TERM") !== "dumb";
    this.#start = host.now();
    this.#next = this.#start + PATIENCE_MS;
  }

  /** Cheap enough to call a thousand times a second: `describe` is asked only when it is time. */
  report(describe: () => string): void {
    if (!this.#shown) return;
    const now = this.#host.now();
    if (now < this.#next) return;
    this.#next = now + REFRESH_MS;
    const limit = (this.#host.columns() ?? 80) - 1;
    const text = describe().slice(0, limit);
    writeAll(this.#host, "stderr", `\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  erase(): void {
    if (this.#width === 0) return;
    writeAll(this.#host, "stderr", `\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

function writeAll(host: Host, stream: "stdout" | "stderr", text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(host.write(stream, bytes));
    } catch (error) {
      const cause = causeOf(error);
      if (cause === "closed") throw new OutputClosed();
      // A pipe that is full and that somebody made non-blocking: let its reader have a turn.
      if (cause !== "busy") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
