/** What a session may do outside: files through the loader that scripts have too, state in its folder. */
import type { FileLoader, FileProblem, Opened } from "../engine/mod.ts";
import type { ExampleFile, JournalEntry, SessionHost } from "../session/mod.ts";
import { printable, type SourceText } from "../text/mod.ts";
import { ScriptFiles } from "./files.ts";
import { causeOf, describeCause, type Host, isSystemError } from "./host.ts";
import { resolvePath } from "./paths.ts";
import { readWhole } from "./read.ts";
import { History, Journal, stateFolder } from "./repl_state.ts";
import { writeAtomically } from "./write.ts";

/** Of an example, only so much is looked at for its first sentence. */
const HEAD = 4096;

export class ReplHost implements SessionHost {
  readonly files: FileLoader;
  readonly #host: Host;
  readonly #scripts: ScriptFiles;
  readonly #history: History | undefined;
  readonly #journal: Journal | undefined;
  /** The script that was opened last: files that are typed lie beside it. */
  #script: SourceText | undefined;

  /** `keeps`: whether lines and statements are noted on the disk. */
  constructor(host: Host, allow: readonly string[], keeps: boolean) {
    this.#host = host;
    this.#scripts = new ScriptFiles(host, allow);
    this.files = this.#scripts;
    if (!keeps) return;
    const folder = stateFolder(host);
    this.#history = new History(host, folder);
    this.#journal = new Journal(host, folder);
  }

  get sources(): readonly SourceText[] {
    return this.#scripts.sources;
  }

  typed(name: string, text: string): SourceText {
    return this.#scripts.typed(name, text, this.#script);
  }

  script(path: string, shown: string): Opened<SourceText> {
    const opened = this.#scripts.script(path, shown);
    if (opened.ok) this.#script = opened.value;
    return opened;
  }

  save(path: string, text: string, replace: boolean): FileProblem | undefined {
    const target = resolvePath(this.#host.cwd(), path);
    try {
      if (!replace && this.#exists(target)) {
        return {
          message: `\`${printable(path)}\` exists already`,
          hint: `\`:save ${printable(path)} over\` replaces it`,
        };
      }
      writeAtomically(this.#host, target, text);
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return { message: `Cannot write \`${printable(path)}\`: ${describeCause(error)}` };
    }
  }

  #exists(path: string): boolean {
    try {
      this.#host.status(path);
      return true;
    } catch (error) {
      return !(isSystemError(error) && causeOf(error) === "missing");
    }
  }

  list(folder: string, beside: boolean): readonly string[] {
    try {
      const place = beside && this.#script !== undefined
        ? this.#scripts.folderOf(this.#script)
        : undefined;
      const path = resolvePath(place ?? this.#host.cwd(), folder);
      return this.#host.list(path).sort().map((name) =>
        this.#isFolder(`${path}/${name}`) ? `${name}/` : name
      );
    } catch {
      return [];
    }
  }

  #isFolder(path: string): boolean {
    try {
      return this.#host.status(path).kind === "directory";
    } catch {
      return false;
    }
  }

  examples(): readonly ExampleFile[] {
    const folder = decodeURIComponent(new URL("../../examples", import.meta.url).pathname);
    return this.list(folder, false).filter((name) => name.endsWith(".kx")).map((file) => {
      const path = `${folder}/${file}`;
      return { name: file.slice(0, -3), path, summary: this.#summary(path) };
    });
  }

  #summary(path: string): string {
    try {
      const head = (readWhole(this.#host, path, 1 << 20) ?? new Uint8Array(0)).subarray(0, HEAD);
      const lines = new TextDecoder().decode(head).split("\n");
      const end = lines.findIndex((line) => !line.startsWith("#"));
      const comment = lines.slice(0, end).map((line) => line.slice(1).trim()).join(" ");
      return /^.*?[.?!](?=\s|$)/.exec(comment)?.[0] ?? comment;
    } catch {
      return "";
    }
  }

  remember(line: string): FileProblem | undefined {
    return this.#history?.add(line);
  }

  /** Lines of earlier sessions, oldest first. */
  history(): ReturnType<History["read"]> {
    return this.#history?.read() ?? { lines: [] };
  }

  journal(entry: JournalEntry): FileProblem | undefined {
    const absolute = entry.kind === "load"
      ? { ...entry, path: resolvePath(this.#host.cwd(), entry.path) }
      : entry;
    return this.#journal?.add(absolute);
  }

  recoverable(): readonly JournalEntry[] {
    return this.#journal?.left() ?? [];
  }

  discardRecoverable(): void {
    this.#journal?.discard();
  }

  /** The session ended as it should: nothing is left to recover. */
  close(): void {
    this.#journal?.close();
  }

  now(): number {
    return this.#host.now();
  }

  later(work: () => void): void {
    this.#host.later(work);
  }
}
