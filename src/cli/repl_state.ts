/**
 * What outlives a session: the lines that were typed, and what a killed session had. Both lie in a
 * private folder, `$XDG_STATE_HOME/kx` or `~/.local/state/kx`. Nothing here throws: a session works
 * without, and is told why.
 */
import type { FileProblem } from "../engine/mod.ts";
import type { JournalEntry } from "../session/mod.ts";
import { printable } from "../text/mod.ts";
import { decodeText } from "./decode.ts";
import { causeOf, describeCause, type Host, isSystemError } from "./host.ts";
import { readWhole } from "./read.ts";
import { writePrivately } from "./write.ts";

/** Lines that are kept. */
const MOST_LINES = 2000;
/** A history file longer than this is not one of ours. */
const LONGEST_HISTORY = 8 << 20;
const LONGEST_JOURNAL = 64 << 20;

/** Undefined where nobody says where it should be. */
export function stateFolder(host: Host): string | undefined {
  const state = host.env("XDG_STATE_HOME");
  if (state !== undefined && state.startsWith("/")) return `${state}/kx`;
  const home = host.env("HOME");
  return home !== undefined && home.startsWith("/") ? `${home}/.local/state/kx` : undefined;
}

/** A text of several lines is one line of the file: `\n` and `\\` stand for themselves. */
function escape(line: string): string {
  return line.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function unescape(line: string): string {
  return line.replace(/\\(.)/g, (_, c: string) => c === "n" ? "\n" : c);
}

export class History {
  readonly #host: Host;
  readonly #path: string | undefined;
  /** What was there could not be read: it is not overwritten. */
  #foreign = false;

  constructor(host: Host, folder: string | undefined) {
    this.#host = host;
    this.#path = folder === undefined ? undefined : `${folder}/history`;
  }

  /** Oldest first. */
  read(): { readonly lines: readonly string[]; readonly problem?: FileProblem } {
    const path = this.#path;
    if (path === undefined) return { lines: [] };
    try {
      const bytes = readWhole(this.#host, path, LONGEST_HISTORY);
      const decoded = bytes === undefined
        ? { ok: false as const, message: "it is too long" }
        : decodeText(bytes, path);
      if (decoded.ok) {
        return { lines: decoded.value.split("\n").filter((l) => l !== "").map(unescape) };
      }
      this.#foreign = true;
      return {
        lines: [],
        problem: {
          message: `The history in \`${printable(path)}\` is damaged and left alone`,
          hint: `Remove it, and lines are remembered again`,
        },
      };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (causeOf(error) === "missing") return { lines: [] };
      this.#foreign = true;
      return { lines: [], problem: this.#unkept(path, error) };
    }
  }

  /** Another session may have added lines meanwhile, so the file is read again. */
  add(line: string): FileProblem | undefined {
    const path = this.#path;
    if (path === undefined || this.#foreign || line.length > LONGEST_HISTORY / 100) {
      return undefined;
    }
    const { lines } = this.read();
    if (this.#foreign) return undefined;
    const kept = [...lines, line].slice(-MOST_LINES).map(escape);
    try {
      this.#host.makePrivateFolder(path.slice(0, path.lastIndexOf("/")));
      writePrivately(this.#host, path, `${kept.join("\n")}\n`);
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#foreign = true;
      return this.#unkept(path, error);
    }
  }

  #unkept(path: string, error: unknown): FileProblem {
    return {
      message: `Lines are not remembered after this session: \`${printable(path)}\`: ${
        describeCause(error)
      }`,
    };
  }
}

/** `sessions/TIME-PID.jsonl`: one for each session that runs, or did not end by itself. */
const NAME = /^\d+-(\d+)\.jsonl$/;

export class Journal {
  readonly #host: Host;
  readonly #folder: string | undefined;
  readonly #own: string;
  #failed = false;
  #written = false;
  /** The journal that `left` gave last. */
  #offered: string | undefined;

  constructor(host: Host, state: string | undefined) {
    this.#host = host;
    this.#folder = state === undefined ? undefined : `${state}/sessions`;
    this.#own = `${Date.now()}-${host.pid}.jsonl`;
  }

  add(entry: JournalEntry): FileProblem | undefined {
    if (this.#folder === undefined || this.#failed) return undefined;
    try {
      if (!this.#written) this.#host.makePrivateFolder(this.#folder);
      this.#written = true;
      const line = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
      this.#host.appendPrivate(`${this.#folder}/${this.#own}`, line);
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#failed = true;
      return { message: `A crash would lose this session: ${describeCause(error)}` };
    }
  }

  /** What the latest killed session left in which something was typed. */
  left(): readonly JournalEntry[] {
    const found = this.#latest();
    this.#offered = found?.name;
    return found?.entries ?? [];
  }

  /** Forgets the one that was offered, or else the latest; those before it are offered in their turn. */
  discard(): void {
    const name = this.#offered ?? this.#latest()?.name;
    if (name !== undefined) this.#remove(name);
    this.#offered = undefined;
  }

  /** Those in which nothing was typed are of no use to anybody: they go. */
  #latest(): { readonly name: string; readonly entries: readonly JournalEntry[] } | undefined {
    for (const name of this.#dead().reverse()) {
      const entries = this.#entries(name);
      if (entries.some(({ kind }) => kind === "run")) return { name, entries };
      this.#remove(name);
    }
    return undefined;
  }

  /** The session ended as it should. */
  close(): void {
    if (this.#written) this.#remove(this.#own);
  }

  /** Names of journals whose process is gone, oldest first. */
  #dead(): string[] {
    const folder = this.#folder;
    if (folder === undefined) return [];
    try {
      return this.#host.list(folder).filter((name) => {
        const pid = Number(NAME.exec(name)?.[1] ?? NaN);
        return name !== this.#own && Number.isSafeInteger(pid) && pid !== this.#host.pid &&
          !this.#host.isRunning(pid);
      }).sort();
    } catch {
      return [];
    }
  }

  #remove(name: string): void {
    try {
      this.#host.remove(`${this.#folder}/${name}`);
    } catch {
      // It is offered again, which does no harm.
    }
  }

  /** The last line may be cut off in the middle: what can be read is what there is. */
  #entries(name: string): JournalEntry[] {
    const entries: JournalEntry[] = [];
    try {
      const bytes = readWhole(this.#host, `${this.#folder}/${name}`, LONGEST_JOURNAL);
      for (const line of new TextDecoder().decode(bytes ?? new Uint8Array(0)).split("\n")) {
        if (line === "") continue;
        const entry = entryFrom(JSON.parse(line));
        if (entry === undefined) break;
        entries.push(entry);
      }
    } catch {
      // Nothing more of it can be had.
    }
    return entries;
  }
}

function entryFrom(value: unknown): JournalEntry | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, path, shown, branch, place, text } = value as Record<string, unknown>;
  if (kind === "load" && typeof path === "string" && typeof shown === "string") {
    return { kind, path, shown };
  }
  if (kind !== "run" || typeof branch !== "number" || typeof text !== "string") return undefined;
  const { entry, step } = (place ?? {}) as Record<string, unknown>;
  if (typeof entry !== "number" || typeof step !== "number") return undefined;
  return { kind, branch, place: { entry, step }, text };
}
