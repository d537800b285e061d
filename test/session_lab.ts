/** A session for tests: nothing on a disk, nothing in the background. */
import { type FileProblem, NO_FILES, type Opened } from "../src/engine/mod.ts";
import { type Invariant, invariants } from "../src/machine/invariants/mod.ts";
import {
  branchOf,
  type ExampleFile,
  type JournalEntry,
  type SessionHost,
  Store,
  type View,
} from "../src/session/mod.ts";
import { SourceText } from "../src/text/mod.ts";
import { worlds } from "../src/worlds/mod.ts";

export class MemoryHost implements SessionHost {
  readonly files = NO_FILES;
  readonly sources: SourceText[] = [];
  readonly texts = new Map<string, string>();
  readonly remembered: string[] = [];
  readonly journalled: JournalEntry[] = [];
  left: JournalEntry[] = [];
  problem: FileProblem | undefined;
  /** Milliseconds that each look at the clock takes. */
  tick = 0;
  #now = 0;
  /** Work that was put off. */
  readonly waiting: (() => void)[] = [];

  typed(name: string, text: string): SourceText {
    const source = new SourceText(this.sources.length, name, text);
    this.sources.push(source);
    return source;
  }

  script(path: string, shown: string): Opened<SourceText> {
    const text = this.texts.get(path);
    return text === undefined
      ? { ok: false, message: `\`${path}\` does not exist` }
      : { ok: true, value: this.typed(shown, text) };
  }

  save(path: string, text: string): FileProblem | undefined {
    if (this.problem === undefined) this.texts.set(path, text);
    return this.problem;
  }

  list(): readonly string[] {
    return [...this.texts.keys()];
  }

  examples(): readonly ExampleFile[] {
    return [];
  }

  remember(line: string): FileProblem | undefined {
    if (this.problem === undefined) this.remembered.push(line);
    return this.problem;
  }

  journal(entry: JournalEntry): FileProblem | undefined {
    this.journalled.push(entry);
    return this.problem;
  }

  recoverable(): readonly JournalEntry[] {
    return this.left;
  }

  discardRecoverable(): void {
    this.left = [];
  }

  now(): number {
    return this.#now += this.tick;
  }

  later(work: () => void): void {
    this.waiting.push(work);
  }

  /** Does what was put off, until nothing is. */
  settle(): void {
    for (let work = this.waiting.shift(); work !== undefined; work = this.waiting.shift()) work();
  }
}

export class Lab {
  readonly host = new MemoryHost();
  readonly store: Store;

  constructor(
    view: Partial<View> = { linear: true, columns: 100 },
    laws: readonly Invariant[] = invariants,
  ) {
    this.store = new Store({ worlds, invariants: laws }, this.host, view);
  }

  get session() {
    return this.store.session;
  }

  get branch() {
    return branchOf(this.session);
  }

  get step(): number {
    return this.session.cursor.step;
  }

  /** Types texts, each to its end, and gives what was said to them. */
  type(...texts: readonly string[]): string[] {
    const { nextMessage } = this.session;
    for (const text of texts) {
      this.store.dispatch({ kind: "enter", text });
      this.host.settle();
    }
    return this.session.messages.filter((m) => m.id >= nextMessage && m.kind !== "input")
      .flatMap((m) => m.lines);
  }

  last(): string {
    return this.session.messages.at(-1)?.lines.join("\n") ?? "";
  }
}

/** A crash image that is replaced: 141 steps, a hazard at 133. */
export const REPLACEMENT: readonly string[] = [
  "machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }",
  'boot linux 6.1 on vm { cmdline "crashkernel=64M" }',
  "let base = start of crash region",
  "image old : crash { segment text at base size 64KiB fill 0xa1 }",
  "image new : crash { segment text at base + 2MiB size 64KiB fill 0xb2 }",
  "load old",
  "load new",
];
