/** The loader of a script's files, on both hosts: the same rules, the same words, few reads. */
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decodeText, firstBrokenByte } from "../../src/cli/decode.ts";
import { ScriptFiles } from "../../src/cli/files.ts";
import { causeOf, type Host, isSystemError } from "../../src/cli/host.ts";
import { host as nodeHost } from "../../src/cli/host_node.ts";
import { folderOf, isBelow, nameOf, normalize, resolvePath } from "../../src/cli/paths.ts";
import { ReadFailure, readWhole } from "../../src/cli/read.ts";
import { writeAtomically } from "../../src/cli/write.ts";
import type { Opened } from "../../src/engine/mod.ts";

const HOSTS: Host[] = [nodeHost];
if ("Deno" in globalThis) HOSTS.push((await import("../../src/cli/host_deno.ts")).host);

function inFolder(name: string, work: (folder: string, host: Host) => void): void {
  for (const host of HOSTS) {
    test(`${name} (${host === nodeHost ? "node:fs" : "Deno"})`, () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "kx-files-")));
      try {
        work(folder, host);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
}

function good<T>(opened: Opened<T>): T {
  if (!opened.ok) assert.fail(opened.message);
  return opened.value;
}

/** A host that counts what was read. */
function counting(host: Host): { host: Host; read: () => number; opened: () => number } {
  let bytes = 0;
  let opened = 0;
  const counted: Host = {
    ...host,
    open(path) {
      const file = host.open(path);
      opened++;
      return {
        read(into, offset) {
          const count = file.read(into, offset);
          bytes += count;
          return count;
        },
        close: () => file.close(),
      };
    },
  };
  return { host: counted, read: () => bytes, opened: () => opened };
}

inFolder("a large file is not read until its bytes are asked for", (folder, host) => {
  writeFileSync(join(folder, "a.kx"), "");
  writeFileSync(join(folder, "big.bin"), "start");
  truncateSync(join(folder, "big.bin"), 1 << 30);
  const { host: counted, read, opened } = counting(host);
  const files = new ScriptFiles(counted);
  const source = good(files.script(join(folder, "a.kx")));
  const file = good(files.bytes("big.bin", source));
  assert.equal(file.size, 1 << 30);
  assert.equal(read(), 0);
  assert.deepEqual([...file.read(0, 6)], [...new TextEncoder().encode("start\0")]);
  const before = opened();
  for (let page = 0; page < 16; page++) assert.equal(file.read(page * 4096, 4096).length, 4096);
  assert.equal(opened(), before);
  assert.equal(read(), 1 << 16);
  assert.equal(file.read((1 << 30) - 3, 100).length, 3);
  assert.equal(file.read(1 << 30, 100).length, 0);
  assert.equal(file.read(12345, 200_000).length, 200_000);
});

inFolder("a file that shrinks or is replaced by a link is told, not guessed", (folder, host) => {
  mkdirSync(join(folder, "own"));
  writeFileSync(join(folder, "secret"), "x".repeat(100));
  writeFileSync(join(folder, "own/a.kx"), "");
  writeFileSync(join(folder, "own/b.bin"), "y".repeat(100));
  const files = new ScriptFiles(host);
  const source = good(files.script(join(folder, "own/a.kx")));
  const shrunk = good(files.bytes("b.bin", source));
  truncateSync(join(folder, "own/b.bin"), 10);
  assert.throws(() => shrunk.read(0, 100), ReadFailure);
  const replaced = good(files.bytes("b.bin", source));
  rmSync(join(folder, "own/b.bin"));
  assert.throws(() => replaced.read(0, 10), /any more: it does not exist/);
  symlinkSync("../secret", join(folder, "own/b.bin"));
  assert.throws(() => replaced.read(0, 10), /replaced by a link/);
});

inFolder("one file is one text, however it is written", (folder, host) => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "a.kx"), "");
  writeFileSync(join(folder, "lib.kx"), "expect true\n");
  symlinkSync("lib.kx", join(folder, "other.kx"));
  const files = new ScriptFiles(host);
  const source = good(files.script(join(folder, "a.kx"), "a.kx"));
  const lib = good(files.text("lib.kx", source));
  assert.equal(lib.name, "lib.kx");
  for (const path of ["./lib.kx", "sub/../lib.kx", "other.kx", join(folder, "lib.kx")]) {
    assert.equal(good(files.text(path, source)), lib, path);
  }
  assert.deepEqual(files.sources, [source, lib]);
});

