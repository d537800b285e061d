/** The host on Deno: its own functions, which are there before any module is loaded. */
import type { FileStatus, Host, NewFile, OpenFile, Stream } from "./host.ts";

const STREAMS = { stdin: Deno.stdin, stdout: Deno.stdout, stderr: Deno.stderr } as const;

function envOf(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}

function consoleSize(): { readonly columns?: number; readonly rows?: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return {};
  }
}

function readInput(limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(1 << 16);
  let total = 0;
  while (total <= limit) {
    const count = Deno.stdin.readSync(buffer);
    if (count === null) break;
    chunks.push(buffer.slice(0, count));
    total += count;
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function status(path: string): FileStatus {
  const { isFile, isDirectory, size } = Deno.statSync(path);
  return { kind: isFile ? "file" : isDirectory ? "directory" : "other", size };
}

function open(path: string): OpenFile {
  const file = Deno.openSync(path);
  return {
    read(into, offset) {
      file.seekSync(offset, Deno.SeekMode.Start);
      return file.readSync(into) ?? 0;
    },
    close: () => file.close(),
  };
}

function create(path: string, bytes: Uint8Array, like?: string): void {
  Deno.writeFileSync(path, bytes, { createNew: true, ...modeOf(like) });
}

function begin(path: string, like?: string): NewFile {
  const file = Deno.openSync(path, { write: true, createNew: true, ...modeOf(like) });
  return {
    write(bytes, offset) {
      file.seekSync(offset, Deno.SeekMode.Start);
      return file.writeSync(bytes);
    },
    setLength: (length) => setLength(file, length),
    close: () => file.close(),
  };
}

/** Deno has no name and no code for this errno alone. */
function setLength(file: Deno.FsFile, length: number): void {
  try {
    file.truncateSync(length);
  } catch (error) {
    const tooLong = error instanceof Error && error.message.endsWith("(os error 27)");
    throw tooLong ? Object.assign(error, { code: "EFBIG" }) : error;
  }
}

function modeOf(like: string | undefined): { mode?: number } {
  const mode = like === undefined ? undefined : Deno.statSync(like).mode ?? undefined;
  return mode === undefined ? {} : { mode: mode & 0o777 };
}

async function readNext(): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(1 << 16);
  const count = await Deno.stdin.read(buffer);
  return count === null ? undefined : buffer.subarray(0, count);
}

function onInterrupt(work: () => void): () => void {
  Deno.addSignalListener("SIGINT", work);
  return () => Deno.removeSignalListener("SIGINT", work);
}

/** Deno may not send signals here, but it may look whether the system lists a process. */
function isRunning(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

export const host: Host = {
  runtime: `deno ${Deno.version.deno}`,
  args: Deno.args,
  env: envOf,
  isTerminal: (stream: Stream) => STREAMS[stream].isTerminal(),
  // A terminal that was told no size says 0.
  columns: () => consoleSize().columns || undefined,
  rows: () => consoleSize().rows || undefined,
  cwd: () => Deno.cwd(),
  write: (stream, bytes) => STREAMS[stream].writeSync(bytes),
  readInput,
  readNext,
  status,
  realPath: (path) => Deno.realPathSync(path),
  list: (path) => [...Deno.readDirSync(path)].map((entry) => entry.name),
  open,
  create,
  begin,
  createPrivate: (path, bytes) => Deno.writeFileSync(path, bytes, { createNew: true, mode: 0o600 }),
  appendPrivate: (path, bytes) => Deno.writeFileSync(path, bytes, { append: true, mode: 0o600 }),
  makePrivateFolder: (path) => Deno.mkdirSync(path, { recursive: true, mode: 0o700 }),
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
  dropWrite: () => void Deno.permissions.revokeSync({ name: "write" }),
  now: () => performance.now(),
  later: (work) => void setTimeout(work, 0),
  onInterrupt,
  pid: Deno.pid,
  isRunning,
  exit: (code) => Deno.exit(code),
};
