/** How a script reaches files. The shell decides which it may read; the engine only asks. */
import type { FileBytes } from "../machine/mod.ts";
import type { SourceText } from "../text/mod.ts";

export interface FileProblem {
  readonly message: string;
  readonly hint?: string;
}

export type Opened<T> =
  | { readonly ok: true; readonly value: T }
  | ({ readonly ok: false } & FileProblem);

/** Paths are as the script wrote them; `from` is the text that wrote them, whose folder they start at. */
export interface FileLoader {
  /** A whole text; the same object for the same file. */
  text(path: string, from: SourceText): Opened<SourceText>;
  /** A file whose bytes may be asked for later. */
  bytes(path: string, from: SourceText): Opened<FileBytes>;
}

/** For engines that have no files: tests, a first line at the REPL. */
export const NO_FILES: FileLoader = {
  text: () => ({ ok: false, message: "Files cannot be read here" }),
  bytes: () => ({ ok: false, message: "Files cannot be read here" }),
};
