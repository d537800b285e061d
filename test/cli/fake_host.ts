/** A host in memory, for what a real process cannot show: terminals, clocks, broken disks. */
import type { Host, Stream } from "../../src/cli/host.ts";

export class FakeHost implements Host {
  readonly runtime = "fake 1.0.0";
  readonly args: readonly string[];
  stdout = "";
  stderr = "";
  writable = true;
  terminals: readonly Stream[] = [];
  environment: Readonly<Record<string, string>> = {};
  width: number | undefined = 80;
  /** Each look at the clock takes this long. */
  tick = 0;
  /** Thrown by the next write to stdout. */
  writeError: Error | undefined;
  #now = 0;

  constructor(...args: readonly string[]) {
    this.args = args;
  }

  env(name: string): string | undefined {
    return this.environment[name];
  }

  isTerminal(stream: Stream): boolean {
    return this.terminals.includes(stream);
  }

  columns(): number | undefined {
    return this.width;
  }

  rows(): number | undefined {
    return 24;
  }

  cwd(): string {
    return "/";
  }

  /** A few bytes at a time, as a full pipe takes them. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): number {
    if (stream === "stdout" && this.writeError !== undefined) throw this.writeError;
    const taken = bytes.subarray(0, 7);
    this[stream] += String.fromCharCode(...taken);
    return taken.length;
  }

  readInput(): Uint8Array {
    return new Uint8Array(0);
  }

  status(path: string): never {
    throw systemError("ENOENT", path);
  }

  realPath(path: string): string {
    return path;
  }

  list(): string[] {
    return [];
  }

  open(path: string): never {
    throw systemError("ENOENT", path);
  }

  create(path: string): void {
    throw systemError("EROFS", path);
  }

  begin(path: string): never {
    throw systemError("EROFS", path);
  }

  createPrivate(path: string): void {
    this.create(path);
  }

  appendPrivate(path: string): void {
    this.create(path);
  }

  makePrivateFolder(path: string): void {
    this.create(path);
  }

  readNext(): Promise<Uint8Array | undefined> {
    return Promise.resolve(undefined);
  }

  later(work: () => void): void {
    work();
  }

  onInterrupt(): () => void {
    return () => {};
  }

  readonly pid: number = 1;

  isRunning(): boolean {
    return false;
  }

  rename(): void {}

  remove(): void {}

  dropWrite(): void {
    this.writable = false;
  }

  now(): number {
    return this.#now += this.tick;
  }

  exit(status: number): never {
    throw new Error(`exit ${status}`);
  }
}

export function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}
