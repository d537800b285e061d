/** The session line by line: for pipes, screen readers and terminals that can do no more. */
import { isCommand, LONGEST_INPUT, type Store } from "../session/mod.ts";
import { isIncomplete } from "../syntax/mod.ts";
import { printable } from "../text/mod.ts";
import type { Host } from "./host.ts";
import type { Output } from "./output.ts";

const PROMPT = "kx> ";
const MORE = "...> ";
/** Before what the tour, or a recovery, types. */
const FOR_YOU = "typed> ";

/** Reads, runs and prints until the input ends or the person leaves. Gives 0. */
export async function runLines(store: Store, host: Host, output: Output): Promise<number> {
  const lines = new LineReader(host);
  const printer = new Printer(store, output);
  const prompt = host.isTerminal("stdin") ? (text: string) => output.text(text) : () => {};
  let pending: string[] = [];
  const stop = host.onInterrupt(() => {
    if (store.session.running === undefined) {
      pending = [];
      output.text(`\n\`:quit\` leaves\n${host.isTerminal("stdin") ? PROMPT : ""}`);
      output.flush();
    } else store.dispatch({ kind: "interrupt" });
  });
  const watch = store.subscribe(() => {
    const { running } = store.session;
    if (running === undefined) return;
    output.progress.report(() =>
      `step ${running.steps}, ${running.ticks} events and statements; Ctrl-C stops ${running.what}`
    );
  });
  try {
    await store.idle();
    printer.print();
    while (!store.session.ended) {
      prompt(pending.length === 0 ? PROMPT : MORE);
      output.flush();
      const line = await lines.next();
      if (line === undefined) {
        if (pending.length > 0) await enter(pending.join("\n"));
        break;
      }
      pending.push(line);
      if (isOpen(pending)) continue;
      const text = pending.join("\n");
      pending = [];
      await enter(text);
    }
    store.dispatch({ kind: "quit" });
    prompt("\n");
    output.flush();
    return 0;
  } finally {
    watch();
    stop();
  }

  async function enter(text: string): Promise<void> {
    printer.expect(text);
    store.dispatch({ kind: "enter", text });
    await store.idle();
    printer.print();
    output.flush();
  }
}

/** Whether more lines must follow. Cheap while a brace is open: a pasted map has thousands of lines. */
function isOpen(lines: readonly string[]): boolean {
  const [first] = lines;
  if (isCommand(first!) || lines.at(-1)!.length > LONGEST_INPUT) return false;
  if (lines.length > 1 && !/[}\])]/.test(lines.at(-1)!) && depthOf(lines) > 0) return true;
  return isIncomplete(lines.join("\n"));
}

/** Braces that are open after the first line; later ones close them or do not matter here. */
function depthOf([first]: readonly string[]): number {
  const code = first!.replace(/"[^"]*"|#.*/g, "");
  return (code.match(/\{/g)?.length ?? 0) - (code.match(/\}/g)?.length ?? 0);
}

/** Prints what was said since the last time. */
class Printer {
  readonly #store: Store;
  readonly #output: Output;
  #last = 0;
  #typed: string | undefined;

  constructor(store: Store, output: Output) {
    this.#store = store;
    this.#output = output;
  }

  /** What the person typed stands on the screen already. */
  expect(text: string): void {
    this.#typed = text.trimEnd();
  }

  print(): void {
    for (const { id, kind, lines } of this.#store.session.messages) {
      if (id <= this.#last) continue;
      this.#last = id;
      if (kind === "input") {
        const typed = lines.join("\n") === this.#typed;
        this.#typed = undefined;
        if (typed) continue;
        lines.forEach((line, i) =>
          this.#output.line(`${(i === 0 ? FOR_YOU : "").padEnd(FOR_YOU.length)}${printable(line)}`)
        );
        continue;
      }
      if (kind === "tour") this.#output.line();
      const mark = kind === "warning" ? "warning: " : "";
      lines.forEach((line, i) => this.#output.line((i === 0 ? mark : "") + printable(line)));
    }
  }
}

/** Lines as they come. A line that never ends is cut where the session will refuse it. */
class LineReader {
  readonly #host: Host;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #ended = false;

  constructor(host: Host) {
    this.#host = host;
  }

  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end !== -1) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line.replace(/\r$/, "");
      }
      if (this.#ended) {
        if (this.#rest === "") return undefined;
        const line = this.#rest;
        this.#rest = "";
        return line;
      }
      const chunk = await this.#host.readNext();
      if (chunk === undefined) this.#ended = true;
      else if (this.#rest.length <= 2 * LONGEST_INPUT) {
        this.#rest += this.#decoder.decode(chunk, { stream: true });
      } else {
        // Too long already: only its end is of interest.
        const text = this.#decoder.decode(chunk, { stream: true });
        const at = text.indexOf("\n");
        if (at !== -1) this.#rest += text.slice(at);
      }
    }
  }
}
