/** Runs the commands of a case in a fresh folder, with `kx` on the path. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Case, Shown } from "./txtar.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const CONFIG = new URL("../../deno.json", import.meta.url);

/** How long one command may take before the test gives up on it. */
const PATIENCE_MS = 120_000;

/** The command line that starts kx on whatever runs this test, with the permissions of the task. */
export function kxCommand(): string[] {
  const { tasks } = JSON.parse(readFileSync(CONFIG, "utf8")) as {
    tasks: { kx: { command: string } };
  };
  const flags = tasks.kx.command.match(/--(?:no-prompt|allow-\S+|deny-\S+)/g) ?? [];
  return "Deno" in globalThis
    ? [process.execPath, "run", ...flags, MAIN]
    : [process.execPath, MAIN];
}

/** A folder with a `kx` that shells find, and nothing else. */
export class Sandbox {
  readonly folder: string;
  readonly #bin: string;

  constructor(files: Case["files"] = []) {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "kx-cli-")));
    this.folder = join(root, "work");
    this.#bin = join(root, "bin");
    mkdirSync(this.#bin);
    mkdirSync(this.folder);
    const shim = join(this.#bin, "kx");
    const words = kxCommand().map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    writeFileSync(shim, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    chmodSync(shim, 0o755);
    for (const { name, text } of files) {
      const path = join(this.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  env(): Record<string, string | undefined> {
    const { NO_COLOR: _, KX_DEBUG: __, ...rest } = process.env;
    return { ...rest, PATH: `${this.#bin}:${process.env.PATH}`, LC_ALL: "C" };
  }

  /** What a command printed, in the form of a case. */
  run(command: string): string {
    const { stdout, stderr, status, signal, error } = spawnSync("sh", ["-c", command], {
      cwd: this.folder,
      env: this.env(),
      encoding: "utf8",
      timeout: PATIENCE_MS,
      maxBuffer: 1 << 28,
    });
    if (error !== undefined) throw error;
    const lines = [...linesOf(stdout), ...linesOf(stderr).map((line) => `2> ${line}`.trimEnd())];
    if (status !== 0) lines.push(`[exit ${status ?? signal}]`);
    return this.#portable(lines.join("\n")).trimEnd();
  }

  /** Without what differs from machine to machine. */
  #portable(text: string): string {
    return text.replaceAll(dirname(this.folder), "$ROOT").replace(
      /\b(deno|bun) \d+\.\d+\.\d+\S*/g,
      "$RUNTIME",
    );
  }

  remove(): void {
    rmSync(dirname(this.folder), { recursive: true, force: true });
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Runs all commands of a case, one after the other in one folder. */
export function runCase({ commands, files }: Case): Shown[] {
  const sandbox = new Sandbox(files);
  try {
    return commands.map(({ command }) => ({ command, output: sandbox.run(command) }));
  } finally {
    sandbox.remove();
  }
}
