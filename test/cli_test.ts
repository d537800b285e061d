/** The command from outside: test/cli/*.txtar, and what a text cannot say. KX_UPDATE=1 rewrites the cases. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { COMMANDS } from "../src/cli/commands.ts";
import { unifiedDiff } from "../src/cli/diff.ts";
import { kxCommand, runCase, Sandbox } from "./cli/shell.ts";
import { formatCase, parseCase } from "./cli/txtar.ts";

const FOLDER = new URL("./cli/", import.meta.url);
const UPDATE = process.env.KX_UPDATE === "1";

/** A slow machine is no failure; Bun would give up after five seconds. */
const PATIENT = { timeout: 300_000 };

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txtar")).sort()) {
  test(`cli: ${name}`, PATIENT, () => {
    const path = new URL(name, FOLDER);
    const text = readFileSync(path, "utf8");
    const expected = parseCase(text);
    const found = { ...expected, commands: runCase(expected) };
    if (UPDATE) writeFileSync(path, formatCase(found));
    else {
      const difference = unifiedDiff(formatCase(expected), formatCase(found), [
        "expected",
        "found",
      ]);
      if (difference.length > 0) assert.fail(difference.join("\n"));
    }
  });
}

test("cli: the cases are written as formatCase writes them", () => {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txtar"))) {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    assert.equal(formatCase(parseCase(text)), text, name);
  }
});

test("cli: every command has its own help", PATIENT, () => {
  const sandbox = new Sandbox();
  try {
    for (const { name, summary, options } of COMMANDS) {
      const help = sandbox.run(`kx ${name} --help`);
      assert.match(help, new RegExp(`^Usage: kx ${name}\\b`));
      for (const option of options) {
        assert.ok(help.includes(`--${option.name}`), `${name} --${option.name}`);
      }
      assert.ok(!help.includes("[exit"), help);
      assert.ok(sandbox.run("kx --help").includes(summary));
    }
  } finally {
    sandbox.remove();
  }
});

test("cli: Ctrl-C ends a run at once", PATIENT, async () => {
  const endless = "for i in 0 .. 1000 {\n  for j in 0 .. 1000 {\n    expect i is i\n  }\n}\n";
  const sandbox = new Sandbox([{ name: "endless.kx", text: endless }]);
  try {
    const [program, ...args] = kxCommand();
    const child = spawn(program!, [...args, "run", "--quiet", "endless.kx"], {
      cwd: sandbox.folder,
      stdio: "ignore",
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.on("exit", (code, signal) => resolve({ code, signal }))
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    const { code, signal } = await ended;
    // A shell calls both 130.
    assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
  } finally {
    sandbox.remove();
  }
});

/** What the task grants: the model's rules hold on every runtime, Deno's own guard on top of them. */
const PROBE = `
import { host } from "${new URL("../src/cli/host_deno.ts", import.meta.url)}";
host.dropWrite();
const tries = {
  net: () => Deno.connect({ port: 1 }),
  run: () => new Deno.Command("true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  write: () => Deno.writeTextFileSync("left_behind", ""),
  env: () => Deno.env.get("A_SECRET_OF_ITS_OWN"),
};
for (const [name, work] of Object.entries(tries)) {
  try {
    await work();
    console.log(name, "is permitted");
  } catch (error) {
    console.log(name, error.name);
  }
}
`;

test("cli: a script runs without the right to write, run, connect or load", PATIENT, () => {
  if (!("Deno" in globalThis)) return;
  const sandbox = new Sandbox([{ name: "probe.ts", text: PROBE }]);
  try {
    const command = kxCommand().slice(0, -1).join(" ");
    const names = ["net", "run", "ffi", "write", "env"];
    assert.equal(
      sandbox.run(`${command} probe.ts`),
      names.map((name) => `${name} NotCapable`).join("\n"),
    );
  } finally {
    sandbox.remove();
  }
});
