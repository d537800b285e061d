/**
 * `deno task parity`: each example and golden script, run on Deno and on Bun as a whole process, must
 * give the same bytes and the same status: transcript, JSON trace and diagnostics.
 */
import { readdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { $, which } from "zx";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["examples", "test/golden"];
/** What `run` alone prints is a part of what `--events` does. */
const WAYS = [["run", "--events"], ["run", "--json"]];

/** Tests hold machines of many pages: their traces are long. */
const quiet = $({ cwd: ROOT, nothrow: true, quiet: true });

export async function chore(): Promise<number> {
  if (await which("bun", { nothrow: true }) === null) {
    console.error("parity: Bun is not on the path; `npm install --global bun` brings it");
    return 2;
  }
  const scripts = FOLDERS.flatMap(scriptsIn);
  let passed = 0;
  let failed = 0;
  for (const script of scripts) {
    for (const way of WAYS) {
      const difference = await compare([...way, script]);
      if (difference === undefined) passed++;
      else {
        failed++;
        console.log(`FAILED kx ${[...way, script].join(" ")}: ${difference}`);
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function scriptsIn(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".kx")).sort().map((name) => `${folder}/${name}`);
}

/** What differs, in a few words. */
async function compare(args: readonly string[]): Promise<string | undefined> {
  const [deno, bun] = await Promise.all([
    quiet`${process.execPath} run --no-prompt --allow-read --allow-env src/main.ts ${args}`,
    quiet`bun src/main.ts ${args}`,
  ]);
  if (deno.exitCode !== bun.exitCode) {
    return `status ${deno.exitCode} on Deno, ${bun.exitCode} on Bun`;
  }
  if (deno.stderr !== bun.stderr) return "stderr differs";
  if (deno.stdout === bun.stdout) return undefined;
  const ours = deno.stdout.split("\n");
  const line = bun.stdout.split("\n").findIndex((text, i) => text !== ours[i]);
  return `stdout differs from line ${line + 1} on`;
}
