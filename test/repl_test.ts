/**
 * test/repl/*.repl: lines that are typed after a prompt, and what is said to them. They are the
 * tutorial too. KX_UPDATE=1 rewrites what is said.
 */
import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { unifiedDiff } from "../src/cli/diff.ts";
import type { Host } from "../src/cli/host.ts";
import { host } from "../src/cli/host_node.ts";
import { Output } from "../src/cli/output.ts";
import { ReplHost } from "../src/cli/repl_host.ts";
import { runLines } from "../src/cli/repl_lines.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { Store } from "../src/session/mod.ts";
import { worlds } from "../src/worlds/mod.ts";

const FOLDER = new URL("./repl/", import.meta.url);
const UPDATE = process.env.KX_UPDATE === "1";
const PROMPT = /^(?:kx|\.\.\.)> ?/;

/** Types lines at a terminal that shows what is typed, and gives what the terminal shows. */
async function typeLines(lines: readonly string[]): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kx-repl-")));
  const waiting = [...lines];
  let screen = "";
  const terminal: Host = {
    ...host,
    env: () => undefined,
    cwd: () => folder,
    columns: () => 100,
    isTerminal: (stream) => stream === "stdin",
    write: (_, bytes) => {
      screen += new TextDecoder().decode(bytes);
      return bytes.length;
    },
    readNext: () => {
      const line = waiting.shift();
      if (line === undefined) return Promise.resolve(undefined);
      screen += `${line}\n`;
      return Promise.resolve(new TextEncoder().encode(`${line}\n`));
    },
    onInterrupt: () => () => {},
  };
  const session = new ReplHost(terminal, [], false);
  const store = new Store({ worlds, invariants }, session, { linear: true, columns: 100 });
  await runLines(store, terminal, new Output(terminal));
  rmSync(folder, { recursive: true, force: true });
  // At the end of what is typed the last prompt is left alone.
  screen = screen.replace(/kx> \n$/, "");
  const text = screen.replaceAll(folder, "$FOLDER").split("\n").map((line) => line.trimEnd());
  return `${text.join("\n").trimEnd()}\n`;
}

function typedIn(transcript: string): string[] {
  return transcript.split("\n").filter((line) => PROMPT.test(line))
    .map((line) => line.replace(PROMPT, ""));
}

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".repl")).sort()) {
  test(`repl: ${name}`, { timeout: 300_000 }, async () => {
    const path = new URL(name, FOLDER);
    const expected = readFileSync(path, "utf8");
    const found = await typeLines(typedIn(expected));
    if (UPDATE) writeFileSync(path, found);
    else {
      const difference = unifiedDiff(expected, found, ["expected", "found"]);
      if (difference.length > 0) assert.fail(difference.join("\n"));
    }
  });
}

test("repl: what the README shows is in a transcript", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const transcripts = readdirSync(FOLDER).map((name) =>
    readFileSync(new URL(name, FOLDER), "utf8")
  );
  const blocks = [...readme.matchAll(/```\n(kx> [^]*?)```/g)].map(([, block]) => block!);
  assert.ok(blocks.length > 0);
  for (const block of blocks) {
    assert.ok(transcripts.some((text) => text.includes(block)), `not in test/repl:\n${block}`);
  }
});
