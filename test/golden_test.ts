/**
 * Every x.kx of examples/ and test/golden/ prints what x.trace beside it says: the same code as
 * `kx test examples test/golden`. KX_UPDATE=1 writes the traces; review them as code.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findCases, judgeCase } from "../src/cli/golden.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { worlds } from "../src/worlds/mod.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["examples", "test/golden"];
const UPDATE = process.env.KX_UPDATE === "1";

const { host } = "Deno" in globalThis
  ? await import("../src/cli/host_deno.ts")
  : await import("../src/cli/host_node.ts");

for (const folder of FOLDERS.filter((name) => existsSync(ROOT + name))) {
  for (const golden of findCases(host, ROOT + folder)) {
    const name = (golden.hasScript ? golden.script : golden.trace).slice(ROOT.length);
    test(name, { timeout: 120_000 }, () => {
      const verdict = judgeCase(host, golden, { worlds, invariants }, { update: UPDATE });
      if (verdict.kind !== "failed") return;
      assert.fail([verdict.why, ...(verdict.diff ?? [])].join("\n").replaceAll(ROOT, ""));
    });
  }
}

test("golden: the example of README runs", () => {
  assert.ok(
    existsSync(`${ROOT}examples/quickstart.kx`),
    "examples/quickstart.kx is what a newcomer runs first",
  );
});
