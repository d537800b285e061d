/** The host on Bun and Node: `node:fs`. It works on Deno too, only slower to load. */
import fs from "node:fs";
import process from "node:process";
import type { FileStatus, Host, NewFile, OpenFile, Stream } from "./host.ts";

const STDIN = 0;
const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

function readInput(limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(1 << 16);
  let total = 0;
  while (total <= limit) {
    const count = readSome(buffer);
    if (count === 0) break;
    chunks.push(buffer.slice(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}

/** A pipe that nobody has written to yet may answer EAGAIN, and a closed terminal EOF. */
function readSome(buffer: Uint8Array): number {
  for (;;) {
    try {
      return fs.readSync(STDIN, buffer, 0, buffer.length, null);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function status(path: string): FileStatus {
  const found = fs.statSync(path);
  return {
    kind: found.isFile() ? "file" : found.isDirectory() ? "directory" : "other",
    size: found.size,
  };
}

function open(path: string): OpenFile {
  const descriptor = fs.openSync(path, "r");
  return {
    read: (into, offset) => fs.readSync(descriptor, into, 0, into.length, offset),
    close: () => fs.closeSync(descriptor),
  };
}

function create(path: string, bytes: Uint8Array, like?: string): void {
  const mode = modeOf(like);
  fs.writeFileSync(path, bytes, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
}

function begin(path: string, like?: string): NewFile {
  const descriptor = fs.openSync(path, "wx", modeOf(like));
  return {
    write: (bytes, offset) => fs.writeSync(descriptor, bytes, 0, bytes.length, offset),
    setLength: (length) => fs.ftruncateSync(descriptor, length),
    close: () => fs.closeSync(descriptor),
  };
}

function modeOf(like: string | undefined): number | undefined {
  return like === undefined ? undefined : fs.statSync(like).mode & 0o777;
}

function readNext(): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(1 << 16);
  return new Promise((resolve, reject) => {
    const attempt = (): void =>
      fs.read(STDIN, buffer, 0, buffer.length, null, (error, count) => {
        if (error === null) return resolve(count === 0 ? undefined : buffer.subarray(0, count));
        const { code } = error as { code?: string };
        if (code === "EOF") return resolve(undefined);
        if (code !== "EAGAIN") return reject(error);
        setTimeout(attempt, 5);
      });
    attempt();
  });
}

function onInterrupt(work: () => void): () => void {
  process.on("SIGINT", work);
  return () => void process.off("SIGINT", work);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

export const host: Host = {
  runtime: process.versions.bun === undefined
    ? `node ${process.versions.node}`
    : `bun ${process.versions.bun}`,
  args: process.argv.slice(2),
  env: (name) => process.env[name],
  isTerminal: (stream: Stream) => process[stream].isTTY === true,
  // A terminal that was told no size says 0.
  columns: () => process.stdout.columns || process.stderr.columns || undefined,
  rows: () => process.stdout.rows || process.stderr.rows || undefined,
  cwd: () => process.cwd(),
  write: (stream, bytes) => fs.writeSync(DESCRIPTORS[stream], bytes),
  readInput,
  readNext,
  status,
  realPath: (path) => fs.realpathSync(path),
  list: (path) => fs.readdirSync(path),
  open,
  create,
  begin,
  createPrivate: (path, bytes) => fs.writeFileSync(path, bytes, { flag: "wx", mode: 0o600 }),
  appendPrivate: (path, bytes) => fs.appendFileSync(path, bytes, { mode: 0o600 }),
  makePrivateFolder: (path) => void fs.mkdirSync(path, { recursive: true, mode: 0o700 }),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path),
  // Bun and Node have no permissions to give up; the loader's own rules hold there as everywhere.
  dropWrite: () => {},
  now: () => performance.now(),
  later: (work) => void setTimeout(work, 0),
  onInterrupt,
  pid: process.pid,
  isRunning,
  exit: (code) => process.exit(code),
};
