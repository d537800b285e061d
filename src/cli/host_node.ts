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

export const host: Host = {
  runtime: process.versions.bun === undefined
    ? `node ${process.versions.node}`
    : `bun ${process.versions.bun}`,
  args: process.argv.slice(2),
  env: (name) => process.env[name],
  isTerminal: (stream: Stream) => process[stream].isTTY === true,
  columns: () => process.stdout.columns ?? process.stderr.columns,
  cwd: () => process.cwd(),
  write: (stream, bytes) => fs.writeSync(DESCRIPTORS[stream], bytes),
  readInput,
  status,
  realPath: (path) => fs.realpathSync(path),
  list: (path) => fs.readdirSync(path),
  open,
  create,
  begin,
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path),
  // Bun and Node have no permissions to give up; the loader's own rules hold there as everywhere.
  dropWrite: () => {},
  now: () => performance.now(),
  exit: (code) => process.exit(code),
};
