/** Loading worlds by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootedWorlds } from "../src/cli/booted_worlds.ts";
import { LOADERS } from "../src/worlds/loaders.ts";
import { worlds } from "../src/worlds/mod.ts";

test("a world can be loaded by its name, and there is no other", async () => {
  const loaded = await Promise.all(Object.values(LOADERS).map((load) => load()));
  assert.deepEqual(loaded, worlds);
  assert.deepEqual(Object.keys(LOADERS), worlds.map((world) => world.name));
});

test("what a text boots is seen without parsing it", () => {
  assert.deepEqual(bootedWorlds("boot linux 6.1 on a\nboot linux 5.15 on b\n"), ["linux"]);
  assert.deepEqual(bootedWorlds('scenario "s" { boot toy 1 on m }'), ["toy"]);
  assert.deepEqual(bootedWorlds("machine m { memory 0 .. 1GiB }"), []);
  assert.equal(bootedWorlds('boot linux 6.1 on a\n  use "parts/machine.kx"\n'), undefined);
});
