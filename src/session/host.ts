/** What the session asks of the shell. Nothing in it throws: what went wrong is told in words. */
import type { FileLoader, FileProblem, Opened } from "../engine/mod.ts";
import type { SourceText } from "../text/mod.ts";
import type { Place } from "./place.ts";
import type { Store } from "./store.ts";

/** What is needed to type a session again. */
export type JournalEntry =
  /** Everything so far is replaced by this script. */
  | { readonly kind: "load"; readonly path: string; readonly shown: string }
  | {
    readonly kind: "run";
    readonly branch: number;
    readonly place: Place;
    readonly text: string;
  };

export interface ExampleFile {
  /** `crash_reload`. */
  readonly name: string;
  readonly path: string;
  /** The first sentence of its first comment. */
  readonly summary: string;
}

export interface SessionHost {
  /** Files that scripts name; shared by everything that the session reads. */
  readonly files: FileLoader;
  /** Every text read or typed so far; a span's `source` is an index into it. */
  readonly sources: readonly SourceText[];
  /** A text that was typed. Files that it names are looked for below the session's folder. */
  typed(name: string, text: string): SourceText;
  /**
   * A script that the person names, called `shown`: from here on files below its folder may be read.
   */
  script(path: string, shown: string): Opened<SourceText>;
  /** Puts a text into a file in one step; over another one only with `replace`. */
  save(path: string, text: string, replace: boolean): FileProblem | undefined;
  /**
   * Names in a folder as the person wrote it, folders with `/` at their end; empty if there is none.
   * `beside`: seen from the script, not from where kx was started.
   */
  list(folder: string, beside: boolean): readonly string[];
  examples(): readonly ExampleFile[];
  /** Adds a line to the history that outlives the session. */
  remember(line: string): FileProblem | undefined;
  /** Notes what was done, for a session that gets killed. */
  journal(entry: JournalEntry): FileProblem | undefined;
  /** What the latest killed session left; what others left comes once this is discarded. */
  recoverable(): readonly JournalEntry[];
  /** The person does not want what was given last, or has it back. */
  discardRecoverable(): void;
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls back soon, after keys and signals had their turn. */
  later(work: () => void): void;
}

/** What `src/tui` needs to begin. It ends when `store.session.ended`, and gives the exit status. */
export interface TuiOptions {
  readonly store: Store;
  /** Variables of the environment: NO_COLOR, TERM, COLORTERM, COLORFGBG. */
  env(name: string): string | undefined;
}
