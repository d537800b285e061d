/**
 * What kx asks of the operating system, in one interface with two makers: `host_deno.ts` and
 * `host_node.ts` (Bun, Node). Why two, when Deno has `node:fs` as well: loading it costs Deno more
 * than all of kx does (measured: an empty process 22 ms, `node:fs` and `node:process` 32 ms more).
 *
 * Every function is synchronous and throws what the platform throws; `causeOf` sorts that out.
 */

export type Stream = "stdin" | "stdout" | "stderr";

export interface FileStatus {
  readonly kind: "file" | "directory" | "other";
  readonly size: number;
}

/** A file that was opened for reading. */
export interface OpenFile {
  /** Fills `into` from `offset` on, as far as one read of the system goes; 0 at the end. */
  read(into: Uint8Array, offset: number): number;
  close(): void;
}

/** A file in the making. What is never written of it is a hole. */
export interface NewFile {
  /** Puts some of `bytes` at `offset`, one at least, and says how many. */
  write(bytes: Uint8Array, offset: number): number;
  setLength(length: number): void;
  close(): void;
}

export interface Host {
  /** `deno 2.9.6`, `bun 1.4.5`. */
  readonly runtime: string;
  readonly args: readonly string[];
  /** Undefined also where the process may not see its environment. */
  env(name: string): string | undefined;
  isTerminal(stream: Stream): boolean;
  /** Of the terminal, if there is one. */
  columns(): number | undefined;
  rows(): number | undefined;
  cwd(): string;
  /** Writes some of `bytes`, one at least, and says how many. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): number;
  /** What standard input has next; undefined at its end. */
  readNext(): Promise<Uint8Array | undefined>;
  /** All of standard input, but never much more than `limit` bytes. */
  readInput(limit: number): Uint8Array;
  /** Of what a path leads to, links followed. */
  status(path: string): FileStatus;
  /** Absolute and free of links. */
  realPath(path: string): string;
  /** Names in a folder, unsorted. */
  list(path: string): string[];
  open(path: string): OpenFile;
  /** Makes a file that did not exist; `mode` of `like` if that is given. */
  create(path: string, bytes: Uint8Array, like?: string): void;
  /** As `create`, for bytes that come one piece after the other. */
  begin(path: string, like?: string): NewFile;
  /** As `create`, for nobody else to read. */
  createPrivate(path: string, bytes: Uint8Array): void;
  /** Adds to a file, which is made for nobody else to read if it is not there. */
  appendPrivate(path: string, bytes: Uint8Array): void;
  /** Makes a folder for nobody else, and those above it that are missing. */
  makePrivateFolder(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** From here on this process can write no file, where the platform can promise that. */
  dropWrite(): void;
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls back after keys and signals had their turn. */
  later(work: () => void): void;
  /** Ctrl-C calls `work` and does not end the process, until the result is called. */
  onInterrupt(work: () => void): () => void;
  /** Of this process; and whether another one still runs, as far as one can tell. */
  readonly pid: number;
  isRunning(pid: number): boolean;
  exit(status: number): never;
}

/** What went wrong, as far as kx has something to say about it. */
export type Cause =
  | "missing"
  | "denied"
  /** The process was started without the permission: Deno's own guard, not the file system's. */
  | "forbidden"
  | "directory"
  | "exists"
  | "closed"
  | "busy"
  | "loop"
  | "full"
  | "long"
  | "other";

const CAUSES: Readonly<Record<string, Cause>> = {
  ENOENT: "missing",
  ENOTDIR: "missing",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  EISDIR: "directory",
  EEXIST: "exists",
  EPIPE: "closed",
  EAGAIN: "busy",
  ELOOP: "loop",
  ENAMETOOLONG: "missing",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "long",
};

/** Errors of both platforms carry the errno's name as `code`, except those of Deno's own guard. */
export function causeOf(error: unknown): Cause {
  if (!(error instanceof Error)) return "other";
  if (error.name === "NotCapable") return "forbidden";
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && Object.hasOwn(CAUSES, code)) return CAUSES[code]!;
  return error.name === "BrokenPipe" ? "closed" : error.name === "WouldBlock" ? "busy" : "other";
}

/** The cause in words, to stand after a colon. */
export function describeCause(error: unknown): string {
  switch (causeOf(error)) {
    case "missing":
      return (error as { code?: unknown }).code === "ENOTDIR"
        ? "a part of its path is a file, and no folder"
        : "it does not exist";
    case "denied":
      return "the system does not permit it";
    case "forbidden":
      return "kx was started without the permission for it";
    case "directory":
      return "it is a folder";
    case "exists":
      return "it exists already";
    case "loop":
      return "its symbolic links go in a circle";
    case "full":
      return "the disk is full";
    case "long":
      return "the file system has no files of that length";
    default:
      // The platforms word it differently; the first clause is what a person can use.
      return error instanceof Error ? error.message.split("\n")[0]! : String(error);
  }
}

/** Whether an error is the system's answer about a file, and no mistake of kx. */
export function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return error.name === "NotCapable" || (typeof code === "string" && /^E[A-Z0-9]+$/.test(code));
}
