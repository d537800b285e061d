/** The ELF files of the golden stories are what test/mini_os_elf_files.ts makes. KX_UPDATE=1 writes them. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { GOLDEN_FILES } from "./mini_os_elf_files.ts";

for (const [story, files] of Object.entries(GOLDEN_FILES)) {
  const folder = new URL(`golden/mini_os/${story}/files/`, import.meta.url);
  if (process.env.KX_UPDATE === "1") {
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(new URL(name, folder), bytes);
  }
  test(`${story}: no file is there that nothing makes`, () => {
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort());
  });
  for (const [name, bytes] of Object.entries(files)) {
    test(`${story}: ${name} is what the test makes`, () => {
      assert.deepEqual(new Uint8Array(readFileSync(new URL(name, folder))), new Uint8Array(bytes));
    });
  }
}