inFolder("a script cannot reach out, and cannot ask what is there", (folder, host) => {
  mkdirSync(join(folder, "own"));
  writeFileSync(join(folder, "own/a.kx"), "");
  writeFileSync(join(folder, "there"), "");
  symlinkSync("..", join(folder, "own/up"));
  symlinkSync("loop", join(folder, "own/loop"));
  const files = new ScriptFiles(host);
  const source = good(files.script(join(folder, "own/a.kx")));
  const answer = (path: string): string => {
    const opened = files.bytes(path, source);
    return opened.ok ? "opened" : opened.message;
  };
  assert.equal(answer("../there").replace("there", "absent"), answer("../absent"));
  assert.match(answer("up/there"), /leads out/);
  assert.match(answer("/etc/passwd"), /outside/);
  assert.match(answer("loop"), /circle/);
  assert.match(answer("a\0b"), /no file name/);
  assert.match(answer("x".repeat(5000)), /does not exist/);
  const allowed = new ScriptFiles(host, [folder]);
  assert.ok(allowed.bytes("../there", good(allowed.script(join(folder, "own/a.kx")))).ok);
});

inFolder("writing replaces a file in one step and keeps its mode", (folder, host) => {
  const path = join(folder, "a.trace");
  writeFileSync(path, "old", { mode: 0o640 });
  const linked = join(folder, "link.trace");
  symlinkSync("a.trace", linked);
  writeAtomically(host, linked, "new");
  assert.equal(new TextDecoder().decode(readWhole(host, path, 100)), "new");
  assert.deepEqual(host.list(folder).sort(), ["a.trace", "link.trace"]);
  writeAtomically(host, join(folder, "b.trace"), "fresh");
  assert.deepEqual(host.list(folder).sort(), ["a.trace", "b.trace", "link.trace"]);
  assert.throws(
    () => writeAtomically(host, join(folder, "no/b.trace"), ""),
    (error) => isSystemError(error),
  );
  const broken: Host = {
    ...host,
    rename: () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
  };
  assert.throws(() => writeAtomically(broken, path, "half"), (error) => causeOf(error) === "full");
  assert.equal(new TextDecoder().decode(readWhole(host, path, 100)), "new");
  assert.deepEqual(host.list(folder).sort(), ["a.trace", "b.trace", "link.trace"]);
});

inFolder("a file may be moved away while a long one is read", (folder, host) => {
  const path = join(folder, "long");
  writeFileSync(path, new Uint8Array(100_000).fill(7));
  assert.equal(readWhole(host, path, 99_999), undefined);
  assert.equal(readWhole(host, path, 100_000)!.length, 100_000);
  renameSync(path, join(folder, "gone"));
  assert.throws(() => readWhole(host, path, 10), (error) => causeOf(error) === "missing");
});

test("a broken byte is found where a strict decoder stops", () => {
  const strict = new TextDecoder("utf-8", { fatal: true });
  const interesting = [
    0x41,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xf0,
    0xf4,
    0xf5,
  ];
  const decodes = (bytes: Uint8Array): boolean => {
    try {
      strict.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  for (const a of interesting) {
    for (const b of interesting) {
      for (const c of interesting) {
        for (const d of [0x80, 0x41, undefined]) {
          const bytes = Uint8Array.of(0x61, a, b, c, ...(d === undefined ? [] : [d]));
          const broken = firstBrokenByte(bytes);
          const whole = decodes(bytes);
          // All of it is fine, or what stands before the broken byte is.
          assert.ok(
            whole
              ? broken === bytes.length
              : decodes(bytes.subarray(0, broken)) || broken === bytes.length,
            String(bytes),
          );
          if (!whole && broken < bytes.length) {
            assert.ok(!decodes(bytes.subarray(0, broken + 4)), String(bytes));
          }
        }
      }
    }
  }
});

test("a byte order mark is no part of a text", () => {
  assert.deepEqual(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), "a"), {
    ok: true,
    value: "a",
  });
});

test("paths", () => {
  assert.equal(normalize("a/./b//../c"), "a/c");
  assert.equal(normalize("../../a/.."), "../..");
  assert.equal(normalize("/../a/"), "/a");
  assert.equal(normalize("a/.."), ".");
  assert.equal(resolvePath("/x/y", "../z"), "/x/z");
  assert.equal(resolvePath("/x", "/z"), "/z");
  assert.equal(folderOf("a"), ".");
  assert.equal(folderOf("/a"), "/");
  assert.equal(folderOf("a/b/c"), "a/b");
  assert.equal(nameOf("a/b"), "b");
  assert.ok(isBelow("/a/b", "/a") && isBelow("/a", "/a") && isBelow("/a", "/"));
  assert.ok(!isBelow("/ab", "/a") && !isBelow("/", "/a"));
});
